import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent } from '../support/stack-client.ts';

const run = promisify(execFile);
const PROMOTE = resolve(import.meta.dirname, '../../src/bin/promote-worker.ts');

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack({ env: { WORKER_BUILD_ID: '1.0.0' } });
});

afterAll(async () => await stack?.close());

test('a worker with a build id sends what has waited for it once its build has been made current', async () => {
  const phone = '+15005558701';
  const { id } = await stack.send({ recipient: { phone }, channel: 'sms', content: 'Your table is ready.' });
  expect(stack.logs()).toContain('"buildId":"1.0.0","currentBuild":null');
  const { stdout } = await promote('1.0.0');
  expect(stdout).toBe('New messages start on 1.0.0.\n');
  await stack.until(id, isSent);
  expect(await stack.taken(phone)).toHaveLength(1);
});

/** What `npm run promote` runs. */
async function promote(buildId: string): Promise<{ stdout: string }> {
  const key = randomBytes(32).toString('base64');
  const secrets = { ENCRYPTION_KEYS: `test:${key}`, LOOKUP_KEY: key, DATABASE_URL: stack.databaseUrl };
  const env = { ...secrets, TEMPORAL_ADDRESS: stack.temporalAddress, WORKER_BUILD_ID: buildId };
  return await run(process.execPath, [PROMOTE], { env });
}
