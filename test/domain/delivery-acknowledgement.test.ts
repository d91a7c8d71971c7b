import { describe, expect, test } from 'vitest';
import { advance } from '../../src/domain/advance.ts';
import { resumeDelivery } from '../../src/domain/begin-delivery.ts';
import type { Channel } from '../../src/domain/channels.ts';
import type { Delivery, DeliveryEvent } from '../../src/domain/delivery.ts';
import {
  ACCEPTED,
  begun,
  deliveriesInEachState,
  failed,
  HOLD,
  inSeconds,
  NOW,
  POLICY,
  planOf,
  play,
  TIME_PASSED,
  toBeAcknowledged,
} from './deliveries.ts';

const STATES = deliveriesInEachState();
const ACKNOWLEDGE: DeliveryEvent = { type: 'acknowledge', channel: 'whatsapp' };
const COMPLAINED: DeliveryEvent = { type: 'receipt', status: 'complained', channel: 'email' };
const RETRY: DeliveryEvent = { type: 'retry' };
const SILENCE = [ACCEPTED, TIME_PASSED];

/** Lets providers take everything and nobody say anything; the channels that are attempted, until nothing more is. */
function channelsUntilTheEnd(start: Delivery, outcome: (delivery: Delivery) => DeliveryEvent = () => ACCEPTED) {
  const channels: Channel[] = [];
  let delivery = start;
  let now = NOW;
  for (let step = 0; step < 200 && delivery.next.do !== 'end'; step += 1) {
    if (delivery.next.do === 'attempt') channels.push(delivery.channel);
    if (delivery.next.do === 'wait') now = Math.max(now, delivery.next.until);
    const event = delivery.next.do === 'attempt' ? outcome(delivery) : TIME_PASSED;
    delivery = advance(delivery, event, POLICY, now);
  }
  return { channels, delivery };
}

