/** A request that is meant to cost much more than it is worth. */
export interface Attack {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly type: string;
  /** Sent without an API key. */
  readonly isAnonymous: boolean;
  readonly body: string | Buffer | null;
}

const STATUS = '/api/webhooks/twilio/status/';
const BOUNCE = '/api/webhooks/email/bounce/';
const MESSAGES = '/api/messages/';
const BATCH = '/api/messages/batch/';

const EMAIL = { recipient: { email: 'ada@example.com' }, channel: 'email' };
const EVERYWHERE = {
  recipient: { email: 'ada@example.com', phone: '+447911123456', whatsapp: '+447911123456' },
  ...{ channel: 'email', fallback_channels: ['sms', 'whatsapp'] },
};
const LOOP = '{% for i in (1..9000000) %}{% endfor %}';

/** In JSON, in forms, in mails and in query strings: many names, long lists, deep nesting, long texts, many faults. */
export function attacks(): Attack[] {
  return [...forms(), ...shapes(), ...texts(), ...contents(), ...batches(), ...queries(), ...mails(), ...links()];
}

function forms(): Attack[] {
  const names = (count: number, value = '') => times(count, (index) => `n${index}=${value}`).join('&');
  return [
    form('form of 20,000 names', STATUS, names(20_000)),
    form('form of 200 names, 64 KB', STATUS, names(200, 'x'.repeat(310))),
    form('form of 60,000 ampersands', STATUS, '&'.repeat(60_000)),
    form('form of one name 15,000 times', '/api/webhooks/twilio/inbound/', 'a=1&'.repeat(15_000)),
    form('form of escapes', STATUS, '%00'.repeat(21_000)),
  ];
}

function shapes(): Attack[] {
  const closed = (body: object) => json('', MESSAGES, body).body;
  const raw = (name: string, body: string) => ({ ...json(name, MESSAGES, {}), body });
  const open = String(closed({ ...EMAIL, content: 'x' })).slice(0, -1);
  return [
    json('32,000 fallback channels', MESSAGES, { ...EMAIL, content: 'x', fallback_channels: times(32_000, () => 1) }),
    raw('300,000 attachments', `${open},"attachments":[${'{},'.repeat(299_999)}{}]}`),
    raw('4,900,000 attachments, 15 MB', `${open},"attachments":[${'{},'.repeat(4_899_999)}{}]}`),
    json('90,000 numbers as attachments', MESSAGES, { ...EMAIL, attachments: times(90_000, () => 1) }),
    json('45,000 unknown fields', MESSAGES, byName(45_000)),
    json('45,000 variables', MESSAGES, { ...EMAIL, content: 'x', variables: byName(45_000) }),
    json('90,000 items in a variable', MESSAGES, { ...EMAIL, content: 'x', variables: { a: times(90_000, () => 1) } }),
    json('45,000 names of metadata', MESSAGES, { ...EMAIL, content: 'x', metadata: byName(45_000) }),
    json('9,000 wrong choices', MESSAGES, {
      ...{ ...EMAIL, content: 'x' },
      interactive: { type: 'list', button: 1, items: times(9_000, () => byName(3)) },
    }),
    json('40,000 opt-outs', '/api/recipients/', { email: 'a@example.com', opt_outs: times(40_000, () => byName(1)) }),
    json('45,000 filters of a bulk action', '/api/bulk-actions/', {
      ...{ action: 'cancel', dry_run: true },
      filter: Object.fromEntries(times(45_000, (index) => [`metadata.n${index}`, 'x'])),
    }),
    raw('a body nested 190,000 times', `${open},"variables":${'['.repeat(190_000)}${']'.repeat(190_000)}}`),
    raw('a body nested 7 million times, 15 MB', '['.repeat(14_900_000)),
    raw('7 million names, 15 MB', `{${'"":1,'.repeat(2_900_000)}"":1}`),
  ];
}

