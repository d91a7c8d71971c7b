import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepStatisticsOf } from '../../src/db/statistics-hours.ts';
import type { DeliveryStatus, MessageStatus } from '../../src/domain/statuses.ts';
import { storeMessage } from '../db/stored.ts';
import { type Service, startService } from '../support/service.ts';
import { NO_ID, TEMPLATE } from './bodies.ts';

let service: Service;
let id: string;
let names = 0;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  names += 1;
  id = (await service.request('POST', '/api/templates/', { body: { ...TEMPLATE, name: `t-${names}` } })).json.id;
});

interface State {
  status?: MessageStatus;
  delivery_status?: DeliveryStatus;
  error_code?: string;
}

/** A message by this template that has come so far. */
async function used(state: State = {}, { version = 1, at = new Date() } = {}): Promise<string> {
  const template = { template_id: id, template_name: `t-${names}`, template_version: version };
  const message = await storeMessage(service.db, { id: uuidv7({ msecs: at.getTime() }), ...template });
  await service.db
    .updateTable('messages')
    .set({ ...state, created_at: at })
    .where('id', '=', message)
    .execute();
  return message;
}

const statistics = (query = '') => service.request('GET', `/api/templates/${id}/statistics/${query}`);
const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3600 * 1000);

test('a template that was never used has no success rate', async () => {
  const { json } = await statistics();
  expect(json).toEqual({
    total: {
      ...{ accepted: 0, pending: 0, sent: 0, failed: 0, delivered: 0, read: 0 },
      ...{ success_rate: null, last_used_at: null },
    },
    ...{ by_version: [], recent_errors: [] },
  });
});

test('messages are counted by what became of them; what was read was delivered', async () => {
  await used();
  await used({ status: 'sent' });
  await used({ status: 'sent', delivery_status: 'delivered' });
  await used({ status: 'sent', delivery_status: 'read' });
  await used({ status: 'failed', error_code: 'smtp_5.1.1' });
  expect((await statistics()).json.total).toMatchObject({
    ...{ accepted: 5, pending: 1, sent: 3, failed: 1, delivered: 2, read: 1, success_rate: 0.75 },
  });
});

test('each version has its own numbers, the newest first', async () => {
  const at = daysAgo(1);
  await used({ status: 'sent' }, { at });
  await used({ status: 'failed' }, { version: 2 });
  const { json } = await statistics();
  expect(json.by_version).toMatchObject([
    { version: 2, accepted: 1, success_rate: 0 },
    { version: 1, accepted: 1, success_rate: 1, last_used_at: at.toISOString() },
  ]);
});

test('the errors are listed with how often they came', async () => {
  for (const error_code of ['smtp_5.1.1', 'expired', 'smtp_5.1.1']) await used({ status: 'failed', error_code });
  const { json } = await statistics();
  expect(json.recent_errors.map(({ error_code, count }: Record<string, unknown>) => [error_code, count])).toEqual(
    expect.arrayContaining([
      ['smtp_5.1.1', 2],
      ['expired', 1],
    ]),
  );
});

test('an erased message still counts', async () => {
  const message = await used({ status: 'sent' });
  await service.request('DELETE', `/api/messages/${message}/`);
  expect((await statistics()).json.total.accepted).toBe(1);
});

test('a removed message still counts, with its version and, to the hour, when it was accepted', async () => {
  const removed = [await used({ status: 'sent', delivery_status: 'read' }), await used({ status: 'failed' })];
  const at = daysAgo(3);
  await used({ status: 'sent' }, { at });
  await service.db.transaction().execute(async (trx) => {
    await keepStatisticsOf(trx, removed);
    await trx.deleteFrom('messages').where('id', 'in', removed).execute();
  });
  const { total, by_version } = (await statistics()).json;
  expect([total, by_version]).toMatchObject([
    { accepted: 3, pending: 0, sent: 2, failed: 1, delivered: 1, read: 1 },
    [{ version: 1, accepted: 3 }],
  ]);
  expect(Date.parse(total.last_used_at)).toBeGreaterThan(Date.now() - 3_700_000);
});

describe('the period', () => {
  const accepted = async (query = '') => (await statistics(query)).json.total.accepted;

  test('is the last thirty days', async () => {
    await used({}, { at: daysAgo(29) });
    await used({}, { at: daysAgo(31) });
    expect(await accepted()).toBe(1);
  });

  test('begins with its first moment and ends before its last', async () => {
    for (const at of ['2026-01-01T00:00:00Z', '2026-01-31T23:59:59.999Z', '2026-02-01T00:00:00Z']) {
      await used({}, { at: new Date(at) });
    }
    expect(await accepted('?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z')).toBe(2);
  });

  test.each([
    ['ends before it begins', '?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', '/from invalid_period'],
    ['has more than 366 days', '?from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z', '/from period_too_long'],
    ['has no zone', '?from=2026-02-01T00:00:00', '/from invalid_format'],
    ['is a day', '?to=2026-02-01', '/to invalid_format'],
    ['is called otherwise', '?since=2026-02-01T00:00:00Z', '/since unknown_field'],
  ])('that %s is refused', async (_what, query, fault) => {
    const { status, json } = await statistics(query);
    expect([status, json.errors.map((one: Record<string, string>) => `${one.pointer} ${one.code}`)]).toEqual([
      400,
      [fault],
    ]);
  });
});

test('a template that is not there has no statistics', async () => {
  expect((await service.request('GET', `/api/templates/${NO_ID}/statistics/`)).status).toBe(404);
});
