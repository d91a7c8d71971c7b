import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

/** What a process says that logs like the api, and does that. */
async function entriesOf(act: string): Promise<Record<string, unknown>[]> {
  const script = `
    const { logWhatNodeSays } = await import('./src/bin/last-words.ts');
    logWhatNodeSays('api');
    ${act}
  `;
  const ended = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT });
  const { stdout, stderr } = await ended.catch((error: { stdout: string; stderr: string }) => error);
  expect(stderr).toBe('');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

it('a warning of Node is a line of JSON', async () => {
  const [entry] = await entriesOf(`process.emitWarning('This is old.', 'DeprecationWarning');`);
  expect(entry).toMatchObject({ level: 40, service: 'api', warning: 'DeprecationWarning', msg: 'This is old.' });
});

it('an error that nobody caught is one line of JSON, which says where and not whom', async () => {
  const entries = await entriesOf(`throw new TypeError('ada@example.com is no number');`);
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ level: 60, reason: 'TypeError', at: [expect.stringMatching(/^at /)] });
  expect(JSON.stringify(entries)).not.toContain('ada@example.com');
});

it('a rejection that nobody caught is one line of JSON', async () => {
  const entries = await entriesOf(`void Promise.reject(new RangeError('x')); await new Promise(() => undefined);`);
  expect(entries).toMatchObject([{ level: 60, reason: 'RangeError' }]);
});

it('what the native part of the SDK says is a line of JSON', { timeout: 60_000 }, async () => {
  const entries = await entriesOf(`
    const { createWorkers } = await import('./src/temporal/worker.ts');
    const temporal = { address: '127.0.0.1:1', namespace: 'default', tls: false, apiKey: null };
    const log = (level, message) => console.log(JSON.stringify({ level, message }));
    await createWorkers({ temporal, activities: {}, concurrency: {}, log });
  `);
  expect(entries.at(-1)).toMatchObject({ level: 60, msg: expect.stringMatching(/^Temporal cannot be reached/) });
});
