import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertAuditEntry, listAuditEntries } from '../../src/db/audit-log.ts';
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

describe('the list of entries', () => {
  const [message, template] = [uuidv7(), uuidv7()];

  beforeAll(async () => {
    await db.deleteFrom('audit_log').execute();
    const entries = [
      ['ada', 'message.cancelled', 'message', message, '2026-01-01'],
      ['ada', 'template.saved', 'template', template, '2026-01-02'],
      ['bob', 'message.retried', 'message', message, '2026-01-03'],
    ] as const;
    for (const [actor, action, resourceType, resourceId, at] of entries) {
      await insertAuditEntry(db, { actor, action, resourceType, resourceId });
      const time = new Date(`${at}T00:00:00Z`);
      await db.updateTable('audit_log').set({ at: time }).where('action', '=', action).execute();
    }
  });

  const found = async (...query: [Parameters<typeof listAuditEntries>[1], Parameters<typeof listAuditEntries>[2]?]) =>
    (await listAuditEntries(db, query[0], query[1] ?? { limit: 10 })).map(({ action }) => action);

  test('has the newest first, in pages forwards and backwards', async () => {
    const [newest, middle, oldest] = (await listAuditEntries(db, {}, { limit: 10 })).map(({ id }) => id);
    const pages = [
      await found({}, { limit: 2 }),
      await found({}, { before: middle as string, limit: 2 }),
      await found({}, { after: oldest as string, limit: 1 }),
      await found({}, { after: newest as string, limit: 1 }),
    ];
    expect(pages).toEqual([['message.retried', 'template.saved'], ['message.cancelled'], ['template.saved'], []]);
  });

  test.each([
    ['an actor', { actor: 'ada' }, ['template.saved', 'message.cancelled']],
    ['an action', { action: 'template.saved' }, ['template.saved']],
    ['a type of resource', { resourceType: 'message' }, ['message.retried', 'message.cancelled']],
    ['a resource', { resourceId: template }, ['template.saved']],
    ['a time after a moment', { after: new Date('2026-01-02T00:00:00Z') }, ['message.retried', 'template.saved']],
    ['a time before a moment', { before: new Date('2026-01-02T00:00:00Z') }, ['message.cancelled']],
    ['several at once', { actor: 'ada', resourceType: 'message' }, ['message.cancelled']],
  ])('can be narrowed to %s', async (_what, filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });
});
