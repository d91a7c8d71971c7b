import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';

export interface ComposeService {
  image?: string;
  build?: string;
  container_name?: string;
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, string | number>;
  ports?: string[];
  expose?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: object;
  restart: string;
  scale?: string;
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
  configs: Record<string, { content: string }>;
}

const REPOSITORY = resolve(import.meta.dirname, '../..');
const KEY = Buffer.alloc(32).toString('base64');

const text = readFileSync(resolve(REPOSITORY, 'docker-compose.yml'), 'utf8');

/** What the file asks for. */
export const SECRETS = {
  POSTGRES_PASSWORD: 'aPassword1',
  TEMPORAL_POSTGRES_PASSWORD: 'aPassword2',
  ENCRYPTION_KEYS: `first:${KEY}`,
  LOOKUP_KEY: KEY,
};

/** What staging.env adds. */
export const STAGING = parseEnv(readFileSync(resolve(REPOSITORY, 'staging.env'), 'utf8')) as Record<string, string>;

/** The file as compose sees it: interpolation comes after parsing, so that nothing set outside can change its shape. */
export function composed(environment: Record<string, string>): ComposeFile {
  return parse(text, (_key, value) => (typeof value === 'string' ? interpolate(value, environment) : value), {
    merge: true,
  });
}

/** Values as a process gets them. */
export function stringsOf(environment: Record<string, string | number> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
}

/**
 * What compose makes of `$$`, `${NAME:-default}` and `${NAME:?sentence}`, from the inside out:
 * https://docs.docker.com/reference/compose-file/interpolation/
 * @throws {Error} with the sentence, if a required variable is not set
 */
function interpolate(source: string, environment: Record<string, string>): string {
  const dollar = '\u0000';
  let given = source.replaceAll('$$', dollar);
  for (let inner = INNERMOST.exec(given); inner !== null; inner = INNERMOST.exec(given)) {
    const [whole, name = '', kind, rest = ''] = inner;
    const value = environment[name] ?? '';
    // A default that is not needed may ask for nothing.
    if (value === '' && kind === '?') throw new Error(rest);
    given = given.replace(whole, () => value || rest);
  }
  return given.replaceAll(dollar, '$');
}

const INNERMOST = /\$\{(\w+):([-?])([^${}]*)\}/;
