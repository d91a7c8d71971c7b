import fc from 'fast-check';
import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../src/db/database.ts';
import type { StatisticsKey } from '../../src/db/statistics.ts';
import { CHANNELS, type Channel } from '../../src/domain/channels.ts';
import { FACTOR } from '../../src/domain/duration-buckets.ts';
import {
  ATTEMPT_OUTCOMES,
  type AttemptOutcome,
  DELIVERY_STATUSES,
  type DeliveryStatus,
  MESSAGE_STATUSES,
  type MessageStatus,
} from '../../src/domain/statuses.ts';
import { storeRecipient } from './stored.ts';

/** What became of a message, as far as statistics count it. */
export interface Past {
  /** Of the day, when it was created. */
  readonly minute: number;
  readonly channel: Channel;
  /** Index of its template; null for none. */
  readonly template: number | null;
  readonly status: MessageStatus;
  readonly deliveryStatus: DeliveryStatus | null;
  readonly errorCode: string | null;
  /** Seconds from its creation to its send_at; 0 for none. */
  readonly dueAfter: number;
  /** Seconds after it was due; null where it never was. */
  readonly secondsToSent: number | null;
  readonly secondsToDelivered: number | null;
  readonly isAcknowledged: boolean;
  readonly attempts: readonly PastAttempt[];
}

interface PastAttempt {
  readonly channel: Channel;
  readonly outcome: AttemptOutcome | null;
  readonly deliveryStatus: DeliveryStatus | null;
  /** In millionths; null where it is not known. */
  readonly micros: number | null;
  readonly currency: string;
  readonly isFinal: boolean;
}

const START = Date.UTC(2026, 0, 31);
const HOUR_MS = 3_600_000;
/** The hours of the day in which messages are. */
export const HOURS = [0, 1, 2, 3].map((hour) => new Date(START + hour * HOUR_MS));
export const DAY = { from: new Date(START), to: new Date(START + 24 * HOUR_MS) };
export const TEMPLATES = [0, 1].map((index) => ({ id: uuidv7(), name: `template-${index}` }));

const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
const seconds = orNull(fc.oneof(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 1_000_000 })));

const attempt = fc.record<PastAttempt>({
  channel: fc.constantFrom(...CHANNELS),
  outcome: orNull(fc.constantFrom(...ATTEMPT_OUTCOMES)),
  deliveryStatus: orNull(fc.constantFrom(...DELIVERY_STATUSES)),
  micros: orNull(fc.integer({ min: 0, max: 2_000_000 })),
  currency: fc.constantFrom('USD', 'EUR'),
  isFinal: fc.boolean(),
});

const past = fc.record<Past>({
  minute: fc.integer({ min: 0, max: HOURS.length * 60 - 1 }),
  channel: fc.constantFrom(...CHANNELS),
  template: orNull(fc.integer({ min: 0, max: TEMPLATES.length - 1 })),
  status: fc.constantFrom(...MESSAGE_STATUSES),
  deliveryStatus: orNull(fc.constantFrom(...DELIVERY_STATUSES)),
  errorCode: orNull(fc.constantFrom('cancelled', 'expired', 'twilio_30003')),
  dueAfter: fc.constantFrom(0, 0, 600),
  secondsToSent: seconds,
  secondsToDelivered: seconds,
  isAcknowledged: fc.boolean(),
  attempts: fc.array(attempt, { maxLength: 3 }),
});

export const pasts = fc.array(past, { maxLength: 12 });

/** Stores messages with such a past, and gives their ids. */
export async function storePasts(db: Database, all: readonly Past[]): Promise<string[]> {
  const recipientId = await storeRecipient(db);
  await sql`
    insert into templates (id, name, channel, version)
    select t.id, t.name, 'email', 1
    from unnest(${TEMPLATES.map(({ id }) => id)}::uuid[], ${TEMPLATES.map(({ name }) => name)}::text[]) t (id, name)
    on conflict do nothing
  `.execute(db);
  return await Promise.all(all.map((one) => storePast(db, recipientId, one)));
}

