import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import { openAttachments } from '../../src/activities/open-attachments.ts';
import { insertAttachments } from '../../src/db/attachments.ts';
import type { Database } from '../../src/db/database.ts';
import { sealAttachments } from '../../src/service/attachments.ts';
import { openTestDatabase } from '../db/open-test-database.ts';
import { storeMessage } from '../db/stored.ts';
import { activityDependencies } from './dependencies.ts';

let db: Database;
let close: () => Promise<void>;
let dependencies: ActivityDependencies;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
  dependencies = activityDependencies(db);
});
afterAll(() => close());

async function storeFile(content: Buffer): Promise<string> {
  const id = await storeMessage(db);
  const file = { filename: 'plan.png', contentType: 'image/png', contentId: 'plan', content };
  await insertAttachments(db, sealAttachments(dependencies.sealer, id, [file]));
  return id;
}

test('a file comes back as it was, each time that it is asked for', async () => {
  const content = randomBytes(700_000);
  const [file] = await openAttachments(dependencies, await storeFile(content));
  expect(file).toMatchObject({ filename: 'plan.png', contentType: 'image/png', contentId: 'plan' });
  for (let time = 0; time < 2; time += 1) expect((await buffer(file?.content() as never)).equals(content)).toBe(true);
});

test('an empty file is one', async () => {
  const [file] = await openAttachments(dependencies, await storeFile(Buffer.alloc(0)));
  expect(await buffer(file?.content() as never)).toHaveLength(0);
});

test('a file is not read further than it is taken', async () => {
  const opened: string[] = [];
  const id = await storeFile(randomBytes(2_000_000));
  const sealer = {
    ...dependencies.sealer,
    openBytes: (sealed: Buffer, context: string) => {
      opened.push(context);
      return dependencies.sealer.openBytes(sealed, context);
    },
  };
  const [file] = await openAttachments({ db, sealer }, id);
  const stream = file?.content();
  await stream?.[Symbol.asyncIterator]().next();
  expect(opened.length).toBeLessThanOrEqual(3);
});

test('a file that has lost a part is an error, not a shorter file', async () => {
  const id = await storeFile(randomBytes(700_000));
  await db.deleteFrom('attachment_chunks').where('position', '=', 2).execute();
  const [file] = await openAttachments(dependencies, id);
  await expect(buffer(file?.content() as never)).rejects.toMatchObject({ name: 'UnreadableContent' });
});

test('a part that was tampered with does not open', async () => {
  const id = await storeFile(randomBytes(700_000));
  await db
    .updateTable('attachment_chunks')
    .set({ content_sealed: randomBytes(64) })
    .execute();
  const [file] = await openAttachments(dependencies, id);
  await expect(buffer(file?.content() as never)).rejects.toMatchObject({ name: 'UnreadableContent' });
});

test('a file whose key has left the key ring does not open', async () => {
  const id = await storeFile(randomBytes(100));
  const { sealer } = activityDependencies(db);
  await expect(openAttachments({ db, sealer }, id)).rejects.toMatchObject({ name: 'UnreadableContent' });
});

test('a file that an earlier version kept in one piece still opens', async () => {
  const id = await storeMessage(db);
  const { sealer } = dependencies;
  const { rows } = sealAttachments(sealer, id, [
    { filename: 'old.txt', contentType: 'text/plain', contentId: null, content: Buffer.from('old') },
  ]);
  const whole = rows.map((row) => ({
    ...row,
    content_sealed: sealer.sealBytes(Buffer.from('old'), `attachments.content:${row.id}`),
  }));
  await insertAttachments(db, { rows: whole, chunks: [] });
  const [file] = await openAttachments(dependencies, id);
  expect((await buffer(file?.content() as never)).toString()).toBe('old');
});
