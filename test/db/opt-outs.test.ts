import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { deleteOptOutsExcept, insertOptOuts } from '../../src/db/opt-outs.ts';
import { findRecipient } from '../../src/db/recipients.ts';
import { openTestDatabase } from './open-test-database.ts';
import { storeRecipient } from './stored.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

const SMS = { channel: 'sms', category: null } as const;
const MARKETING = { channel: null, category: 'marketing' };

const optOutsOf = async (id: string) => (await findRecipient(db, id))?.opt_outs;

test('opt-outs are read with their recipient, the oldest first', async () => {
  const id = await storeRecipient(db);
  await insertOptOuts(db, id, [SMS], 'api');
  await insertOptOuts(db, id, [MARKETING], 'sms_stop');
  expect(await optOutsOf(id)).toEqual([
    { ...SMS, source: 'api', created_at: expect.any(String) },
    { ...MARKETING, source: 'sms_stop', created_at: expect.any(String) },
  ]);
});

test('an opt-out that is known keeps its source, and is not told as new', async () => {
  const id = await storeRecipient(db);
  await insertOptOuts(db, id, [SMS], 'sms_stop');
  expect(await insertOptOuts(db, id, [SMS, MARKETING], 'api')).toEqual([MARKETING]);
  expect(await optOutsOf(id)).toMatchObject([{ source: 'sms_stop' }, { source: 'api' }]);
});

test('an opt-out of one recipient is none of another', async () => {
  const [id, other] = [await storeRecipient(db), await storeRecipient(db)];
  await insertOptOuts(db, id, [SMS], 'api');
  expect(await optOutsOf(other)).toEqual([]);
});

test('all opt-outs but those that are kept are lifted, and told', async () => {
  const id = await storeRecipient(db);
  await insertOptOuts(db, id, [SMS, MARKETING, { ...SMS, category: 'marketing' }], 'api');
  const lifted = await deleteOptOutsExcept(db, id, [MARKETING]);
  expect([lifted, await optOutsOf(id)]).toMatchObject([[SMS, { ...SMS, category: 'marketing' }], [MARKETING]]);
});

test('all opt-outs are lifted where none is kept', async () => {
  const id = await storeRecipient(db);
  await insertOptOuts(db, id, [SMS, MARKETING], 'api');
  await deleteOptOutsExcept(db, id, []);
  expect(await optOutsOf(id)).toEqual([]);
});

test('an opt-out of neither a channel nor a category is refused', async () => {
  const nothing = { id: uuidv7(), recipient_id: await storeRecipient(db), source: 'api' };
  await expect(db.insertInto('opt_outs').values(nothing).execute()).rejects.toMatchObject({ code: '23514' });
});
