import { describe, expect, test } from 'vitest';
import { advance } from '../../src/domain/advance.ts';
import type { Delivery, DeliveryEvent } from '../../src/domain/delivery.ts';
import { timelineEntry } from '../../src/workflows/timeline.ts';
import {
  ACCEPTED,
  begun,
  deliveriesInEachState,
  failed,
  inSeconds,
  NOW,
  POLICY,
  planOf,
  play,
  TIME_PASSED,
  toBeAcknowledged,
} from '../domain/deliveries.ts';

const STATES = deliveriesInEachState();

/** What the timeline says of an event; a wait that ends does so in time. */
function entryFor(before: Delivery, event: DeliveryEvent) {
  const isDue = event.type === 'time_passed' && before.next.do === 'wait';
  const after = advance(before, event, POLICY, isDue && before.next.do === 'wait' ? before.next.until : NOW);
  return timelineEntry(before, after, event);
}

describe('the timeline', () => {
  test('says that a message was sent, and on which channel', () => {
    expect(entryFor(STATES.attempt, ACCEPTED)).toEqual({ type: 'sent', channel: 'whatsapp', detail: null });
  });

  test('names the channel on which an attempt failed, not the one that comes next', () => {
    const entry = entryFor(STATES.attempt, failed('unreachable'));
    expect(entry).toEqual({ type: 'attempt_failed', channel: 'whatsapp', detail: 'code_unreachable' });
  });

  test('names the channel that a receipt was for', () => {
    const entry = entryFor(STATES.receipt, { type: 'receipt', status: 'undelivered', channel: 'whatsapp' });
    expect(entry).toEqual({ type: 'receipt_applied', channel: 'whatsapp', detail: 'undelivered' });
  });

  test('leaves out a receipt that changed nothing', () => {
    expect(entryFor(STATES.sent, { type: 'receipt', status: 'delivered', channel: 'whatsapp' })).toBeNull();
  });

  test('leaves out that an attempt was due', () => {
    expect([entryFor(STATES.schedule, TIME_PASSED), entryFor(STATES.retry, TIME_PASSED)]).toEqual([null, null]);
  });

  test('says that a message escalated, and to which channel', () => {
    expect(entryFor(STATES.receipt, TIME_PASSED)).toEqual({ type: 'escalated', channel: 'sms', detail: null });
  });

  test('says that a message was postponed, and until when', () => {
    const until = Date.parse('2026-03-02T07:00:00Z');
    expect(entryFor(STATES.attempt, { type: 'postponed', until })).toMatchObject({
      ...{ type: 'postponed', detail: '2026-03-02T07:00:00.000Z' },
    });
  });

  test('leaves out that the time of quiet hours has passed', () => {
    expect(entryFor(STATES.quiet, TIME_PASSED)).toBeNull();
  });

  test('says in which round a message goes on', () => {
    const waiting = play(begun(['sms'], toBeAcknowledged(2)), [ACCEPTED]);
    expect(entryFor(waiting, TIME_PASSED)).toEqual({ type: 'escalated', channel: 'sms', detail: 'round 2' });
  });

  test('says that nobody has acknowledged a message', () => {
    const waiting = play(begun(['sms'], toBeAcknowledged(1)), [ACCEPTED]);
    expect(entryFor(waiting, TIME_PASSED)).toEqual({ type: 'not_acknowledged', channel: 'sms', detail: null });
  });

  test('says where a person has acknowledged a message, once', () => {
    const acknowledged: DeliveryEvent = { type: 'acknowledge', channel: 'whatsapp' };
    const after = play(STATES.receipt, [acknowledged]);
    expect([entryFor(STATES.receipt, acknowledged), entryFor(after, acknowledged)]).toEqual([
      { type: 'acknowledged', channel: 'whatsapp', detail: null },
      null,
    ]);
  });

  test('says that no operator came', () => {
    expect(entryFor(STATES.failed, TIME_PASSED)).toMatchObject({ type: 'wait_ended', detail: 'operator' });
  });

  test('says that a message expired', () => {
    const waiting = begun(['sms'], { sendAt: inSeconds(90), expiresAt: inSeconds(60) });
    expect(entryFor(waiting, TIME_PASSED)).toEqual({ type: 'expired', channel: 'sms', detail: null });
  });

  test('shows the channels of a new plan', () => {
    const plan = planOf(['email', 'sms'], { revision: 2 });
    const entry = entryFor(STATES.retry, { type: 'plan_changed', plan });
    expect(entry).toEqual({ type: 'plan_changed', channel: 'email', detail: 'email,sms' });
  });

  test('leaves out a plan that is no news', () => {
    expect(entryFor(STATES.retry, { type: 'plan_changed', plan: planOf(['email']) })).toBeNull();
  });
});

describe('an action of an operator', () => {
  test.each<[DeliveryEvent, Delivery, Delivery]>([
    [{ type: 'retry' }, STATES.retry, STATES.sent],
    [{ type: 'cancel' }, STATES.retry, STATES.sent],
    [{ type: 'resolve' }, STATES.failed, STATES.retry],
    [{ type: 'switch_channel', channel: 'email' }, STATES.retry, STATES.sent],
  ])('is kept, with a remark where it had no effect: $type', (event, where, whereNot) => {
    expect([entryFor(where, event)?.detail, entryFor(whereNot, event)?.detail]).toEqual([
      null,
      'had no effect in this state',
    ]);
  });
});