function texts(): Attack[] {
  const file = (content_base64: string) => ({
    ...{ ...EMAIL, content: 'x' },
    attachments: [{ filename: 'a.pdf', content_type: 'application/pdf', content_base64 }],
  });
  return [
    json('content of 14 MB', MESSAGES, { ...EMAIL, content: 'x'.repeat(14_000_000) }),
    json('content of escapes, 14 MB', MESSAGES, { ...EMAIL, content: '\n'.repeat(7_000_000) }),
    json('content of emoji, 14 MB', MESSAGES, { ...EMAIL, content: '😀'.repeat(3_500_000) }),
    json('a name of 14 MB', MESSAGES, { ...EMAIL, ['x'.repeat(14_000_000)]: 1 }),
    json('a time of 14 MB', MESSAGES, { ...EMAIL, content: 'x', send_at: 't'.repeat(14_000_000) }),
    json('a file of 10 MB', MESSAGES, file(Buffer.alloc(10_000_000).toString('base64'))),
    json('a file of 14 MB of spaces', MESSAGES, file('A '.repeat(7_000_000))),
    json('a text of 1,600 emoji', '/api/messages/preview/', {
      ...{ recipient: { phone: '+447911123456' }, channel: 'sms' },
      content: '👨‍👩‍👧'.repeat(200),
    }),
    json('100,000 letters by SMS', '/api/messages/preview/', {
      ...{ recipient: { phone: '+447911123456' }, channel: 'sms', content: '€'.repeat(100_000) },
    }),
    {
      ...json('15 MB to a path that is not there', '/api/nothing/', {}),
      isAnonymous: true,
      body: 'x'.repeat(15_000_000),
    },
  ];
}

function contents(): Attack[] {
  const everywhere = (name: string, content: string, variables: object = {}) =>
    json(name, MESSAGES, { ...EVERYWHERE, content, subject: content.slice(0, 900), html: content, variables });
  const html = (name: string, source: string) => json(name, MESSAGES, { ...EMAIL, content: 'x', html: source });
  const list = times(9_000, (index) => `item ${index}`);
  return [
    everywhere('a loop on three channels', LOOP),
    everywhere(
      'a loop before 8,000 missing variables',
      `${LOOP}${times(8_000, (index) => `{{ v${index} }}`).join('')}`,
    ),
    everywhere('8,000 conditions', '{%if a%}{%endif%}'.repeat(5_800)),
    everywhere('8,000 outputs of a list', '{{ a }}'.repeat(14_000), { a: list }),
    everywhere('filters in a row', `{{ a ${'| sort | reverse | join: "," | split: "," '.repeat(2_000)} | size }}`, {
      a: list,
    }),
    everywhere(
      'a text that doubles',
      '{% assign a = "x" %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}',
    ),
    everywhere('replacing in a long text', `{{ a ${'| replace: "x", "xy" '.repeat(4_000)}}}`, {
      a: 'x'.repeat(400_000),
    }),
    html('HTML of many styles', `<style>${'b{color:red}'.repeat(5_000)}</style>${'<b></b>'.repeat(1_600)}`),
    html(
      'selectors that look everywhere',
      `<style>${':has(p ~ * b) '.repeat(3_000)}x{a:b}</style>${'<p></p>'.repeat(900)}`,
    ),
    html('HTML of nested tags', `<style>p{color:red}</style>${'<div>'.repeat(9_000)}`),
    json('HTML alone, nested lists', MESSAGES, { ...EMAIL, content: ' ', html: `x${'<ul><li>'.repeat(10_000)}` }),
    json('HTML alone, brackets', MESSAGES, { ...EMAIL, content: ' ', html: `x${'<'.repeat(99_000)}` }),
  ];
}

function batches(): Attack[] {
  const batch = (name: string, item: (index: number) => object) => json(name, BATCH, times(1_000, item));
  const to = (index: number) => ({ recipient: { email: `a${index}@example.com` }, channel: 'email' });
  return [
    batch('a batch of 1,000 plain emails', (index) => ({ ...to(index), content: 'Hello' })),
    batch('a batch of 1,000 HTML emails', (index) => ({
      ...{ ...to(index), content: 'Hello', html: `<style>b{color:red}</style>${'<b>{{ n }}</b>'.repeat(50)}` },
      variables: { n: index },
    })),
    batch('a batch of 1,000 loops', (index) => ({ ...to(index), content: LOOP, variables: {} })),
    batch('a batch of 1,000 loops on three channels', () => ({ ...EVERYWHERE, content: LOOP, variables: {} })),
    batch('a batch of 1,000 with 90 faults each', (index) => ({ ...to(index), ...byName(45) })),
    json(
      'a batch of 40,000',
      BATCH,
      times(40_000, () => 1),
    ),
    json('a template in ten languages of 190,000 characters', '/api/templates/', {
      ...{ name: 'many', channel: 'email', content: 'x' },
      locales: Object.fromEntries(
        ['de', 'fr', 'es', 'pt', 'it', 'nl', 'da', 'sv', 'fi', 'pl'].map((tag, index) => [
          tag,
          { content: `${index}${'{% if a %}{% endif %}'.repeat(9_000)}` },
        ]),
      ),
    }),
  ];
}

