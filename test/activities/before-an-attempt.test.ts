import type { Updateable } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RenderInput } from '../../src/activities/contract.ts';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import { render } from '../../src/activities/render.ts';
import { send } from '../../src/activities/send.ts';
import { findAttempt, recordAccepted } from '../../src/db/attempts.ts';
import type { Database } from '../../src/db/database.ts';
import type { NewMessageRow } from '../../src/db/messages.ts';
import { updateRecipient } from '../../src/db/recipients.ts';
import { sealedPlaces } from '../../src/db/sealed-places.ts';
import type { DB } from '../../src/db/tables.ts';
import type { QuietHours } from '../../src/domain/recipient.ts';
import { openTestDatabase } from '../db/open-test-database.ts';
import { recipientValues, storeMessage, storeRecipient } from '../db/stored.ts';
import { activityDependencies } from './dependencies.ts';

const HOUR_MS = 3600_000;
const PAST = new Date('2020-01-01T00:00:00Z');

let db: Database;
let close: () => Promise<void>;
let dependencies: ActivityDependencies;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
  dependencies = activityDependencies(db);
});
afterAll(() => close());

/** A text to somebody, who is quiet from an hour ago until in an hour where `quiet` names the zone of that. */
async function stored(
  more: Partial<NewMessageRow> = {},
  { quiet, zone = null }: { quiet?: string; zone?: string | null } = {},
): Promise<string> {
  const { sealer } = dependencies;
  const recipient_id = await storeRecipient(db);
  const details = { externalId: null, name: null, email: 'ada@example.com', phone: '+447911123456', whatsapp: null };
  const details_sealed = sealer.seal(details, sealedPlaces.recipientDetails(recipient_id));
  await updateRecipient(db, recipientValues({ id: recipient_id, details_sealed, time_zone: zone }));
  if (quiet !== undefined) await setQuietHours(recipient_id, { start: clock(-1, quiet), end: clock(1, quiet) });
  const id = await storeMessage(db, { recipient_id, channel: 'sms', channels: ['sms', 'email'], ...more });
  const body = { content: 'Hello', subject: null, html: null, variables: null, mediaUrl: null, replyTo: null };
  await change(id, { body_sealed: sealer.seal(body, sealedPlaces.messageBody(id)) });
  return id;
}

async function setQuietHours(id: string, quietHours: QuietHours): Promise<void> {
  await db
    .updateTable('recipients')
    .set({ quiet_hours: JSON.stringify(quietHours) as never })
    .where('id', '=', id)
    .execute();
}

async function change(id: string, columns: Updateable<DB['messages']>): Promise<void> {
  await db.updateTable('messages').set(columns).where('id', '=', id).execute();
}

/** What a clock shows in a zone some hours from now. */
function clock(hours: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return format.format(new Date(Date.now() + hours * HOUR_MS));
}

async function rendered(messageId: string, more: Partial<RenderInput> = {}) {
  return await render(dependencies, { messageId, channel: 'sms', token: 'step', planRevision: 1, ...more });
}

/** An attempt that no worker has taken yet. */
async function attempt(messageId: string, more: Partial<RenderInput> = {}): Promise<string> {
  const result = await rendered(messageId, more);
  if (result.do !== 'send') throw new Error(`expected an attempt, got ${result.do}`);
  return result.attemptId;
}

const sent = async (messageId: string, attemptId: string) => await send(dependencies, { messageId, attemptId });
const attemptsOf = async (id: string) =>
  (await db.selectFrom('attempts').select('id').where('message_id', '=', id).execute()).length;

describe('quiet hours', () => {
  test('postpone an attempt to their end', async () => {
    const result = await rendered(await stored({}, { quiet: 'UTC' }));
    const until = result.do === 'postpone' ? Date.parse(result.until) - Date.now() : 0;
    expect([result.do, until > 55 * 60_000, until <= HOUR_MS]).toEqual(['postpone', true, true]);
  });

  test('postpone before an attempt is made', async () => {
    const id = await stored({}, { quiet: 'UTC' });
    await rendered(id);
    expect(await attemptsOf(id)).toBe(0);
  });

  test("are read in the recipient's own time zone", async () => {
    const asleep = await stored({}, { quiet: 'Asia/Kathmandu', zone: 'Asia/Kathmandu' });
    const awake = await stored({}, { quiet: 'Asia/Kathmandu', zone: 'America/New_York' });
    expect([(await rendered(asleep)).do, (await rendered(awake)).do]).toEqual(['postpone', 'send']);
  });

  test('are read in the configured time zone where the recipient has none', async () => {
    const rules = { ...dependencies.rules, defaultTimeZone: 'Asia/Tokyo' };
    const messageId = await stored({}, { quiet: 'Asia/Tokyo' });
    const result = await render({ ...dependencies, rules }, { messageId, channel: 'sms', token: 'a', planRevision: 1 });
    expect(result.do).toBe('postpone');
  });

  test('do not stop a message of high priority', async () => {
    expect((await rendered(await stored({ priority: 'high' }, { quiet: 'UTC' }))).do).toBe('send');
  });

  test('do not stop what an operator wants now', async () => {
    expect((await rendered(await stored({}, { quiet: 'UTC' }), { evenIfQuiet: true })).do).toBe('send');
  });
});

