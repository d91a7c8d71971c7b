import type { Settings } from './settings.ts';

/** The ports of our own servers, by the variables of `.local/local.env` that name them. */
const PORTS = { DATABASE_URL: 'postgres', TEMPORAL_ADDRESS: 'temporal', SMTP_URL: 'smtp' } as const;

/**
 * The environment without the addresses that a shell has from `source .local/local.env`: they name the servers of this
 * checkout itself, so they must not stand for others that are used instead. The API key tells such a shell.
 */
export function withoutSourced(
  environment: NodeJS.ProcessEnv,
  { apiKey, ports }: Pick<Settings, 'apiKey' | 'ports'>,
): NodeJS.ProcessEnv {
  if (apiKey === null || environment['MESSAGING_API_KEY'] !== apiKey) return environment;
  const own = Object.entries(PORTS)
    .filter(([name, port]) => environment[name]?.match(/127\.0\.0\.1:(\d+)/)?.[1] === String(ports[port]))
    .map(([name]) => name);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !own.includes(name)));
}
