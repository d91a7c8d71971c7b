import { describe, expect, test } from 'vitest';
import { advance } from '../../src/domain/advance.ts';
import { resumeDelivery } from '../../src/domain/begin-delivery.ts';
import { findMidway, type LostMessage, type PastAttempt } from '../../src/domain/reconcile.ts';
import { HOLD, inSeconds, NOW, POLICY, planOf } from './deliveries.ts';

const PLAN = planOf(['whatsapp', 'sms', 'email']);
const ESCALATING = planOf(['whatsapp', 'sms', 'email'], { escalateAfterSeconds: 600, until: 'read' });

function lost(changes: Partial<LostMessage> = {}): LostMessage {
  const standing = { status: 'pending', channel: 'whatsapp', waitingFor: null } as const;
  return { ...standing, isAcknowledged: false, changedAt: NOW, attempts: [], ...changes };
}

function attempt(changes: Partial<PastAttempt> = {}): PastAttempt {
  return { channel: 'whatsapp', outcome: 'failed', deliveryStatus: null, isRecorded: true, ...changes };
}

const TAKEN = attempt({ outcome: 'accepted', deliveryStatus: 'accepted' });

describe('a pending message', () => {
  test('that was on its way is attempted', () => {
    expect(findMidway(lost(), PLAN, POLICY, NOW).midway.next).toEqual({ do: 'attempt' });
  });

  test('that waited for its time waits on', () => {
    const plan = planOf(['whatsapp'], { sendAt: inSeconds(60) });
    const { next } = findMidway(lost({ waitingFor: 'schedule' }), plan, POLICY, NOW).midway;
    expect(next).toEqual({ do: 'wait', for: 'schedule', until: NOW + 60_000 });
  });

  test('that waited for quiet hours to end is attempted, which finds out whether they have', () => {
    const { next } = findMidway(lost({ waitingFor: 'schedule' }), PLAN, POLICY, NOW).midway;
    expect(next).toEqual({ do: 'attempt' });
  });

  test('that waited for its next try waits for the rest of the delay', () => {
    const message = lost({ waitingFor: 'retry', attempts: [attempt(), attempt()], changedAt: NOW - 20_000 });
    const { next } = findMidway(message, PLAN, POLICY, NOW).midway;
    expect(next).toEqual({ do: 'wait', for: 'retry', until: NOW + 100_000 });
  });

  test('is not tried again on the channels before its own', () => {
    const message = lost({ channel: 'sms', attempts: [attempt()] });
    expect(findMidway(message, PLAN, POLICY, NOW).midway.usedUp).toEqual(['whatsapp']);
  });

  test('of which a provider may have taken an attempt waits for an operator where that is asked for', () => {
    const message = lost({ attempts: [attempt({ outcome: 'uncertain' })] });
    const ways = [HOLD, POLICY].map((policy) => findMidway(message, PLAN, policy, NOW).midway.next);
    expect(ways).toEqual([{ do: 'wait', for: 'operator', until: NOW + 3_600_000 }, { do: 'attempt' }]);
  });

  test('whose acceptance was recorded is sent', () => {
    const { standing, midway } = findMidway(lost({ attempts: [TAKEN] }), PLAN, POLICY, NOW);
    expect([standing.status, midway.next]).toEqual(['sent', { do: 'end' }]);
  });

  test('whose acceptance was not recorded is attempted on that channel, where the acceptance is found', () => {
    const message = lost({ channel: 'email', attempts: [{ ...TAKEN, isRecorded: false }] });
    const { standing, midway } = findMidway(message, PLAN, POLICY, NOW);
    expect([standing, midway.next]).toEqual([{ status: 'pending', channel: 'whatsapp' }, { do: 'attempt' }]);
  });

  test('whose acceptance was taken back is attempted', () => {
    const returned = attempt({ outcome: 'accepted', deliveryStatus: 'undelivered' });
    const { standing, midway } = findMidway(lost({ channel: 'sms', attempts: [returned] }), PLAN, POLICY, NOW);
    expect([standing.status, midway.takenBy, midway.next]).toEqual(['pending', [], { do: 'attempt' }]);
  });

  test('that has been acknowledged is not attempted', () => {
    expect(findMidway(lost({ isAcknowledged: true }), PLAN, POLICY, NOW).midway.next).toEqual({ do: 'end' });
  });
});

describe('a sent message', () => {
  const sent = lost({ status: 'sent', attempts: [TAKEN] });

  test('that waited for a receipt waits for the rest of the time', () => {
    const message = { ...sent, waitingFor: 'receipt', changedAt: NOW - 100_000 } as const;
    const { next } = findMidway(message, ESCALATING, POLICY, NOW).midway;
    expect(next).toEqual({ do: 'wait', for: 'receipt', until: NOW + 500_000 });
  });

  test('whose fallback was on its way gets it', () => {
    const message = { ...sent, channel: 'sms' } as const;
    const { takenBy, next } = findMidway(message, ESCALATING, POLICY, NOW).midway;
    expect([takenBy, next]).toEqual([['whatsapp'], { do: 'attempt' }]);
  });

  test('has ended where nothing was left to do', () => {
    expect(findMidway(sent, PLAN, POLICY, NOW).midway.next).toEqual({ do: 'end' });
  });
});

describe('a failed message', () => {
  const message = lost({ status: 'failed', channel: 'email', attempts: [attempt()] });

  test('waits for an operator for the rest of the window', () => {
    const waiting = { ...message, waitingFor: 'operator', changedAt: NOW - 600_000 } as const;
    const { next } = findMidway(waiting, PLAN, POLICY, NOW).midway;
    expect(next).toEqual({ do: 'wait', for: 'operator', until: NOW + 3_000_000 });
  });

  test('has ended where it waited for nobody', () => {
    expect(findMidway(message, PLAN, POLICY, NOW).midway.next).toEqual({ do: 'end' });
  });
});

test('a wait whose time passed while nobody watched ends at once', () => {
  const message = lost({ waitingFor: 'retry', attempts: [attempt()], changedAt: NOW - 86_400_000 });
  expect(findMidway(message, PLAN, POLICY, NOW).midway.next).toMatchObject({ until: NOW });
});

test('a plan that had begun again goes on in its round', () => {
  const message = lost({ status: 'sent', waitingFor: 'receipt', attempts: [TAKEN, TAKEN] });
  expect(findMidway(message, ESCALATING, POLICY, NOW).midway.round).toBe(2);
});

test('attempts before the workflow was lost count against the limit of the channel', () => {
  const message = lost({ waitingFor: 'retry', attempts: [attempt(), attempt()] });
  const { standing, midway } = findMidway(message, PLAN, POLICY, NOW);
  const delivery = resumeDelivery(PLAN, { ...standing, failure: null, attempts: 2, midway }, NOW);
  const failure = { kind: 'transient', code: 'timeout' } as const;
  const tried = advance(delivery, { type: 'time_passed' }, POLICY, NOW + 200_000);
  expect(advance(tried, { type: 'failed', failure, random: 0.5 }, POLICY, NOW + 200_000).channel).toBe('sms');
});

test('writing again where a message stands changes nothing of it', () => {
  const delivery = resumeDelivery(PLAN, { status: 'sent', channel: 'sms', failure: null }, NOW);
  expect(advance(delivery, { type: 'record_again' }, POLICY, NOW)).toBe(delivery);
});
