import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const PROGRAM = resolve(import.meta.dirname, '../../src/bin/templates.ts');
const ORDER = '---\nname: order\nchannel: sms\n---\nHello\n';

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keryu-templates-'));
  return () => rm(folder, { recursive: true });
});

const write = (file: string, text: string) => writeFile(join(folder, file), text);

/** Runs the command as an operator does. */
async function templates(...parameters: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const key = randomBytes(32).toString('base64');
  const env = { DATABASE_URL: database.url, ENCRYPTION_KEYS: `first:${key}`, LOOKUP_KEY: key };
  return await new Promise((done) => {
    execFile(process.execPath, [PROGRAM, ...parameters], { env }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe('the command for template files', () => {
  test('imports, says what it has done, and exports the same', async () => {
    await write('order.sms.md', ORDER);
    const imported = await templates('import', folder, '--note', 'First');
    const exported = await templates('export', folder);
    expect([imported, exported, await readFile(join(folder, 'order.sms.md'), 'utf8')]).toEqual([
      { code: 0, stdout: 'created    order.sms.md\n1 created, 0 changed, 0 unchanged.\n', stderr: '' },
      { code: 0, stdout: 'unchanged  order.sms.md\n0 created, 0 changed, 1 unchanged.\n', stderr: '' },
      ORDER,
    ]);
  });

  test('says that nothing was kept of a dry run', async () => {
    await write('dry.sms.md', ORDER.replace('order', 'dry'));
    const { code, stdout } = await templates('import', folder, '--dry-run');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^created {4}dry\.sms\.md\n[\s\S]*A dry run: nothing was kept\.\n$/),
    ]);
  });

  test('names file, line and field of every fault, and fails', async () => {
    await write('a.sms.md', '---\nname: a\nname: a\n---\nHello\n');
    await write('b.sms.md', ORDER.replace('order', 'b\ncolour: red'));
    expect(await templates('import', folder)).toEqual({
      code: 1,
      stdout: 'Nothing was done; faults: 2.\n',
      stderr: 'a.sms.md:3: Map keys must be unique.\nb.sms.md: /colour: There is no such field.\n',
    });
  });

  test('fails where there is no such folder', async () => {
    const { code, stderr } = await templates('import', join(folder, 'none'));
    expect([code, stderr]).toEqual([1, `There is no such folder: ${join(folder, 'none')}.\n`]);
  });

  test('fails without a stack where the folder is a file', async () => {
    await write('file', '');
    const { code, stderr } = await templates('export', join(folder, 'file'));
    expect([code, stderr]).toEqual([1, `${join(folder, 'file')} is a file where a folder should be.\n`]);
  });

  test.each([[[]], [['remove', 'folder']], [['export', 'folder', '--dry-run']]])(
    'explains itself when it is called with %j',
    async (parameters) => {
      const { code, stderr } = await templates(...parameters);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^Usage: /)]);
    },
  );
});
