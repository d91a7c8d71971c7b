import { describe, expect, test } from 'vitest';
import type { MessageInput } from '../../src/service/message-input.ts';
import { planFaults, timeFaults } from '../../src/service/plan-rules.ts';
import type { Fault } from '../../src/service/service-error.ts';

const NOW = new Date('2030-01-01T12:00:00Z');

const INPUT: MessageInput = {
  ...{ recipient: 'customer-7', channel: 'whatsapp', fallbackChannels: ['sms', 'email'], content: 'Hello' },
  ...{ subject: null, html: null, template: null, variables: null, mediaUrl: null, replyTo: null },
  ...{
    priority: 'normal',
    rounds: null,
    policy: null,
    sendAt: null,
    expiresAt: null,
    retention: null,
    attachments: [],
    metadata: {},
  },
  ...{ escalateAfterSeconds: null, until: null, interactive: null, headers: {}, tracking: null },
};

function short(faults: readonly Fault[]): [pointer: string, code: string][] {
  return faults.map(({ pointer, code }) => [pointer, code]);
}

function faultsOf(more: Partial<MessageInput>) {
  return short(planFaults({ ...INPUT, ...more }));
}

test('a plan of different channels has no fault', () => {
  expect(faultsOf({})).toEqual([]);
});

describe('a channel that comes twice', () => {
  test('as the first and as a fallback is a fault of the fallback', () => {
    expect(faultsOf({ fallbackChannels: ['sms', 'whatsapp'] })).toEqual([
      ['/fallback_channels/1', 'duplicate_channel'],
    ]);
  });

  test('as two fallbacks is a fault of the second', () => {
    expect(faultsOf({ fallbackChannels: ['sms', 'sms'] })).toEqual([['/fallback_channels/1', 'duplicate_channel']]);
  });
});

describe('escalation', () => {
  test('is complete with a time and a goal', () => {
    expect(faultsOf({ escalateAfterSeconds: 600, until: 'read' })).toEqual([]);
  });

  test('lacks its goal', () => {
    expect(faultsOf({ escalateAfterSeconds: 600 })).toEqual([['/until', 'incomplete_escalation']]);
  });

  test('lacks its time', () => {
    expect(faultsOf({ until: 'delivered' })).toEqual([['/escalate_after', 'incomplete_escalation']]);
  });

  test('is not asked for where only the content changes', () => {
    const { escalateAfterSeconds, until, ...content } = INPUT;
    expect(planFaults(content)).toEqual([]);
  });
});

describe('a subject', () => {
  test.each(['Your order', 'Ihre Bestellung № 7 ✓', 'مرحبا', ''])('may be %j', (subject) => {
    expect(faultsOf({ subject })).toEqual([]);
  });

  test.each(['a\r\nBcc: e@e.ee', 'a\nb', 'a\rb', 'a\0b', 'a\tb', 'a\u2028b', 'a\u0085b'])(
    'may not be %j',
    (subject) => {
      expect(faultsOf({ subject })).toEqual([['/subject', 'invalid_subject']]);
    },
  );
});

describe('a media URL', () => {
  test.each(['https://example.com/a.png', 'HTTPS://example.com/a.png?size=2#top', 'https://例え.テスト/写真.png'])(
    'may be %s',
    (mediaUrl) => {
      expect(faultsOf({ mediaUrl })).toEqual([]);
    },
  );

  test.each([
    ...['', 'a.png', '/a.png', '//example.com/a.png', 'http://example.com/a.png', 'file:///etc/passwd'],
    ...['data:image/png;base64,AA', 'https:', 'https://', 'https:example.com/a.png', 'https:\\\\example.com\\a.png'],
    ...[' https://example.com/a.png', 'https://exa\nmple.com/a.png', 'https://example.com/a b.png'],
    'https://example.com/\u200ba.png',
  ])('may not be %j', (mediaUrl) => {
    expect(faultsOf({ mediaUrl })).toEqual([['/media_url', 'invalid_url']]);
  });
});

test('an address to reply to is one bare address', () => {
  expect(faultsOf({ replyTo: 'a@example.com, b@evil.example' })).toEqual([['/reply_to', 'invalid_email']]);
});

test('every fault of a plan is named', () => {
  const input = { fallbackChannels: ['whatsapp'], until: 'read', subject: '\n', mediaUrl: 'x', replyTo: 'x' } as const;
  expect(faultsOf(input).map(([pointer]) => pointer)).toEqual([
    ...['/fallback_channels/0', '/escalate_after', '/subject', '/media_url', '/reply_to'],
  ]);
});

describe('times', () => {
  function timesOf(sendAt: string | null, expiresAt: string | null) {
    const dates = [sendAt, expiresAt].map((text) => (text === null ? null : new Date(text)));
    const [send = null, expires = null] = dates;
    return short(timeFaults({ ...INPUT, sendAt: send }, expires, NOW));
  }

  test('may be left out', () => {
    expect(timesOf(null, null)).toEqual([]);
  });

  test('may be in the future', () => {
    expect(timesOf('2030-01-01T12:00:01Z', '2030-01-01T12:00:02Z')).toEqual([]);
  });

  test('a time to send may be now by a clock that is a minute behind', () => {
    expect(timesOf('2030-01-01T11:59:00Z', null)).toEqual([]);
  });

  test('a time to send may not be earlier than that', () => {
    expect(timesOf('2030-01-01T11:58:59Z', null)).toEqual([['/send_at', 'in_the_past']]);
  });

  test('a message that expires now would never be sent', () => {
    expect(timesOf(null, '2030-01-01T12:00:00Z')).toEqual([['/expires_at', 'in_the_past']]);
  });

  test('a message that expires when it is due would never be sent', () => {
    expect(timesOf('2030-01-02T00:00:00Z', '2030-01-02T00:00:00Z')).toEqual([
      ['/expires_at', 'expires_before_sending'],
    ]);
  });

  test('both times can be wrong', () => {
    expect(timesOf('2029-01-01T00:00:00Z', '2029-01-02T00:00:00Z')).toEqual([
      ['/send_at', 'in_the_past'],
      ['/expires_at', 'in_the_past'],
    ]);
  });
});
