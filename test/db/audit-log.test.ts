import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertAuditEntry } from '../../src/db/audit-log.ts';
import type { Database } from '../../src/db/database.ts';
import { openTestDatabase } from './open-test-database.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

async function entriesOf(resourceId: string) {
  const query = db.selectFrom('audit_log').selectAll().where('resource_id', '=', resourceId);
  return await query.orderBy('id').execute();
}

test('an entry says who did what to which resource, and when', async () => {
  const resourceId = uuidv7();
  const detail = { channel: 'sms', count: 2, was_sent: false, reason: null };
  await insertAuditEntry(db, {
    actor: 'ada',
    action: 'message.cancelled',
    resourceType: 'message',
    resourceId,
    detail,
  });
  expect(await entriesOf(resourceId)).toEqual([
    {
      ...{ id: expect.any(String), at: expect.any(Date), actor: 'ada', action: 'message.cancelled', detail },
      ...{ resource_type: 'message', resource_id: resourceId },
    },
  ]);
});

test('an entry without details has none', async () => {
  const resourceId = uuidv7();
  await insertAuditEntry(db, { actor: 'ada', action: 'template.saved', resourceType: 'template', resourceId });
  expect(await entriesOf(resourceId)).toMatchObject([{ detail: {} }]);
});

test('an entry goes with its transaction', async () => {
  const resourceId = uuidv7();
  const entry = { actor: 'ada', action: 'template.saved', resourceType: 'template', resourceId };
  const failing = db.transaction().execute(async (trx) => {
    await insertAuditEntry(trx, entry);
    throw new Error('the change failed');
  });
  await failing.catch(() => undefined);
  expect(await entriesOf(resourceId)).toEqual([]);
});
