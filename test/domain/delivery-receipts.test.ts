import { describe, expect, test } from 'vitest';
import { advance } from '../../src/domain/advance.ts';
import { resumeDelivery } from '../../src/domain/begin-delivery.ts';
import type { Channel } from '../../src/domain/channels.ts';
import type { DeliveryEvent } from '../../src/domain/delivery.ts';
import type { Failure, FailureKind } from '../../src/domain/failures.ts';
import type { DeliveryStatus } from '../../src/domain/statuses.ts';
import { ACCEPTED, begun, failed, HOLD, inSeconds, NOW, POLICY, planOf, play, TIME_PASSED } from './deliveries.ts';

const UNTIL_READ = { escalateAfterSeconds: 600, until: 'read' } as const;
const UNTIL_DELIVERED = { escalateAfterSeconds: 600, until: 'delivered' } as const;

function receipt(status: DeliveryStatus, channel: Channel = 'whatsapp'): DeliveryEvent {
  return { type: 'receipt', status, channel };
}

describe('a message that escalates on silence', () => {
  test('waits for its receipt after a provider has taken it', () => {
    const delivery = play(begun(['whatsapp', 'sms'], UNTIL_READ), [ACCEPTED]);
    expect(delivery).toMatchObject({ status: 'sent', next: { do: 'wait', for: 'receipt', until: NOW + 600_000 } });
  });

  test('attempts its next channel when the receipt does not come', () => {
    const delivery = play(begun(['whatsapp', 'sms'], UNTIL_READ), [ACCEPTED, TIME_PASSED]);
    expect(delivery).toMatchObject({ status: 'sent', channel: 'sms', next: { do: 'attempt' } });
  });

  test('stays sent when the channel it escalated to fails', () => {
    const events = [ACCEPTED, TIME_PASSED, failed('unreachable')];
    const delivery = play(begun(['whatsapp', 'sms'], UNTIL_READ), events);
    expect(delivery).toMatchObject({ status: 'sent', next: { do: 'end' } });
  });

  test('is on the channel that took it when the one it escalated to fails', () => {
    const delivery = play(begun(['whatsapp', 'sms'], UNTIL_READ), [ACCEPTED, TIME_PASSED, failed('unreachable')]);
    expect(delivery.channel).toBe('whatsapp');
  });

  test('fails when the only provider that had taken it takes that back', () => {
    const events = [ACCEPTED, TIME_PASSED, failed('unreachable'), receipt('undelivered')];
    const delivery = play(begun(['whatsapp', 'sms'], UNTIL_READ), events);
    expect(delivery).toMatchObject({ status: 'failed', next: { do: 'wait', for: 'operator' } });
  });

  test('does not wait on its last channel', () => {
    const events = [ACCEPTED, TIME_PASSED, ACCEPTED];
    expect(play(begun(['whatsapp', 'sms'], UNTIL_READ), events).next).toEqual({ do: 'end' });
  });

  test('does not attempt its next channel once it has expired', () => {
    const delivery = play(begun(['whatsapp', 'sms'], { ...UNTIL_READ, expiresAt: inSeconds(60) }), [ACCEPTED]);
    expect(play(delivery, [TIME_PASSED])).toMatchObject({ status: 'sent', channel: 'whatsapp', next: { do: 'end' } });
  });

  test.each([
    ['delivered', UNTIL_DELIVERED, 'end'],
    ['read', UNTIL_DELIVERED, 'end'],
    ['delivered', UNTIL_READ, 'wait'],
    ['read', UNTIL_READ, 'end'],
    ['accepted', UNTIL_DELIVERED, 'wait'],
    ['complained', UNTIL_READ, 'end'],
  ] as const)('after the receipt "%s" with %o goes on to "%s"', (status, goal, next) => {
    expect(play(begun(['whatsapp', 'sms'], goal), [ACCEPTED, receipt(status)]).next.do).toBe(next);
  });

  test('ends when the receipt comes while its next channel waits for a retry', () => {
    const events = [ACCEPTED, TIME_PASSED, failed('transient'), receipt('read')];
    const delivery = play(begun(['whatsapp', 'sms'], UNTIL_READ), events);
    expect(delivery).toMatchObject({ status: 'sent', failure: null, next: { do: 'end' } });
  });
});

