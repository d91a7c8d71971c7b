import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { computeHour, keepProgress, keepStatisticsOf } from '../../src/db/statistics-hours.ts';
import { DAY, type Past, storePasts, TEMPLATES } from '../db/pasts.ts';
import { untilSomeoneWaitsForALock } from '../db/waiting-for-lock.ts';
import { type Service, startService } from '../support/service.ts';
import { NO_ID } from './bodies.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  for (const table of ['messages', 'statistics_hourly', 'statistics_hours', 'statistics_progress'] as const) {
    await service.db.deleteFrom(table).execute();
  }
});

const PERIOD = `from=${DAY.from.toISOString()}&to=${DAY.to.toISOString()}`;
const SENT: Past = {
  ...{ minute: 61, channel: 'sms', template: null, status: 'sent', deliveryStatus: null, errorCode: null },
  ...{ dueAfter: 0, secondsToSent: null, secondsToDelivered: null, isAcknowledged: false, attempts: [] },
};
const FAILED: Past = { ...SENT, status: 'failed', errorCode: 'twilio_30003' };

const store = (...pasts: Past[]) => storePasts(service.db, pasts);
const statistics = (query = PERIOD) => service.request('GET', `/api/statistics/?${query}`);

test('without messages everything is zero, or nothing', async () => {
  const { status, json } = await statistics(`${PERIOD}&by=channel`);
  expect([status, json]).toEqual([
    200,
    {
      ...{ from: DAY.from.toISOString(), to: DAY.to.toISOString(), by: ['channel'], time_zone: 'UTC' },
      ...{ computed_until: null, results: [] },
      total: {
        ...{ accepted: 0, pending: 0, sent: 0, failed: 0, cancelled: 0, expired: 0, delivered: 0, read: 0 },
        ...{ acknowledged: 0, undelivered: 0, bounced: 0, complained: 0, success_rate: null, cost: [] },
        ...{ time_to_sent: { median: null, p95: null }, time_to_delivered: { median: null, p95: null } },
      },
    },
  ]);
});

test('messages count by what became of them', async () => {
  await store(SENT, { ...SENT, status: 'pending' }, { ...SENT, deliveryStatus: 'read' });
  await store(FAILED, { ...FAILED, errorCode: 'cancelled' }, { ...FAILED, errorCode: 'expired' });
  expect((await statistics()).json.total).toMatchObject({
    ...{ accepted: 6, pending: 1, sent: 2, failed: 3, cancelled: 1, expired: 1, delivered: 1, read: 1 },
    success_rate: 0.4,
  });
});

test('the times are those of the message in the middle, and of one that only one in twenty is slower than', async () => {
  const waits = Array.from({ length: 101 }, (_, index) => 10 + index);
  await store(...waits.map((wait) => ({ ...SENT, secondsToSent: wait, secondsToDelivered: wait * 10 })));
  const { time_to_sent: sent, time_to_delivered: delivered } = (await statistics()).json.total;
  const errors = [sent.median / 60, sent.p95 / 105, delivered.median / 600, delivered.p95 / 1050].map((ratio) =>
    Math.abs(ratio - 1),
  );
  expect(Math.max(...errors)).toBeLessThan(0.055);
});

test('a message that was to be sent later is timed from then on', async () => {
  await store({ ...SENT, dueAfter: 36_000, secondsToSent: 2 });
  expect((await statistics()).json.total.time_to_sent.median).toBeCloseTo(2, 0);
});