function queries(): Attack[] {
  const get = (name: string, path: string): Attack => ({
    ...{ name, method: 'GET', path, type: '', isAnonymous: false, body: null },
  });
  return [
    get('a query of 3,000 names', `${MESSAGES}?${times(3_000, (index) => `n${index}`).join('&')}`),
    get('a query of one name 4,000 times', `${MESSAGES}?${'a&'.repeat(7_000)}`),
    get('800 filters by metadata', `${MESSAGES}?${times(800, (index) => `metadata.n${index}=1`).join('&')}`),
    get('38 filters by metadata', `${MESSAGES}?${times(38, (index) => `metadata.n${index}=1`).join('&')}`),
  ];
}

function mails(): Attack[] {
  const mail = (name: string, body: string): Attack => ({
    ...{ name, method: 'POST', path: BOUNCE, type: 'message/rfc822', isAnonymous: true },
    body: Buffer.from(body),
  });
  const head = 'From: MAILER-DAEMON@example.com\r\nSubject: Undeliverable\r\n';
  const part = '--b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822;a@example.com\r\n\r\n';
  const nested = times(300, (index) => `Content-Type: multipart/mixed; boundary=b${index}\r\n\r\n--b${index}\r\n`).join(
    '',
  );
  return [
    mail('a mail of 990 KB in one line', `${head}\r\n${'x'.repeat(990_000)}`),
    mail('a mail of 400,000 lines', `${head}\r\n${'\r\n'.repeat(490_000)}`),
    mail('a mail of 40,000 header fields', `${times(40_000, (index) => `X-${index}: a\r\n`).join('')}\r\nx`),
    mail('a mail of 9,000 long header fields', `${`X: ${'y'.repeat(100)}\r\n`.repeat(9_000)}\r\nx`),
    mail('a mail of 11,000 parts', `${head}Content-Type: multipart/report; boundary=b\r\n\r\n${part.repeat(11_000)}`),
    mail('a mail nested 300 times', `${head}${nested}`),
    mail('a mail of encoded words', `${head}Subject: ${'=?utf-8?q?=41?= '.repeat(60_000)}\r\n\r\nx`),
    mail('a mail of one folded field', `${head}X: a\r\n${' b\r\n'.repeat(200_000)}\r\nx`),
    mail('a mail of addresses', `${head}To: ${'a@example.com, '.repeat(60_000)}\r\n\r\nx`),
    mail('a mail of brackets in addresses', `${head}To: ${'<(":;'.repeat(190_000)}\r\n\r\nx`),
    mail('a mail of HTML', `${head}Content-Type: text/html\r\n\r\n${'<'.repeat(980_000)}`),
    mail(
      'a mail of quoted-printable',
      `${head}Content-Transfer-Encoding: quoted-printable\r\n\r\n${'=41'.repeat(320_000)}`,
    ),
    mail(
      'a mail of base64',
      `${head}Content-Transfer-Encoding: base64\r\n\r\n${`${'QUJD'.repeat(19)}\r\n`.repeat(12_000)}`,
    ),
    mail('a mail of parameters', `${head}Content-Type: text/plain${'; a*0*=b'.repeat(100_000)}\r\n\r\nx`),
    mail('a mail of colons', `${head}\r\n${'550 5.1.1 <'.repeat(85_000)}`),
  ];
}

function links(): Attack[] {
  return [
    form('a form of 10 KB on a link', '/u/x', 'a=1&'.repeat(2_400)),
    { ...form('parts of 10 KB on a link', '/a/x', '--b\r\n'.repeat(1_900)), type: 'multipart/form-data; boundary=b' },
    { ...form('a token of 15 KB', `/t/c/${'A'.repeat(15_000)}`, ''), method: 'GET', body: null },
  ];
}

function json(name: string, path: string, body: object): Attack {
  return { name, method: 'POST', path, type: 'application/json', isAnonymous: false, body: JSON.stringify(body) };
}

function form(name: string, path: string, body: string): Attack {
  return { name, method: 'POST', path, type: 'application/x-www-form-urlencoded', isAnonymous: true, body };
}

function byName(count: number): Record<string, number> {
  return Object.fromEntries(times(count, (index) => [`n${index}`, 1]));
}

function times<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