describe('a receipt that takes the acceptance back', () => {
  test.each(['undelivered', 'bounced'] as const)('moves an ended message on to its next channel: %s', (status) => {
    const delivery = play(begun(['whatsapp', 'sms']), [ACCEPTED, receipt(status)]);
    expect(delivery).toMatchObject({
      ...{ channel: 'sms', takenBy: [], failure: { code: `receipt_${status}` }, next: { do: 'attempt' } },
    });
  });

  test('ends the wait for another receipt', () => {
    const delivery = play(begun(['whatsapp', 'sms'], UNTIL_READ), [ACCEPTED, receipt('undelivered')]);
    expect(delivery).toMatchObject({ channel: 'sms', next: { do: 'attempt' } });
  });

  test('on the last channel makes the message wait for an operator as failed', () => {
    const delivery = play(begun(['whatsapp']), [ACCEPTED, receipt('undelivered')]);
    expect(delivery).toMatchObject({ status: 'failed', next: { do: 'wait', for: 'operator' } });
  });

  test('leaves the message sent where another provider has taken it too', () => {
    const events = [ACCEPTED, TIME_PASSED, ACCEPTED, receipt('undelivered', 'sms')];
    const delivery = play(begun(['whatsapp', 'sms'], UNTIL_READ), events);
    expect(delivery).toMatchObject({ status: 'sent', takenBy: ['whatsapp'], next: { do: 'end' } });
  });

  test('moves on only once', () => {
    const once = play(begun(['whatsapp', 'sms', 'email']), [ACCEPTED, receipt('undelivered')]);
    expect(advance(once, receipt('undelivered'), POLICY, NOW)).toBe(once);
  });

  test('comes to nothing on a channel that is not in use any more', () => {
    const delivery = play(begun(['whatsapp', 'sms'], UNTIL_READ), [ACCEPTED, TIME_PASSED, receipt('undelivered')]);
    expect(delivery).toMatchObject({ channel: 'sms', takenBy: [], next: { do: 'attempt' } });
  });

  test('wakes a message whose workflow had ended', () => {
    const plan = planOf(['whatsapp', 'sms']);
    const resumed = resumeDelivery(plan, { status: 'sent', channel: 'whatsapp', failure: null }, NOW);
    expect(advance(resumed, receipt('bounced'), POLICY, NOW)).toMatchObject({
      channel: 'sms',
      next: { do: 'attempt' },
    });
  });

  test('does not go back to the channels before the one that was in use', () => {
    const plan = planOf(['whatsapp', 'sms']);
    const resumed = resumeDelivery(plan, { status: 'sent', channel: 'sms', failure: null }, NOW);
    const delivery = advance(resumed, receipt('undelivered', 'sms'), POLICY, NOW);
    expect(delivery).toMatchObject({ status: 'failed', next: { do: 'wait', for: 'operator' } });
  });

  test('does not attempt the next channel of an expired message', () => {
    const delivery = play(begun(['whatsapp', 'sms'], { expiresAt: inSeconds(60) }), [ACCEPTED]);
    const after = advance(delivery, receipt('undelivered'), POLICY, NOW + 60_000);
    expect(after).toMatchObject({ status: 'failed', next: { do: 'end' } });
  });
});

test('a receipt of an earlier run changes nothing while the message is pending again', () => {
  const delivery = begun(['whatsapp']);
  expect(advance(delivery, receipt('delivered'), POLICY, NOW)).toBe(delivery);
});

describe('a receipt that says that a provider had taken a message after all', () => {
  const uncertain = { kind: 'uncertain', code: 'twilio_timeout' } as const;

  test('ends the wait for another try', () => {
    const waiting = advance(begun(['sms']), { type: 'failed', failure: uncertain, random: 0.5 }, POLICY, NOW);
    expect(advance(waiting, receipt('delivered', 'sms'), POLICY, NOW)).toMatchObject({
      ...{ status: 'sent', failure: null, next: { do: 'end' } },
    });
  });

  test('ends the wait of a message on hold', () => {
    const held = advance(begun(['sms']), { type: 'failed', failure: uncertain, random: 0.5 }, HOLD, NOW);
    expect(advance(held, receipt('accepted', 'sms'), HOLD, NOW)).toMatchObject({
      ...{ status: 'sent', next: { do: 'end' } },
    });
  });

  test('makes a failed message sent', () => {
    const unreachable = { kind: 'unreachable', code: 'twilio_30003' } as const;
    const lost = advance(begun(['sms']), { type: 'failed', failure: unreachable, random: 0.5 }, POLICY, NOW);
    expect(advance(lost, receipt('delivered', 'sms'), POLICY, NOW)).toMatchObject({
      ...{ status: 'sent', failure: null, next: { do: 'end' } },
    });
  });

  test('wakes a failed message that had ended', () => {
    const past = { status: 'failed', channel: 'sms', failure: { kind: 'rejected', code: 'x' } } as const;
    const ended = resumeDelivery(begun(['sms']).plan, past, NOW);
    expect(advance(ended, receipt('delivered', 'sms'), POLICY, NOW).status).toBe('sent');
  });
});