describe('an acknowledged message', () => {
  const acknowledged = { acknowledged_at: PAST, acknowledged_channel: 'email' } as const;

  test('is not attempted again', async () => {
    const id = await stored();
    await change(id, acknowledged);
    expect([await rendered(id), await attemptsOf(id)]).toEqual([{ do: 'acknowledge', channel: 'email' }, 0]);
  });

  test('is not handed over by an attempt that was made before', async () => {
    const id = await stored();
    const attemptId = await attempt(id);
    await change(id, acknowledged);
    expect(await sent(id, attemptId)).toEqual({ outcome: 'acknowledged', channel: 'email' });
  });
});

describe('a message that has expired', () => {
  test('is not attempted', async () => {
    const id = await stored({ expires_at: PAST });
    expect([await rendered(id), await attemptsOf(id)]).toEqual([{ do: 'expire' }, 0]);
  });

  test('is not handed over by an attempt that no worker had taken', async () => {
    const id = await stored();
    const attemptId = await attempt(id);
    await change(id, { expires_at: PAST });
    expect(await sent(id, attemptId)).toEqual({ outcome: 'expired' });
  });

  test('shows such an attempt as failed, not as one of which nobody knows', async () => {
    const id = await stored();
    const attemptId = await attempt(id);
    await change(id, { expires_at: PAST });
    await rendered(id);
    const row = await findAttempt(db, attemptId);
    expect([row?.outcome, row?.error_code, row?.called_at]).toEqual(['failed', 'expired', null]);
  });

  test('leaves an attempt in doubt that a worker had begun', async () => {
    const id = await stored();
    const attemptId = await attempt(id);
    await change(id, { expires_at: PAST });
    await db.updateTable('attempts').set({ called_at: PAST }).where('id', '=', attemptId).execute();
    expect(await rendered(id)).toEqual({ do: 'fail', failure: { kind: 'uncertain', code: 'interrupted' } });
  });

  test('counts as sent where the attempt had been taken', async () => {
    const id = await stored();
    const attemptId = await attempt(id);
    await recordAccepted(db, attemptId, { providerMessageId: 'SM1', segments: 1 });
    await change(id, { expires_at: PAST });
    expect(await rendered(id)).toEqual({ do: 'accept' });
  });
});

describe('an escalation that has not been handed over', () => {
  /** The text was taken, and read, or not, while the email waited for a worker. */
  async function escalation(status: 'delivered' | 'read', until: 'delivered' | 'read') {
    const id = await stored({ escalate_after_seconds: 600, until });
    const text = await attempt(id, { token: 'text' });
    await recordAccepted(db, text, { providerMessageId: `SM-${id}`, segments: 1 });
    await change(id, { status: 'sent' });
    const email = await attempt(id, { token: 'email', channel: 'email' });
    await db.updateTable('attempts').set({ delivery_status: status }).where('id', '=', text).execute();
    return await sent(id, email);
  }

  test.each([
    ['delivered', 'delivered'],
    ['read', 'delivered'],
    ['read', 'read'],
  ] as const)('is not made any more when an earlier attempt was %s and it goes on until %s', async (status, until) => {
    expect(await escalation(status, until)).toEqual({ outcome: 'overtaken', channel: 'sms', status });
  });

  test('is made when what came is not enough', async () => {
    expect(await escalation('delivered', 'read')).toMatchObject({
      outcome: 'failed',
      failure: { code: 'channel_not_configured' },
    });
  });
});

test('a changed message comes with the policy that it has now', async () => {
  const id = await stored({ policy: { message: { retry_delays: [7] } } });
  const result = await rendered(id, { planRevision: 0 });
  const delays = result.do === 'replan' ? result.policy?.channels.sms.retryDelaysSeconds : null;
  expect(delays).toEqual([7]);
});
