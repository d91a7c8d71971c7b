import { describe, expect, test } from 'vitest';
import { advance } from '../../src/domain/advance.ts';
import { resumeDelivery } from '../../src/domain/begin-delivery.ts';
import type { DeliveryEvent } from '../../src/domain/delivery.ts';
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
} from './deliveries.ts';

const STATES = deliveriesInEachState();
type State = keyof typeof STATES;

const RETRY: DeliveryEvent = { type: 'retry' };
const CANCEL: DeliveryEvent = { type: 'cancel' };
const RESOLVE: DeliveryEvent = { type: 'resolve' };
const SWITCH: DeliveryEvent = { type: 'switch_channel', channel: 'email' };

function act(state: State, event: DeliveryEvent) {
  return advance(STATES[state], event, POLICY, NOW);
}

describe('retry', () => {
  test.each(['quiet', 'retry', 'hold'] as const)('ends the wait of a message in state "%s"', (state) => {
    expect(act(state, RETRY)).toMatchObject({ status: 'pending', channel: 'whatsapp', next: { do: 'attempt' } });
  });

  test.each(['failed', 'cancelled'] as const)('runs the whole plan of a message in state "%s" again', (state) => {
    expect(act(state, RETRY)).toMatchObject({
      ...{ status: 'pending', channel: 'whatsapp', usedUp: [], failure: null, attemptsOnChannel: 0 },
      next: { do: 'attempt' },
    });
  });

  test.each(['attempt', 'schedule', 'receipt', 'sent'] as const)('changes nothing in state "%s"', (state) => {
    expect(act(state, RETRY)).toBe(STATES[state]);
  });

  test('lets a cancelled message wait for its send_at again', () => {
    const delivery = play(begun(['sms'], { sendAt: inSeconds(60) }), [CANCEL, RETRY]);
    expect(delivery).toMatchObject({ status: 'pending', next: { do: 'wait', for: 'schedule', until: NOW + 60_000 } });
  });

  test.each(['quiet', 'retry', 'hold', 'failed', 'cancelled'] as const)(
    'minds no quiet hours in state "%s"',
    (state) => {
      expect(act(state, RETRY).next).toEqual({ do: 'attempt', evenIfQuiet: true });
    },
  );

  test('minds no quiet hours for one attempt only', () => {
    const delivery = play(STATES.retry, [RETRY, failed('transient'), TIME_PASSED]);
    expect(delivery.next).toEqual({ do: 'attempt' });
  });

  test('keeps that it minds no quiet hours when the sender changes the message meanwhile', () => {
    const changed: DeliveryEvent = { type: 'plan_changed', plan: planOf(['sms'], { revision: 2 }) };
    expect(play(STATES.quiet, [RETRY, changed]).next).toEqual({ do: 'attempt', evenIfQuiet: true });
  });

  test('does not attempt a failed message that has expired', () => {
    const delivery = play(begun(['sms'], { expiresAt: inSeconds(60) }), [failed('unreachable')]);
    expect(advance(delivery, RETRY, POLICY, NOW + 60_000)).toBe(delivery);
  });

  test('ends the wait for the next attempt on the channel that a message has escalated to', () => {
    const escalated = play(begun(['whatsapp', 'sms']), [
      ACCEPTED,
      { type: 'receipt', status: 'undelivered', channel: 'whatsapp' },
      failed('transient'),
    ]);
    expect(advance(escalated, RETRY, POLICY, NOW)).toMatchObject({ channel: 'sms', next: { do: 'attempt' } });
  });
});

describe('switching the channel', () => {
  test.each(['attempt', 'quiet', 'retry', 'receipt', 'hold', 'failed', 'cancelled'] as const)(
    'attempts the new channel at once in state "%s"',
    (state) => {
      expect(act(state, SWITCH)).toMatchObject({ channel: 'email', next: { do: 'attempt' } });
    },
  );

  test('minds no quiet hours', () => {
    expect(act('quiet', SWITCH).next).toEqual({ do: 'attempt', evenIfQuiet: true });
  });

  test('of a scheduled message waits for its time on the new channel', () => {
    expect(act('schedule', SWITCH)).toMatchObject({ channel: 'email', next: STATES.schedule.next });
  });

  test('changes nothing once a provider has taken the message and nothing is waited for', () => {
    expect(act('sent', SWITCH)).toBe(STATES.sent);
  });

  test('makes a failed message pending again', () => {
    expect(act('failed', SWITCH)).toMatchObject({ status: 'pending', failure: null });
  });

  test('leaves a message that waits for a receipt as sent', () => {
    expect(act('receipt', SWITCH)).toMatchObject({ status: 'sent', takenBy: ['whatsapp'] });
  });

  test('goes on with the rest of the plan when the new channel fails', () => {
    const delivery = play(begun(['whatsapp', 'sms']), [SWITCH, failed('unreachable')]);
    expect(delivery).toMatchObject({ channel: 'sms', next: { do: 'attempt' } });
  });

  test('to a channel that there is not changes nothing', () => {
    expect(act('retry', { type: 'switch_channel', channel: null })).toBe(STATES.retry);
  });
});

