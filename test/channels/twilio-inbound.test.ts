import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseInbound } from '../../src/channels/twilio-inbound.ts';

type Form = Record<string, string>;

const SMS: Form = {
  MessageSid: 'SM1',
  From: '+447911123456',
  To: '+15005550006',
  NumMedia: '0',
  SmsStatus: 'received',
};
const WHATSAPP: Form = { ...SMS, From: 'whatsapp:+447911123456', To: 'whatsapp:+14155238886', ProfileName: 'Ada' };

const parse = (form: Form) => parseInbound(new URLSearchParams(form).toString());
const kindOf = (form: Form) => parse({ ...SMS, ...form })?.kind;
const contentOf = (form: Form) => parse({ ...WHATSAPP, ...form })?.content;

test('a text is read', () => {
  expect(parse({ ...SMS, Body: 'See you at nine' })).toEqual({
    ...{ provider: 'twilio', providerMessageId: 'SM1', channel: 'sms', from: '+447911123456', to: '+15005550006' },
    ...{ kind: 'text', mayStart: false, isAnswered: false, repliedTo: null },
    content: { text: 'See you at nine', profileName: null, choice: null, location: null, media: [] },
  });
});

test('a WhatsApp message is read without the prefix of its addresses', () => {
  const { channel, from, to } = parse({ ...WHATSAPP, Body: 'Hi' }) ?? {};
  expect([channel, from, to]).toEqual(['whatsapp', '+447911123456', '+14155238886']);
});

test('a Mexican number of WhatsApp is read as E.164 has it', () => {
  expect(parse({ ...WHATSAPP, From: 'whatsapp:+5215512345678' })?.from).toBe('+525512345678');
});

test('the message that is quoted is read', () => {
  expect(parse({ ...WHATSAPP, OriginalRepliedMessageSid: 'SM0' })?.repliedTo).toBe('SM0');
});

test('fields that nobody knows yet do no harm', () => {
  expect(kindOf({ Body: 'Hi', Brandnew: 'x', ChannelMetadata: '{}' })).toBe('text');
});

test.each(['STOP', 'stop', ' Stop \r\n', 'UNSUBSCRIBE', 'END', 'QUIT', 'STOPALL', 'REVOKE', 'OPTOUT', 'CANCEL'])(
  'the message %j opts out',
  (Body) => {
    expect(kindOf({ Body })).toBe('stop');
  },
);

test.each(['START', 'unstop'])('the message %j opts in', (Body) => {
  expect(kindOf({ Body })).toBe('start');
});

test.each(['HELP', 'Info'])('the message %j asks for help', (Body) => {
  expect(kindOf({ Body })).toBe('help');
});

test.each(['Please stop', 'STOP it', 'stopp', 'st op', 'constructor', '__proto__'])(
  'the message %j is a text',
  (Body) => {
    expect(kindOf({ Body })).toBe('text');
  },
);

test('YES may opt in, and is a text until that is known', () => {
  const { kind, mayStart } = parse({ ...SMS, Body: ' yes' }) ?? {};
  expect([kind, mayStart]).toEqual(['text', true]);
});

test.each([
  ['STOP', 'stop'],
  ['start', 'start'],
  ['HELP', 'help'],
])('what Twilio has answered as %s goes before the text', (OptOutType, kind) => {
  const inbound = parse({ ...SMS, Body: 'Arrêt', OptOutType });
  expect([inbound?.kind, inbound?.isAnswered]).toEqual([kind, true]);
});

test('a button is told by its payload', () => {
  expect(parse({ ...WHATSAPP, Body: 'Ja', ButtonPayload: 'yes', ButtonText: 'Ja' })).toMatchObject({
    kind: 'button',
    content: { text: 'Ja', choice: { id: 'yes', title: 'Ja' } },
  });
});

test('a button that is labelled with a stop word is a button', () => {
  expect(kindOf({ Body: 'Cancel', ButtonPayload: 'cancel-visit', ButtonText: 'Cancel' })).toBe('button');
});

test('a list item is told by its id', () => {
  expect(parse({ ...WHATSAPP, Body: 'Monday', ListId: 'mon', ListTitle: 'Monday' })).toMatchObject({
    kind: 'list',
    content: { choice: { id: 'mon', title: 'Monday' } },
  });
});

test('a place is read', () => {
  const form = { Latitude: '51.5', Longitude: '-0.12', Label: 'Home', Address: '1 High St' };
  expect([kindOf(form), contentOf(form)?.location]).toEqual([
    'location',
    { latitude: 51.5, longitude: -0.12, label: 'Home', address: '1 High St' },
  ]);
});

test.each([
  ['91', '0'],
  ['0', '-181'],
  ['north', '0'],
  ['NaN', '0'],
  ['51.5', ''],
])('a place at %j and %j is none', (Latitude, Longitude) => {
  expect(contentOf({ Latitude, Longitude })?.location).toBeNull();
});

describe('media', () => {
  const pictures = (count: number): Form =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        [`MediaUrl${index}`, `https://api.twilio.com/media/${index}`],
        [`MediaContentType${index}`, 'image/jpeg'],
      ]).flat() as [string, string][],
    );

  test('are read with their types', () => {
    const form = { ...pictures(1), NumMedia: '1', Body: 'Look' };
    expect([kindOf(form), contentOf(form)?.media, contentOf(form)?.text]).toEqual([
      'media',
      [{ url: 'https://api.twilio.com/media/0', contentType: 'image/jpeg' }],
      'Look',
    ]);
  });

  test('are ten at most', () => {
    expect(contentOf({ ...pictures(12), NumMedia: '12' })?.media).toHaveLength(10);
  });

  test.each(['0', '7', '-1', 'many', ''])('are those that are there, even if NumMedia is %j', (NumMedia) => {
    expect(contentOf({ ...pictures(2), NumMedia })?.media).toHaveLength(2);
  });

  test('that are promised but not there are none', () => {
    expect([kindOf({ NumMedia: '3' }), contentOf({ NumMedia: '3' })?.media]).toEqual(['text', []]);
  });

  test.each(['javascript:alert(1)', 'file:///etc/passwd', 'https://', 'x'])('at %j are left out', (MediaUrl0) => {
    expect(contentOf({ MediaUrl0, NumMedia: '1' })?.media).toEqual([]);
  });
});

test.each([['👩‍👩‍👧‍👦 🎉'], ['مرحبا בוקר טוב'], ['a'.repeat(5000)], ['\u202ereversed']])(
  'the text %j is kept as it is',
  (Body) => {
    expect(contentOf({ Body })?.text).toBe(Body);
  },
);

test('U+0000 in a text becomes a replacement character', () => {
  expect(contentOf({ Body: 'a\0b' })?.text).toBe('a\ufffdb');
});

test.each([
  ['no id', { MessageSid: '' }],
  ['an id with U+0000', { MessageSid: 'SM\0' }],
  ['an id that is too long', { MessageSid: 'S'.repeat(65) }],
  ['no sender', { From: '' }],
  ['a sender with U+0000', { From: '+44\0' }],
  ['no number of ours', { To: '' }],
  ['two channels', { From: 'whatsapp:+447911123456' }],
  ['another channel', { From: 'messenger:1234', To: 'messenger:5678' }],
  ['the status of a message of ours', { MessageStatus: 'delivered' }],
])('a form with %s is no message', (_what, form: Form) => {
  expect(parse({ ...SMS, ...form })).toBeNull();
});

test('no body whatever makes the parser throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (body) => void parseInbound(body)));
});
