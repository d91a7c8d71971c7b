import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { findForDispatch, listUndispatched, markDispatched } from '../../src/db/dispatch.ts';
import type { NewMessageRow } from '../../src/db/messages.ts';
import { openTestDatabase } from './open-test-database.ts';
import { storeMessage } from './stored.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());
beforeEach(() => db.deleteFrom('messages').execute());

async function storeOld(ageSeconds: number): Promise<string> {
  const id = await storeMessage(db);
  const createdAt = sql<Date>`now() - make_interval(secs => ${ageSeconds})`;
  await db.updateTable('messages').set({ created_at: createdAt }).where('id', '=', id).execute();
  return id;
}

async function listIds(olderThanSeconds: number, limit = 10): Promise<string[]> {
  return (await listUndispatched(db, olderThanSeconds, limit)).map(({ id }) => id);
}

test('a message gives what its workflow is started with', async () => {
  const given = {
    channel: 'sms',
    channels: ['sms', 'email'],
    priority: 'high',
    escalate_after_seconds: 60,
    until: 'acknowledged',
    rounds: 2,
    policy: { message: { retry_delays: [5] } },
    template_name: 'order',
    send_at: new Date('2030-01-01T00:00:00Z'),
    expires_at: new Date('2030-01-02T00:00:00Z'),
  } satisfies Partial<NewMessageRow>;
  const id = await storeMessage(db, given);
  expect(await findForDispatch(db, id)).toEqual({
    ...{ id, ...given, plan_revision: 1, status: 'pending', error_code: null },
    ...{ api_key_id: null, batch_id: null, is_acknowledged: false },
    attempt_count: 0,
    channel_attempts: 0,
  });
});

test('a message that does not exist gives nothing', async () => {
  expect(await findForDispatch(db, uuidv7())).toBeUndefined();
});

test('messages that were accepted a while ago and not started are listed, the oldest first', async () => {
  const [young, old] = [await storeOld(60), await storeOld(120)];
  expect(await listIds(30)).toEqual([old, young]);
});

test('a message that has just been accepted is not listed', async () => {
  await storeOld(10);
  expect(await listIds(30)).toEqual([]);
});

test('no more are listed than asked for', async () => {
  const [, old] = [await storeOld(60), await storeOld(120)];
  expect(await listIds(30, 1)).toEqual([old]);
});

test('a message that was started is not listed any more', async () => {
  const [one, two, three] = [await storeOld(180), await storeOld(120), await storeOld(60)];
  await markDispatched(db, [one, three]);
  expect(await listIds(30)).toEqual([two]);
});