describe('the cost', () => {
  const attempt = {
    channel: 'sms',
    outcome: 'accepted',
    deliveryStatus: null,
    currency: 'USD',
    isFinal: true,
  } as const;
  const paid = (...attempts: Past['attempts']) => store({ ...SENT, attempts });

  test('is exact, in each currency', async () => {
    await paid({ ...attempt, micros: 100_000 }, { ...attempt, micros: 200_000 });
    await paid({ ...attempt, micros: 75_000, currency: 'EUR' });
    expect((await statistics()).json.total.cost).toEqual([
      { amount: '0.075', currency: 'EUR', final: true },
      { amount: '0.3', currency: 'USD', final: true },
    ]);
  });

  test('is not final while a part of it is an estimate', async () => {
    await paid({ ...attempt, micros: 100_000 }, { ...attempt, micros: 200_000, isFinal: false });
    expect((await statistics()).json.total.cost).toEqual([{ amount: '0.3', currency: 'USD', final: false }]);
  });

  test('counts with the channel that was paid for', async () => {
    await paid({ ...attempt, channel: 'whatsapp', micros: 50_000 }, { ...attempt, micros: 80_000 });
    const { results } = (await statistics(`${PERIOD}&by=channel`)).json;
    expect(results).toMatchObject([
      { channel: 'sms', accepted: 1, cost: [{ amount: '0.08' }] },
      { channel: 'whatsapp', accepted: 0, cost: [{ amount: '0.05' }] },
    ]);
  });
});

describe('groups', () => {
  const groups = async (by: string, more = '') => (await statistics(`${PERIOD}&by=${by}${more}`)).json.results;

  test.each([
    ['channel', [{ channel: 'email' }, { channel: 'sms' }]],
    ['status', [{ status: 'failed' }, { status: 'sent' }]],
    ['hour', [{ hour: '2026-01-31T01:00:00.000Z' }, { hour: '2026-01-31T02:00:00.000Z' }]],
    ['day', [{ day: '2026-01-31' }]],
    ['template', [{ template_id: TEMPLATES[0]?.id, template_name: 'template-0' }, { template_id: null }]],
    [
      'channel,status',
      [
        { channel: 'email', status: 'failed' },
        { channel: 'sms', status: 'sent' },
      ],
    ],
  ])('can be made by %s', async (by, expected) => {
    await store({ ...SENT, template: 0 }, { ...FAILED, channel: 'email', minute: 120 });
    expect(await groups(by)).toMatchObject(expected);
  });

  test('by day follow the clocks of a time zone', async () => {
    await store(SENT);
    expect(await groups('day', '&time_zone=America/New_York')).toMatchObject([{ day: '2026-01-30' }]);
  });

  test('that are asked for twice are given once', async () => {
    await store(SENT);
    expect((await statistics(`${PERIOD}&by=day,day`)).json.by).toEqual(['day']);
  });

  test('are not made where nobody asks for them', async () => {
    await store(SENT);
    expect((await statistics()).json.results).toEqual([]);
  });

  test('that are too many are refused', async () => {
    await sql`
      insert into statistics_hourly (hour, channel, template_name, status, is_removed, measures)
      select ${DAY.from}, 'email', n::text, 'sent', false, '{"accepted": 1}' from generate_series(1, 10001) n
    `.execute(service.db);
    const { status, json } = await statistics(`${PERIOD}&by=template`);
    expect([status, json.errors[0].pointer, json.errors[0].code]).toEqual([400, '/by', 'too_many_groups']);
  });
});

test('the messages of one channel can be counted alone', async () => {
  await store(SENT, { ...SENT, channel: 'email' });
  expect((await statistics(`${PERIOD}&channel=email`)).json.total.accepted).toBe(1);
});

test('the messages of one template can be counted alone', async () => {
  await store(SENT, { ...SENT, template: 0 });
  expect((await statistics(`${PERIOD}&template_id=${TEMPLATES[0]?.id}`)).json.total.accepted).toBe(1);
});

test('a template that is not there has no messages', async () => {
  expect((await statistics(`${PERIOD}&template_id=${NO_ID}`)).json.total.accepted).toBe(0);
});

test('a message counts at once, in the hour that goes on', async () => {
  await service.sent({ recipient: { email: 'ada@example.com' }, channel: 'email', content: 'Hello' });
  expect((await statistics('')).json.total).toMatchObject({ accepted: 1, pending: 1 });
});

