import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  countMatches,
  findBulkAction,
  finishBulkAction,
  insertBulkAction,
  listOpenTargets,
  listRefusals,
  listUndispatchedBulkActions,
  markBulkActionDispatched,
  refuseTarget,
  requestStop,
  takeTarget,
} from '../../src/db/bulk-actions.ts';
import type { Database } from '../../src/db/database.ts';
import { eraseMessage } from '../../src/db/messages.ts';
import { openTestDatabase } from './open-test-database.ts';
import { storeMessage } from './stored.ts';
import { untilSomeoneWaitsForALock } from './waiting-for-lock.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

/** Messages with a label of their own, and a bulk action on them. */
async function start(label: string, count: number, limit = 100) {
  const messageIds: string[] = [];
  for (let n = 0; n < count; n += 1) messageIds.push(await storeMessage(db, { metadata: { label } }));
  const id = uuidv7();
  const sealed = { filter_sealed: Buffer.from('sealed'), note_sealed: Buffer.from('note') };
  const row = { id, actor: 'key:1', action: 'resolve' as const, channel: null, ...sealed };
  const matched = await insertBulkAction(db, row, { metadata: { label } }, limit);
  return { id, matched, messageIds: messageIds.sort() };
}
const finish = (id: string) => db.transaction().execute((trx) => finishBulkAction(trx, id));

test('no more messages are counted or put on the list than the limit', async () => {
  const { id, matched } = await start('limited', 4, 3);
  expect([matched, (await listOpenTargets(db, id, 10)).length]).toEqual([3, 3]);
  expect(await countMatches(db, { metadata: { label: 'limited' } }, 3)).toBe(3);
});

test('a message that has been erased is on no list', async () => {
  const id = await storeMessage(db, { metadata: { label: 'erased' } });
  await eraseMessage(db, id);
  expect((await start('erased', 0)).matched).toBe(0);
});

test('the list is gone through in the order of the messages', async () => {
  const { id, messageIds } = await start('ordered', 3);
  expect(await listOpenTargets(db, id, 2)).toEqual(messageIds.slice(0, 2));
});

test('a message leaves the list once, and for good only with its transaction', async () => {
  const { id, messageIds } = await start('taken', 1);
  const [messageId = ''] = messageIds;
  const rolledBack = db.transaction().execute(async (trx) => {
    await takeTarget(trx, id, messageId);
    throw new Error('rolled back');
  });
  await expect(rolledBack).rejects.toThrow('rolled back');
  expect([await takeTarget(db, id, messageId), await takeTarget(db, id, messageId)]).toEqual([true, false]);
});

test('what was refused is counted by its code and not offered again', async () => {
  const { id, messageIds } = await start('refused', 3);
  const [first = '', second = ''] = messageIds;
  await refuseTarget(db, id, first, 'expired');
  await takeTarget(db, id, second);
  const row = await findBulkAction(db, id);
  expect([row?.refused, await listOpenTargets(db, id, 10)]).toEqual([{ expired: 1 }, messageIds.slice(2)]);
  expect(await takeTarget(db, id, first)).toBe(false);
});

test('while it is running, done is what has left the list and was not refused', async () => {
  const { id, messageIds } = await start('counted', 4);
  await refuseTarget(db, id, messageIds[0] ?? '', 'expired');
  await takeTarget(db, id, messageIds[1] ?? '');
  expect(await findBulkAction(db, id)).toMatchObject({ status: 'running', matched: 4, done: 1 });
});

test('one that ends with nothing left is completed, keeps its refusals, and forgets its note', async () => {
  const { id, messageIds } = await start('completed', 2);
  await refuseTarget(db, id, messageIds[0] ?? '', 'expired');
  await takeTarget(db, id, messageIds[1] ?? '');
  expect([await finish(id), await finish(id)]).toEqual([true, false]);
  const row = await findBulkAction(db, id);
  expect(row).toMatchObject({ status: 'completed', done: 1, refused: { expired: 1 }, note_sealed: null });
  expect(await listRefusals(db, id, 10)).toEqual([{ messageId: messageIds[0], code: 'expired' }]);
});

test('one that ends with something left is stopped, and the rest leaves the list', async () => {
  const { id, messageIds } = await start('left', 3);
  await takeTarget(db, id, messageIds[0] ?? '');
  await finish(id);
  expect(await findBulkAction(db, id)).toMatchObject({ status: 'stopped', matched: 3, done: 1 });
  expect(await listOpenTargets(db, id, 10)).toEqual([]);
});

test('the end waits for a message that is being done, and counts it', async () => {
  const { id, messageIds } = await start('busy', 2);
  let ending: Promise<boolean> | undefined;
  await db.transaction().execute(async (trx) => {
    await takeTarget(trx, id, messageIds[0] ?? '');
    ending = finish(id);
    await untilSomeoneWaitsForALock(db);
  });
  await ending;
  expect(await findBulkAction(db, id)).toMatchObject({ status: 'stopped', done: 1 });
});

test('a stop is asked for once, and has the workflow looked after again', async () => {
  const { id } = await start('stopping', 1);
  await markBulkActionDispatched(db, id);
  expect([await requestStop(db, id), await requestStop(db, id)]).toEqual([true, false]);
  expect((await listUndispatchedBulkActions(db, 0, 100)).map((row) => row.id)).toContain(id);
  await finish(id);
  expect((await listUndispatchedBulkActions(db, 0, 100)).map((row) => row.id)).not.toContain(id);
});
