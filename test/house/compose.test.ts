import { access, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { ENVIRONMENT } from '../../src/environment.ts';
import { type ComposeService, composed, SECRETS, STAGING, stringsOf } from '../support/compose-file.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const OUR_SERVICES = ['api', 'worker', 'promote', 'migrate', 'create-key'];
/** Set by the image. */
const NOT_OFFERED = ['WORKFLOW_BUNDLE'];

const dockerfile = await readFile(resolve(REPOSITORY, 'Dockerfile'), 'utf8');
const { services, volumes } = composed(SECRETS);

describe.each(OUR_SERVICES)('docker-compose.yml, service %s', (name) => {
  const environment = stringsOf(service(name).environment);

  it('gives the process an environment that it can start with', () => {
    expect(() => readConfig(environment)).not.toThrow();
  });

  it('sets no variable that the process does not read', () => {
    expect(Object.keys(ENVIRONMENT.properties)).toEqual(expect.arrayContaining(Object.keys(environment)));
  });

  it('lets every variable be set that matters here', () => {
    expect([...Object.keys(environment), ...NOT_OFFERED].sort()).toEqual(Object.keys(ENVIRONMENT.properties).sort());
  });

  it('reaches PostgreSQL, Temporal and the mail server under names and ports that the file has', () => {
    const { DATABASE_URL, SMTP_URL, TEMPORAL_ADDRESS } = environment;
    expect(unknownAddresses([DATABASE_URL, SMTP_URL, `temporal://${TEMPORAL_ADDRESS}`])).toEqual([]);
  });

  it('runs a program that exists', async () => {
    const { entrypoint = [], command = [] } = service(name);
    const [node, program] = [...entrypoint, ...command];
    expect(node).toBe('node');
    await access(resolve(REPOSITORY, program ?? ''));
  });

  it('is built from this repository', () => {
    expect(service(name).build).toBe('.');
  });
});

describe('docker-compose.yml', () => {
  it.each(Object.keys(SECRETS))('refuses to start without %s, and says what to set', (secret) => {
    expect(() => composed({ ...SECRETS, [secret]: '' })).toThrow(`Set ${secret} to`);
  });

  it('offers ports to this machine only', () => {
    const ports = Object.values(services).flatMap(({ ports }) => ports ?? []);
    expect(ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
  });

  it('offers the public URL', () => {
    const { port } = new URL(stringsOf(service('api').environment).PUBLIC_URL ?? '');
    expect(service('gateway').ports).toEqual([`127.0.0.1:${port}:8080`]);
  });

  it.each(['api', 'worker'])(
    'lets there be several of %s: it has no port of this machine and no name of its own',
    (name) => {
      expect(service(name).ports).toBeUndefined();
      expect(service(name).container_name).toBeUndefined();
    },
  );

  it('leads from the gateway to the api', () => {
    const { gateway } = composed(SECRETS).configs;
    expect(unknownAddresses([/set \$api (\S+);/.exec(gateway?.content ?? '')?.[1]])).toEqual([]);
  });

  it('uses the given PostgreSQL and Temporal instead of its own ones, which do not start then', () => {
    const outside = {
      ...{ DATABASE_URL: 'postgres://db.example.com/keryu', OWN_POSTGRES: '0', OWN_TEMPORAL: '0' },
      ...{
        TEMPORAL_ADDRESS: 'ns.tmprl.cloud:7233',
        TEMPORAL_NAMESPACE: 'ns',
        TEMPORAL_TLS: 'true',
        TEMPORAL_API_KEY: 'k',
      },
    };
    const there = composed({ ...SECRETS, ...outside }).services;
    const { database, temporal } = readConfig(stringsOf(there.worker?.environment));
    expect(database.url.reveal()).toBe(outside.DATABASE_URL);
    expect(temporal).toMatchObject({ address: 'ns.tmprl.cloud:7233', namespace: 'ns', tls: true });
    const off = Object.keys(there).filter((name) => there[name]?.scale === '0');
    expect(off.sort()).toEqual(
      Object.keys(services)
        .filter((name) => /^(temporal|postgres)/.test(name))
        .sort(),
    );
  });

  it('runs one of each of its own servers by default', () => {
    expect(Object.values(services).filter(({ scale }) => scale !== undefined && scale !== '1')).toEqual([]);
  });

  it('has the server of Temporal and the tools that make its schema in one version, and nothing deprecated', () => {
    const versions = ['temporal', 'temporal-schema', 'temporal-namespace'].map(
      (name) => service(name).image?.split(':')[1],
    );
    expect(new Set(versions).size).toBe(1);
    expect(Object.values(services).filter(({ image }) => image?.includes('auto-setup'))).toEqual([]);
  });

  it('sends to the sandbox in staging, under names and ports that the file has', () => {
    const staging = composed({ ...SECRETS, ...STAGING }).services;
    const environment = stringsOf(staging.worker?.environment);
    expect(readConfig(environment)).toMatchObject({
      sms: { from: '+15005550006' },
      whatsapp: { from: '+14155238886' },
    });
    expect(unknownAddresses([environment.TWILIO_BASE_URL, environment.SMTP_URL])).toEqual([]);
    expect(unknownAddresses([stringsOf(staging.sandbox?.environment).SANDBOX_API_URL])).toEqual([]);
  });

  it('connects Temporal and its console to each other and to a database of their own', () => {
    const temporal = stringsOf(service('temporal').environment);
    const addresses = [
      `postgres://${temporal.POSTGRES_SEEDS}:${temporal.DB_PORT}`,
      `temporal://${stringsOf(service('temporal-ui').environment).TEMPORAL_ADDRESS}`,
    ];
    expect(unknownAddresses(addresses)).toEqual([]);
  });

  it('waits for the health only of services that have a health check, and for the end only of those that end', () => {
    const faults = Object.entries(services).flatMap(([name, { depends_on: needed = {} }]) =>
      Object.entries(needed)
        .filter(([other, { condition }]) => {
          const { healthcheck, restart } = service(other);
          return condition === 'service_healthy' ? healthcheck === undefined : restart !== 'no';
        })
        .map(([other]) => `${name} -> ${other}`),
    );
    expect(faults).toEqual([]);
  });

  it('keeps what services store in named volumes', () => {
    const used = Object.values(services).flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0]));
    expect(used.sort()).toEqual(Object.keys(volumes).sort());
  });
});