describe('a message that goes on until acknowledged', () => {
  test('goes through its plan round by round while nobody acknowledges', () => {
    const { channels } = channelsUntilTheEnd(begun(['whatsapp', 'sms'], toBeAcknowledged(3)));
    expect(channels).toEqual(['whatsapp', 'sms', 'whatsapp', 'sms', 'whatsapp', 'sms']);
  });

  test('is repeated on its only channel', () => {
    expect(channelsUntilTheEnd(begun(['sms'], toBeAcknowledged(3))).channels).toEqual(['sms', 'sms', 'sms']);
  });

  test('goes through its plan once where nothing is said of rounds', () => {
    const plan = { escalateAfterSeconds: 600, until: 'acknowledged' } as const;
    expect(channelsUntilTheEnd(begun(['sms', 'email'], plan)).channels).toEqual(['sms', 'email']);
  });

  test('waits after each attempt for as long as its sender says', () => {
    const delivery = play(begun(['sms'], toBeAcknowledged(2)), [ACCEPTED]);
    expect(delivery.next).toEqual({ do: 'wait', for: 'receipt', until: NOW + 600_000 });
  });

  test.each(['delivered', 'read'] as const)('goes on when it is %s', (status) => {
    const waiting = play(begun(['sms'], toBeAcknowledged(2)), [ACCEPTED]);
    expect(advance(waiting, { type: 'receipt', status, channel: 'sms' }, POLICY, NOW)).toBe(waiting);
  });

  test('is sent no further when the person calls it spam, and waits for an operator', () => {
    const waiting = play(begun(['email', 'sms'], toBeAcknowledged(3)), [ACCEPTED]);
    expect(advance(waiting, COMPLAINED, POLICY, NOW)).toMatchObject({
      ...{ status: 'sent', failure: { code: 'not_acknowledged' } },
      next: { do: 'wait', for: 'operator' },
    });
  });

  test('is sent no further when a mail that counted as failed is called spam', () => {
    const retrying = play(begun(['email', 'sms'], toBeAcknowledged(3)), [failed('transient')]);
    expect(advance(retrying, COMPLAINED, POLICY, NOW)).toMatchObject({ status: 'sent', next: { for: 'operator' } });
  });

  test.each(['attempt', 'unacknowledged', 'cancelled'] as const)(
    'changes nothing by a complaint before it is sent or after its end: %s',
    (state) => {
      expect(advance(STATES[state], COMPLAINED, POLICY, NOW)).toBe(STATES[state]);
    },
  );

  test('is sent again after a complaint if an operator says so, on the channels that are left', () => {
    const ended = play(begun(['email', 'sms'], toBeAcknowledged(3)), [ACCEPTED, COMPLAINED]);
    expect(advance(ended, RETRY, POLICY, NOW)).toMatchObject({ next: { do: 'attempt' } });
  });

  test('goes on to the next channel when one cannot deliver it', () => {
    const waiting = play(begun(['sms', 'email'], toBeAcknowledged(2)), [ACCEPTED]);
    const returned: DeliveryEvent = { type: 'receipt', status: 'undelivered', channel: 'sms' };
    expect(advance(waiting, returned, POLICY, NOW)).toMatchObject({ channel: 'email', next: { do: 'attempt' } });
  });

  test.each(['unreachable', 'opted_out'] as const)(
    'does not try a channel again in later rounds on which the person is %s',
    (kind) => {
      const start = begun(['whatsapp', 'sms'], toBeAcknowledged(3));
      const outcome = ({ channel }: Delivery) => (channel === 'whatsapp' ? failed(kind) : ACCEPTED);
      expect(channelsUntilTheEnd(start, outcome).channels).toEqual(['whatsapp', 'sms', 'sms', 'sms']);
    },
  );

  test('does not try a channel again in later rounds that could not deliver', () => {
    const returned: DeliveryEvent = {
      ...{ type: 'receipt', status: 'undelivered', channel: 'whatsapp' },
      failure: { kind: 'unreachable', code: 'code' },
    };
    const delivery = play(begun(['whatsapp', 'sms'], toBeAcknowledged(2)), [...SILENCE, returned, ...SILENCE]);
    expect(delivery).toMatchObject({ channel: 'sms', round: 2 });
  });

  test('tries a channel again in the next round that failed for a while', () => {
    const start = begun(['sms', 'email'], toBeAcknowledged(2));
    const outcome = ({ channel, round }: Delivery) =>
      channel === 'sms' && round === 1 ? failed('misconfigured') : ACCEPTED;
    expect(channelsUntilTheEnd(start, outcome).channels).toEqual(['sms', 'email', 'sms', 'email']);
  });

  test('gives the person their time after the last channel of a round has failed', () => {
    const delivery = play(begun(['sms', 'email'], toBeAcknowledged(2)), [...SILENCE, failed('misconfigured')]);
    expect(delivery.next).toEqual({ do: 'wait', for: 'receipt', until: NOW + 1_200_000 });
  });

  test('waits before the next round where nothing was taken in the last one', () => {
    const delivery = play(begun(['sms'], toBeAcknowledged(2)), [failed('misconfigured')]);
    expect(delivery).toMatchObject({ status: 'pending', next: { do: 'wait', for: 'retry', until: NOW + 600_000 } });
  });

  test('fails when no provider takes it in any round', () => {
    const { delivery } = channelsUntilTheEnd(begun(['sms'], toBeAcknowledged(2)), () => failed('misconfigured'));
    expect(delivery).toMatchObject({ status: 'failed', failure: { code: 'code_misconfigured' } });
  });

  test('fails at once when no channel reaches the person', () => {
    const delivery = play(begun(['sms', 'email'], toBeAcknowledged(5)), [failed('unreachable'), failed('unreachable')]);
    expect(delivery).toMatchObject({ status: 'failed', round: 1, next: { do: 'wait', for: 'operator' } });
  });

  test('begins no round after its expiry', () => {
    const plan = { ...toBeAcknowledged(5), expiresAt: inSeconds(900) };
    expect(channelsUntilTheEnd(begun(['sms'], plan)).channels).toEqual(['sms', 'sms']);
  });
});

