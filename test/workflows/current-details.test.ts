import { expect, test } from 'vitest';
import { describeDelivery } from '../../src/workflows/current-details.ts';
import { deliveriesInEachState, HOLD, play } from '../domain/deliveries.ts';

const STATES = deliveriesInEachState();

test.each(Object.entries(STATES))('a message in state "%s" is described in six lines', (_, delivery) => {
  expect(describeDelivery(delivery, 1).split('  \n')).toHaveLength(6);
});

test('the description names the channel in use and the whole plan', () => {
  expect(describeDelivery(STATES.failed, 2)).toContain('**Channel** sms (plan: whatsapp → sms)');
});

test('the description names the last error by its code and kind', () => {
  expect(describeDelivery(STATES.retry, 1)).toContain('**Last error** `code_transient` (transient)');
});

test('the description of a message without an error says so', () => {
  expect(describeDelivery(STATES.attempt, 0)).toContain('**Last error** none');
});

test('the description says what is waited for and until when', () => {
  expect(describeDelivery(STATES.schedule, 0)).toContain('waiting for schedule until 2026-03-01T13:00:00.000Z');
});

test('no signal works on an ended workflow', () => {
  expect(describeDelivery(STATES.sent, 1)).toContain('**Signals that work now** none');
});

test.each(Object.entries(STATES))(
  'the signals that are named in state "%s" are those that do something',
  (_, delivery) => {
    const signals = describeDelivery(delivery, 1);
    const works = {
      // During an attempt a signal waits for the outcome, and then it may work.
      retry: delivery.next.do === 'attempt' || play(delivery, [{ type: 'retry' }], HOLD) !== delivery,
      resolve: play(delivery, [{ type: 'resolve' }], HOLD) !== delivery,
      cancel: play(delivery, [{ type: 'cancel' }], HOLD) !== delivery,
    };
    const isEnded = delivery.next.do === 'end';
    for (const [name, does] of Object.entries(works)) expect(signals.includes(`\`${name}\``)).toBe(does && !isEnded);
  },
);