describe('the Dockerfile', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) => files.split(' '));

  it('copies files that exist', async () => {
    expect(copied).toContain('src');
    await Promise.all(copied.map((file) => access(resolve(REPOSITORY, file))));
  });

  it('copies nothing that .dockerignore holds back', async () => {
    const ignore = await readFile(resolve(REPOSITORY, '.dockerignore'), 'utf8');
    const included = ignore.split('\n').filter((line) => line.startsWith('!'));
    expect(included.map((line) => line.slice(1))).toEqual(expect.arrayContaining(copied));
  });

  it('runs the version of Node that package.json pins', async () => {
    const { dependencies } = JSON.parse(await readFile(resolve(REPOSITORY, 'package.json'), 'utf8'));
    const versions = [...dockerfile.matchAll(/^FROM node:([\d.]+)-/gm)].map(([, version]) => version);
    expect(new Set(versions)).toEqual(new Set([dependencies.node]));
  });
});

function service(name: string): ComposeService {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}.`);
  return found;
}

/** Those of the URLs whose host is no service of the file, or whose port that service does not have. */
function unknownAddresses(urls: readonly (string | undefined)[]): (string | undefined)[] {
  return urls.filter((url) => {
    const { hostname, port } = new URL(url ?? '');
    const { ports = [], expose = [] } = services[hostname] ?? {};
    return ![...expose, ...ports.map((mapping) => mapping.split(':')[2])].includes(port);
  });
}
