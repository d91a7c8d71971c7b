import { join } from 'node:path';
import { lastLines } from './child-process.ts';
import { type Addresses, apiUrl, sandboxNeeds, serviceEnvironment } from './environment.ts';
import type { Places } from './places.ts';
import { isAnyTaken, type PortName, type Ports, replaceTakenPorts } from './ports.ts';
import { postgresUrl, startPostgres } from './postgres.ts';
import { startScript } from './service.ts';
import type { Settings } from './settings.ts';
import type { Running, SupervisedPart } from './supervisor.ts';
import { startTemporal } from './temporal.ts';
import { temporalPath } from './temporal-program.ts';

/** What all parts of one stack share; ports change if somebody else takes one while its part is down. */
export interface Scene {
  readonly places: Places;
  readonly environment: NodeJS.ProcessEnv;
  readonly settings: Settings;
  readonly ports: Ports;
  /** Shows a sentence at the terminal. */
  readonly say: (sentence: string) => void;
  /** Hears of ports that were replaced, once their part is there. */
  readonly onMoved: (names: readonly PortName[]) => void;
}

export type ServerName = 'postgres' | 'temporal' | 'sandbox';
export type ServiceName = 'api' | 'worker';

const LAUNCHES = 3;

/** What runs at which addresses, as things are now. */
export function addressesOf({ environment, settings, ports }: Scene): Addresses {
  const needs = sandboxNeeds(environment);
  const httpUrl = `http://127.0.0.1:${ports.sandbox}`;
  const sandbox = { httpUrl, smtpUrl: `smtp://127.0.0.1:${ports.smtp}`, twilioBaseUrl: httpUrl };
  const temporal = environment.TEMPORAL_ADDRESS?.trim();
  return {
    databaseUrl:
      environment.DATABASE_URL?.trim() || postgresUrl({ port: ports.postgres, password: settings.postgresPassword }),
    temporalAddress: temporal || `127.0.0.1:${ports.temporal}`,
    temporalUiUrl: temporal ? null : `http://127.0.0.1:${ports.temporalUi}`,
    sandbox: needs.email || needs.twilio ? sandbox : null,
  };
}

/** The servers that the developer has not set to something else. */
export function ownServers({ environment }: Scene): ServerName[] {
  const needs = sandboxNeeds(environment);
  return [
    ...(environment.DATABASE_URL?.trim() ? [] : ['postgres' as const]),
    ...(environment.TEMPORAL_ADDRESS?.trim() ? [] : ['temporal' as const]),
    ...(needs.email || needs.twilio ? ['sandbox' as const] : []),
  ];
}

export function postgresPart(scene: Scene): SupervisedPart {
  const { places, settings, ports } = scene;
  return partOf(scene, 'postgres', 'PostgreSQL', ['postgres'], async (logFile) => {
    const server = await startPostgres({
      directory: places.postgres,
      port: ports.postgres,
      password: settings.postgresPassword,
      logFile,
      runDirectory: places.run,
    });
    if (server.directory !== places.postgres)
      scene.say(`The database user cannot reach ${places.local}; the data is in ${server.directory}.`);
    return server;
  });
}

export function temporalPart(scene: Scene): SupervisedPart {
  const { places, environment, ports } = scene;
  return partOf(scene, 'temporal', 'Temporal', ['temporal', 'temporalUi'], async (logFile) =>
    startTemporal({
      program: await temporalPath(places.tools, environment),
      port: ports.temporal,
      uiPort: ports.temporalUi,
      databaseFile: places.temporalDatabase,
      logFile,
      runDirectory: places.run,
    }),
  );
}

export function sandboxPart(scene: Scene): SupervisedPart {
  const { places, settings, ports, environment } = scene;
  return partOf(scene, 'sandbox', 'The sandbox', ['sandbox', 'smtp'], (logFile) =>
    startScript({
      name: 'sandbox',
      script: join(places.root, 'local/sandbox/main.ts'),
      env: {
        PATH: environment.PATH,
        TWILIO_ACCOUNT_SID: settings.twilioAccountSid,
        TWILIO_AUTH_TOKEN: settings.twilioAuthToken,
        PUBLIC_URL: environment.PUBLIC_URL?.trim() || apiUrl(ports),
        SANDBOX_API_URL: apiUrl(ports),
        SANDBOX_PORT: String(ports.sandbox),
        SANDBOX_SMTP_PORT: String(ports.smtp),
      },
      logFile,
      runDirectory: places.run,
      readyUrl: `http://127.0.0.1:${ports.sandbox}/messages/?limit=1`,
      say: scene.say,
    }),
  );
}

/** The api or the worker, as production runs it. */
export function servicePart(scene: Scene, name: ServiceName): SupervisedPart {
  const { places, environment, settings, ports } = scene;
  return partOf(scene, name, `The ${name}`, [name], (logFile) => {
    const readyUrls = {
      api: `${apiUrl(ports)}/api/health/ready/`,
      worker: `http://127.0.0.1:${ports.worker}/health/ready`,
    };
    return startScript({
      name,
      script: join(places.root, 'src/bin', `${name}.ts`),
      env: serviceEnvironment(environment, settings, ports, addressesOf(scene)),
      logFile,
      runDirectory: places.run,
      readyUrl: readyUrls[name],
      say: scene.say,
    });
  });
}

/** A part that needs ports: those that somebody else takes before it can are replaced, and the rest of the stack told. */
function partOf(
  scene: Scene,
  key: ServerName | ServiceName,
  name: string,
  needed: readonly PortName[],
  launch: (logFile: string) => Promise<Running>,
): SupervisedPart {
  const { places, say } = scene;
  const logFile = join(places.logs, `${key}.log`);
  return {
    name,
    runDirectory: places.run,
    say,
    lastWords: () => `The end of ${logFile}:\n${lastLines(logFile)}`,
    launch: () => launchOnPorts(scene, needed, () => launch(logFile)),
  };
}

async function launchOnPorts(scene: Scene, needed: readonly PortName[], launch: () => Promise<Running>) {
  const { ports, environment } = scene;
  const moved = new Set<PortName>();
  for (let count = 1; ; count += 1) {
    for (const name of await replaceTakenPorts(ports, needed, environment)) moved.add(name);
    try {
      const running = await launch();
      if (moved.size > 0) scene.onMoved([...moved]);
      return running;
    } catch (error) {
      // Whoever took a port between the look at it and the start is found by the next look.
      if (count === LAUNCHES || !(await isAnyTaken(ports, needed))) throw error;
    }
  }
}