test('an erased message still counts', async () => {
  const [id] = await store(SENT);
  await service.request('DELETE', `/api/messages/${id}/`);
  expect((await statistics()).json.total.accepted).toBe(1);
});

test('a removed message still counts', async () => {
  const ids = await store(SENT, SENT);
  await computeHour(service.db, new Date('2026-01-31T01:00:00Z'));
  await keepStatisticsOf(service.db, ids.slice(1));
  await service.db.deleteFrom('messages').where('id', 'in', ids.slice(1)).execute();
  expect((await statistics()).json.total).toMatchObject({ accepted: 2, sent: 2 });
});

test('it is told until when changes are in it', async () => {
  await keepProgress(service.db, DAY.to);
  expect((await statistics()).json.computed_until).toBe(DAY.to.toISOString());
});

describe('the period', () => {
  test('is widened to whole hours', async () => {
    await store(SENT);
    const { json } = await statistics('from=2026-01-31T01:59:59Z&to=2026-01-31T02:00:01Z');
    expect([json.from, json.to, json.total.accepted]).toEqual([
      ...['2026-01-31T01:00:00.000Z', '2026-01-31T03:00:00.000Z'],
      1,
    ]);
  });

  test('is the last thirty days', async () => {
    const { from, to } = (await statistics('')).json;
    expect([Date.parse(to) > Date.now(), Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)]).toEqual([
      true,
      30,
    ]);
  });

  test('may lie in the future', async () => {
    expect((await statistics('from=2090-01-01T00:00:00Z&to=2090-02-01T00:00:00Z')).json.total.accepted).toBe(0);
  });

  test('may lie in the first year of all', async () => {
    expect((await statistics('from=0001-01-01T00:00:00Z&to=0001-02-01T00:00:00Z')).json.total.accepted).toBe(0);
  });
});

test('a period that cannot be counted in time is refused with the advice to ask for less', async () => {
  const { status, json } = await service.db.transaction().execute(async (trx) => {
    await sql`lock table statistics_hourly in access exclusive mode`.execute(trx);
    const asked = statistics();
    await untilSomeoneWaitsForALock(service.db);
    await sql`select pg_cancel_backend(pid) from pg_locks where not granted and database =
      (select oid from pg_database where datname = current_database())`.execute(service.db);
    return await asked;
  });
  expect([status, json.errors[0].pointer, json.errors[0].code]).toEqual([400, '/from', 'period_too_long']);
});

test.each([
  ['a period that ends before it begins', 'from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', '/from invalid_period'],
  ['an empty period', 'from=2026-02-01T00:00:00Z&to=2026-02-01T00:00:00Z', '/from invalid_period'],
  ['a period of years', 'from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z', '/from period_too_long'],
  ['a time without a zone', 'from=2026-02-01T00:00:00', '/from invalid_format'],
  ['a day for a time', 'to=2026-02-01', '/to invalid_format'],
  ['an unknown group', 'by=colour', '/by invalid_format'],
  ['an empty list of groups', 'by=', '/by invalid_format'],
  ['an unknown channel', 'channel=fax', '/channel unknown_value'],
  ['a template by name', 'template_id=welcome', '/template_id invalid_format'],
  ['an unknown time zone', 'time_zone=Mars/Olympus', '/time_zone invalid_time_zone'],
  ['an offset for a time zone', 'time_zone=%2B05:30', '/time_zone invalid_time_zone'],
  ['an unknown parameter', 'since=2026-02-01T00:00:00Z', '/since unknown_field'],
])('%s is refused', async (_what, query, fault) => {
  const { status, json } = await statistics(query);
  expect([status, json.errors?.map((one: Record<string, string>) => `${one['pointer']} ${one['code']}`)]).toEqual([
    400,
    [fault],
  ]);
});