describe('a message that nobody has acknowledged in any round', () => {
  test('stays sent and waits for an operator', () => {
    expect(STATES.unacknowledged).toMatchObject({
      ...{ status: 'sent', failure: { code: 'not_acknowledged' } },
      next: { do: 'wait', for: 'operator' },
    });
  });

  test('ends when no operator comes, and keeps saying why', () => {
    expect(play(STATES.unacknowledged, [TIME_PASSED])).toMatchObject({
      ...{ status: 'sent', failure: { code: 'not_acknowledged' } },
      next: { do: 'end' },
    });
  });

  test('ends at once where it has expired', () => {
    const plan = { ...toBeAcknowledged(1), expiresAt: inSeconds(300) };
    expect(play(begun(['sms'], plan), SILENCE)).toMatchObject({
      ...{ status: 'sent', failure: { code: 'not_acknowledged' }, next: { do: 'end' } },
    });
  });

  test('is acknowledged late', () => {
    expect(play(STATES.unacknowledged, [ACKNOWLEDGE])).toMatchObject({ failure: null, next: { do: 'end' } });
  });

  test('goes through all its rounds again when an operator retries it', () => {
    const again = play(STATES.unacknowledged, [RETRY]);
    expect(again).toMatchObject({ status: 'sent', round: 1, channel: 'whatsapp', next: { do: 'attempt' } });
  });

  test('goes to the channel that an operator switches to', () => {
    const switched = play(STATES.unacknowledged, [{ type: 'switch_channel', channel: 'email' }]);
    expect(switched).toMatchObject({ status: 'sent', channel: 'email', next: { do: 'attempt' } });
  });

  test('ends when an operator has looked after it', () => {
    expect(play(STATES.unacknowledged, [{ type: 'resolve' }])).toMatchObject({ status: 'sent', next: { do: 'end' } });
  });

  test('can still be retried after its workflow has ended', () => {
    const past = { status: 'sent', channel: 'sms', failure: { kind: 'rejected', code: 'not_acknowledged' } } as const;
    const resumed = resumeDelivery(planOf(['sms'], toBeAcknowledged(2)), past, NOW);
    expect(advance(resumed, RETRY, POLICY, NOW)).toMatchObject({ round: 1, next: { do: 'attempt' } });
  });
});

describe('an acknowledgement', () => {
  test.each(Object.entries(STATES))('ends a message in state "%s" as sent', (_, delivery) => {
    expect(advance(delivery, ACKNOWLEDGE, HOLD, NOW)).toMatchObject({
      ...{ status: 'sent', channel: 'whatsapp', failure: null, next: { do: 'end' } },
    });
  });

  test('that names no channel is for the one that took the message last', () => {
    const delivery = play(begun(['whatsapp', 'sms'], toBeAcknowledged(2)), [...SILENCE, ACCEPTED]);
    expect(advance(delivery, { type: 'acknowledge', channel: null }, POLICY, NOW).channel).toBe('sms');
  });

  test('is not undone by what a provider says later', () => {
    const delivery = play(STATES.receipt, [ACKNOWLEDGE]);
    const returned: DeliveryEvent = { type: 'receipt', status: 'undelivered', channel: 'whatsapp' };
    expect(advance(delivery, returned, POLICY, NOW)).toBe(delivery);
  });

  test('that an earlier run knew of is not undone by what a provider says later', () => {
    const past = { status: 'sent', channel: 'sms', failure: null, isAcknowledged: true } as const;
    const resumed = resumeDelivery(planOf(['sms', 'email']), past, NOW);
    const returned: DeliveryEvent = { type: 'receipt', status: 'undelivered', channel: 'sms' };
    expect(advance(resumed, returned, POLICY, NOW)).toBe(resumed);
  });

  test('that comes again changes nothing', () => {
    const delivery = play(STATES.receipt, [ACKNOWLEDGE]);
    expect(advance(delivery, ACKNOWLEDGE, POLICY, NOW)).toBe(delivery);
  });
});