describe('a receipt that says why', () => {
  function returned(kind: FailureKind, more: Partial<Failure> = {}): DeliveryEvent {
    return {
      type: 'receipt',
      status: 'undelivered',
      channel: 'whatsapp',
      failure: { kind, code: 'code', ...more },
      random: 0.5,
    };
  }

  test.each(['unreachable', 'opted_out', 'rejected', 'misconfigured'] as const)(
    'as %s moves the message on to its next channel at once',
    (kind) => {
      const delivery = play(begun(['whatsapp', 'sms']), [ACCEPTED, returned(kind)]);
      expect(delivery).toMatchObject({ channel: 'sms', failure: { kind, code: 'code' }, next: { do: 'attempt' } });
    },
  );

  test.each(['transient', 'throttled'] as const)('as %s has the channel tried again after a delay', (kind) => {
    const delivery = play(begun(['whatsapp', 'sms']), [ACCEPTED, returned(kind)]);
    const next = { do: 'wait', for: 'retry', until: NOW + 30_000 };
    expect(delivery).toMatchObject({ status: 'sent', channel: 'whatsapp', takenBy: [], next });
  });

  test('waits for the delay that the provider asks for', () => {
    const delivery = play(begun(['whatsapp', 'sms']), [ACCEPTED, returned('throttled', { retryAfterSeconds: 900 })]);
    expect(delivery.next).toEqual({ do: 'wait', for: 'retry', until: NOW + 900_000 });
  });

  test('moves the message on when the channel has been tried again as often as the code is worth', () => {
    const once = returned('throttled', { repeats: 1 });
    const delivery = play(begun(['whatsapp', 'sms']), [ACCEPTED, once, TIME_PASSED, ACCEPTED, once]);
    expect(delivery).toMatchObject({ channel: 'sms', next: { do: 'attempt' } });
  });

  test('comes to an end although each attempt is taken and then comes back', () => {
    const round = [ACCEPTED, returned('transient'), TIME_PASSED];
    const delivery = play(begun(['whatsapp']), [...round, ...round, ACCEPTED, returned('transient')]);
    expect(delivery).toMatchObject({ status: 'failed', next: { do: 'wait', for: 'operator' } });
  });

  test('comes to an end although the workflow ended after each attempt', () => {
    const past = { status: 'sent', channel: 'whatsapp', failure: null } as const;
    const resumed = (attempts: number) => resumeDelivery(planOf(['whatsapp']), { ...past, attempts }, NOW);
    const nexts = [1, 2, 3].map((attempts) => play(resumed(attempts), [returned('transient')]).next);
    expect(nexts).toMatchObject([{ for: 'retry' }, { for: 'retry' }, { for: 'operator' }]);
  });

  test('of a channel that is not in use any more only takes its acceptance back', () => {
    const events = [ACCEPTED, TIME_PASSED, ACCEPTED, returned('transient')];
    const delivery = play(begun(['whatsapp', 'sms'], UNTIL_READ), events);
    expect(delivery).toMatchObject({ channel: 'sms', takenBy: ['sms'], next: { do: 'end' } });
  });

  test('sends nothing more when the message turns out to be delivered all the same', () => {
    const delivered: DeliveryEvent = { type: 'receipt', status: 'delivered', channel: 'whatsapp' };
    const delivery = play(begun(['whatsapp', 'sms']), [ACCEPTED, returned('unreachable'), ACCEPTED, delivered]);
    expect(delivery).toMatchObject({ status: 'sent', next: { do: 'end' } });
  });
});
