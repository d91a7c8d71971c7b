import { expect, test } from 'vitest';
import { mayBeSent, windowState } from '../../src/domain/whatsapp-window.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const ago = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);

test.each([
  ['of somebody who was never seen is unknown', undefined, 'unknown'],
  ['is open after somebody has written', { lastInboundAt: ago(1), closedAt: null }, 'open'],
  ['closes a little before the day is over', { lastInboundAt: ago(23.95), closedAt: null }, 'closed'],
  ['is closed after a day', { lastInboundAt: ago(25), closedAt: null }, 'closed'],
  ['is closed where WhatsApp says so', { lastInboundAt: null, closedAt: ago(1) }, 'closed'],
  [
    'is closed where WhatsApp says so although somebody has written',
    { lastInboundAt: ago(2), closedAt: ago(1) },
    'closed',
  ],
  ['opens again when somebody writes after that', { lastInboundAt: ago(1), closedAt: ago(2) }, 'open'],
] as const)('a window %s', (_, record, state) => {
  expect(windowState(record, NOW)).toBe(state);
});

test.each([
  [null, true],
  ['approved', true],
  ['pending', false],
  ['rejected', false],
  ['paused', false],
  ['something new', false],
])('a template that is %s may be sent: %s', (status, may) => {
  expect(mayBeSent(status)).toBe(may);
});