describe('cancelling', () => {
  test.each(['attempt', 'schedule', 'quiet', 'retry', 'hold'] as const)('fails a message in state "%s"', (state) => {
    expect(act(state, CANCEL)).toMatchObject({
      status: 'failed',
      failure: { code: 'cancelled' },
      next: { do: 'end' },
    });
  });

  test('ends the wait of a failed message and leaves why it failed', () => {
    expect(act('failed', CANCEL)).toMatchObject({ failure: { code: 'code_unreachable' }, next: { do: 'end' } });
  });

  test('ends the escalation of a message that a provider has taken', () => {
    expect(act('receipt', CANCEL)).toMatchObject({
      ...{ status: 'sent', failure: { code: 'cancelled' }, next: { do: 'end' } },
    });
  });

  test('sends nothing more of a message whose provider says afterwards that it could not deliver', () => {
    const bounced: DeliveryEvent = { type: 'receipt', status: 'bounced', channel: 'whatsapp' };
    expect(play(STATES.receipt, [CANCEL, bounced])).toMatchObject({
      ...{ status: 'failed', failure: { code: 'cancelled' }, next: { do: 'end' } },
    });
  });

  test('leaves a message sent that another provider holds when one could not deliver', () => {
    const undelivered: DeliveryEvent = { type: 'receipt', status: 'undelivered', channel: 'sms' };
    const onThreeChannels = begun(['whatsapp', 'sms', 'email'], { escalateAfterSeconds: 600, until: 'read' });
    const delivery = play(onThreeChannels, [ACCEPTED, TIME_PASSED, ACCEPTED, CANCEL, undelivered]);
    expect(delivery).toMatchObject({ status: 'sent', channel: 'whatsapp', next: { do: 'end' } });
  });

  test('goes for a message that a provider turns out to have taken after all', () => {
    const plan = planOf(['whatsapp', 'sms'], toBeAcknowledged(2));
    const past = { status: 'failed', channel: 'whatsapp', failure: { kind: 'rejected', code: 'cancelled' } } as const;
    const delivered: DeliveryEvent = { type: 'receipt', status: 'delivered', channel: 'whatsapp' };
    expect(advance(resumeDelivery(plan, past, NOW), delivered, POLICY, NOW)).toMatchObject({
      ...{ status: 'sent', failure: { code: 'cancelled' }, next: { do: 'end' } },
    });
  });

  test('leaves it known that nobody has acknowledged a message', () => {
    expect(act('unacknowledged', CANCEL)).toMatchObject({ status: 'sent', failure: { code: 'not_acknowledged' } });
  });

  test('fails a message whose acceptance has been taken back', () => {
    const bounced: DeliveryEvent = { type: 'receipt', status: 'bounced', channel: 'email' };
    expect(play(begun(['email', 'sms']), [ACCEPTED, bounced, CANCEL])).toMatchObject({ status: 'failed' });
  });

  test.each(['sent', 'cancelled'] as const)('changes nothing in state "%s"', (state) => {
    expect(act(state, CANCEL)).toBe(STATES[state]);
  });
});

describe('resolving', () => {
  test('ends a failed message as failed', () => {
    expect(act('failed', RESOLVE)).toMatchObject({ status: 'failed', next: { do: 'end' } });
  });

  test('ends a message on hold as failed, with what was uncertain', () => {
    expect(act('hold', RESOLVE)).toMatchObject({
      ...{ status: 'failed', failure: { code: 'code_uncertain' }, next: { do: 'end' } },
    });
  });

  test.each(['attempt', 'schedule', 'retry', 'receipt', 'sent', 'cancelled'] as const)(
    'changes nothing in state "%s"',
    (state) => {
      expect(act(state, RESOLVE)).toBe(STATES[state]);
    },
  );
});

describe('a message whose workflow had ended', () => {
  const plan = planOf(['whatsapp', 'sms']);
  const cancelled = { kind: 'rejected', code: 'cancelled' } as const;

  test('has nothing to do by itself', () => {
    expect(resumeDelivery(plan, { status: 'sent', channel: 'sms', failure: null }, NOW).next).toEqual({ do: 'end' });
  });

  test('runs its plan again on a retry when it had failed', () => {
    const resumed = resumeDelivery(plan, { status: 'failed', channel: 'sms', failure: cancelled }, NOW);
    expect(advance(resumed, RETRY, POLICY, NOW)).toMatchObject({ channel: 'whatsapp', next: { do: 'attempt' } });
  });

  test('goes on where it was when it was still pending', () => {
    const resumed = resumeDelivery(plan, { status: 'pending', channel: 'sms', failure: null }, NOW);
    expect(resumed).toMatchObject({ channel: 'sms', next: { do: 'attempt' } });
  });
});
