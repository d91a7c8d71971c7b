import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';
import { runningInstance } from './instance.ts';
import { placesOf } from './places.ts';

/*
 * `node local/run.ts <script> [arguments]` runs a program of the service. While `npm start` runs, the program gets the
 * environment of that stack, but for variables that are set already. If DATABASE_URL or TEMPORAL_ADDRESS names other
 * servers, another deployment is meant, and the local stack stays out of it.
 */

const [script = ''] = process.argv.splice(2, 1);
const { run, serviceEnvironmentFile } = placesOf(fileURLToPath(new URL('..', import.meta.url)));

if (runningInstance(run) !== null && existsSync(serviceEnvironmentFile)) {
  const own = parseEnv(readFileSync(serviceEnvironmentFile, 'utf8'));
  const isElsewhere = ['DATABASE_URL', 'TEMPORAL_ADDRESS'].some(
    (name) => isSet(name) && process.env[name] !== own[name],
  );
  if (!isElsewhere) process.loadEnvFile(serviceEnvironmentFile);
}
process.argv[1] = resolve(script);
await import(pathToFileURL(process.argv[1]).href);

function isSet(name: string): boolean {
  return (process.env[name]?.trim() ?? '') !== '';
}