async function storePast(db: Database, recipientId: string, past: Past): Promise<string> {
  const id = uuidv7();
  const createdAt = new Date(START + past.minute * 60_000);
  const due = createdAt.getTime() + past.dueAfter * 1000;
  const after = (wait: number | null) => (wait === null ? null : new Date(due + wait * 1000));
  const template = past.template === null ? null : (TEMPLATES[past.template] ?? null);
  await db
    .insertInto('messages')
    .values({
      ...{ id, recipient_id: recipientId, channel: past.channel, channels: [past.channel], status: past.status },
      ...{ template_id: template?.id ?? null, template_name: template?.name ?? null, created_at: createdAt },
      ...{ delivery_status: past.deliveryStatus, error_code: past.errorCode, updated_at: createdAt },
      ...{ send_at: past.dueAfter === 0 ? null : new Date(due), sent_at: after(past.secondsToSent) },
      ...{ delivered_at: after(past.secondsToDelivered), acknowledged_at: past.isAcknowledged ? createdAt : null },
    })
    .execute();
  for (const [number, one] of past.attempts.entries()) {
    await db
      .insertInto('attempts')
      .values({
        ...{ id: uuidv7(), message_id: id, number, token: String(number), channel: one.channel, outcome: one.outcome },
        ...{ delivery_status: one.deliveryStatus, cost_final: one.isFinal, cost_currency: one.currency },
        cost_amount: one.micros === null ? null : String(one.micros / 1_000_000),
      })
      .execute();
  }
  return id;
}

type Sums = Record<string, Record<string, number>>;

/** What the sums of messages with such pasts have to be, by the values of their keys. */
export function measuresByHand(all: readonly Past[], by: readonly StatisticsKey[]): Sums {
  const sums: Sums = {};
  const add = (key: string, name: string, number: number) => {
    const sum = sums[key] ?? {};
    sums[key] = sum;
    sum[name] = Math.round(((sum[name] ?? 0) + number) * 1_000_000) / 1_000_000;
  };
  for (const one of all) {
    for (const name of namesByHand(one)) add(keyOf(one, one.channel, by), name, 1);
    for (const { channel, currency, micros, isFinal } of one.attempts.filter(isPaid)) {
      add(keyOf(one, channel, by), `cost:${currency}`, (micros ?? 0) / 1_000_000);
      if (!isFinal) add(keyOf(one, channel, by), `estimates:${currency}`, 1);
    }
  }
  return sums;
}

function hourOf({ minute }: Past): Date {
  return new Date(START + Math.floor(minute / 60) * HOUR_MS);
}

function keyOf(past: Past, channel: Channel, by: readonly StatisticsKey[]): string {
  const template = past.template === null ? null : TEMPLATES[past.template];
  const values = {
    ...{ hour: hourOf(past).toISOString(), day: '2026-01-31', channel, status: past.status },
    template: `${template?.name ?? ''} ${template?.id ?? ''}`,
  };
  return by.map((key) => values[key]).join(' ');
}

function namesByHand(past: Past): string[] {
  const { status, deliveryStatus, errorCode } = past;
  return [
    ...['accepted', status],
    ...(status === 'failed' && (errorCode === 'cancelled' || errorCode === 'expired') ? [errorCode] : []),
    ...(deliveryStatus === 'read' || deliveryStatus === 'complained' ? ['delivered'] : []),
    ...(deliveryStatus === null || deliveryStatus === 'accepted' ? [] : [deliveryStatus]),
    ...(past.isAcknowledged ? ['acknowledged'] : []),
    ...bucketName('time_to_sent', past.secondsToSent),
    ...bucketName('time_to_delivered', past.secondsToDelivered),
  ];
}

function bucketName(measure: string, duration: number | null): string[] {
  if (duration === null) return [];
  return [`${measure}:${Math.ceil(Math.log(Math.max(duration, 0.001)) / Math.log(FACTOR))}`];
}

/** Emails cost nothing; what was taken in doubt costs once a receipt says that it was. */
function isPaid({ channel, outcome, deliveryStatus, micros }: PastAttempt): boolean {
  if (channel === 'email' || micros === null) return false;
  const isTaken = ['accepted', 'delivered', 'read', 'complained'].includes(deliveryStatus ?? '');
  return outcome === 'accepted' || (outcome === 'uncertain' && isTaken);
}
