import { access, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../src/config.ts';
import { ENVIRONMENT } from '../../src/environment.ts';

interface Service {
  build?: string;
  command?: string[];
  environment?: Record<string, string | number>;
  ports?: string[];
  expose?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: object;
  restart: string;
}

const REPOSITORY = resolve(import.meta.dirname, '../..');
const KEY = Buffer.alloc(32).toString('base64');
const SECRETS = {
  POSTGRES_PASSWORD: 'aPassword1',
  TEMPORAL_POSTGRES_PASSWORD: 'aPassword2',
  ENCRYPTION_KEYS: `first:${KEY}`,
  LOOKUP_KEY: KEY,
};
const OUR_SERVICES = ['api', 'worker', 'promote', 'migrate'];
/** Of no use with the Temporal of this file. */
const NOT_OFFERED = ['TEMPORAL_TLS', 'TEMPORAL_API_KEY', 'WORKFLOW_BUNDLE'];

const text = await readFile(resolve(REPOSITORY, 'docker-compose.yml'), 'utf8');
const dockerfile = await readFile(resolve(REPOSITORY, 'Dockerfile'), 'utf8');
const { services, volumes } = composed(SECRETS) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};

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
    const [node, program] = service(name).command ?? [];
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
    expect(service('api').ports).toEqual([`127.0.0.1:${port}:8080`]);
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

/** The file as compose sees it: interpolation comes after parsing, so that nothing set outside can change its shape. */
function composed(environment: Record<string, string>) {
  return parse(text, (_key, value) => (typeof value === 'string' ? interpolate(value, environment) : value), {
    merge: true,
  });
}

/**
 * What compose makes of `${NAME:-default}` and `${NAME:?sentence}`: https://docs.docker.com/reference/compose-file/interpolation/
 * @throws {Error} with the sentence, where a required variable is not set
 */
function interpolate(source: string, environment: Record<string, string>): string {
  return source.replaceAll(/\$\$|\$\{(\w+):([-?])([^}]*)\}/g, (whole, name, kind, rest) => {
    if (whole === '$$') return '$';
    const value = environment[name] ?? '';
    if (value !== '') return value;
    if (kind === '?') throw new Error(rest);
    return rest;
  });
}

function service(name: string): Service {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}.`);
  return found;
}

function stringsOf(environment: Record<string, string | number> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
}

/** Those of the URLs whose host is no service of the file, or whose port that service does not have. */
function unknownAddresses(urls: readonly (string | undefined)[]): (string | undefined)[] {
  return urls.filter((url) => {
    const { hostname, port } = new URL(url ?? '');
    const { ports = [], expose = [] } = services[hostname] ?? {};
    return ![...expose, ...ports.map((mapping) => mapping.split(':')[2])].includes(port);
  });
}
