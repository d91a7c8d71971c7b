import { v7 as uuidv7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { addEmailLinks } from '../../src/activities/email-links.ts';
import type { OptOut } from '../../src/domain/opt-outs.ts';
import type { TrackingMode, UnsubscribeMode } from '../../src/domain/sending-rules.ts';
import { createLinkSigner } from '../../src/links/link-signer.ts';
import { freeRules } from '../support/free-rules.ts';

const links = createLinkSigner(Buffer.alloc(32, 1), 'https://messages.example.com');
const attemptId = uuidv7();
const TEXT = 'See https://example.com/';

interface Given {
  category?: string;
  optOuts?: readonly OptOut[];
  tracking?: TrackingMode | null;
  byRules?: TrackingMode;
  listUnsubscribe?: UnsubscribeMode;
}

function linked(html: string | null, given: Given = {}) {
  const { byRules = 'off', listUnsubscribe = 'all', category = 'marketing', optOuts = [], tracking = 'clicks' } = given;
  const free = freeRules();
  const rules = { ...free, email: { ...free.email, tracking: byRules, listUnsubscribe } };
  const content = { text: TEXT, subject: 'Hi', html, mediaUrl: null };
  const more = { contentSid: null, contentVariables: null, interactive: null };
  return addEmailLinks({ rules, links }, { attemptId, content: { ...content, ...more }, category, optOuts, tracking });
}

/** The HTML with each link of ours in the words of what it is for. */
function shown(html: string, given: Given = {}): string {
  return (linked(html, given).content.html ?? '')
    .replace(/https:\/\/messages\.example\.com\/t\/c\/([\w-]+)/g, (_link, token) => {
      return `click(${links.read('click', token)?.url})`;
    })
    .replace(
      /<img src="https:\/\/messages\.example\.com\/t\/o\/([\w-]+)" width="1" height="1" alt=""[^>]*>/g,
      (_, token) => (links.read('open', token)?.attemptId === attemptId ? '{pixel}' : '{wrong pixel}'),
    );
}

describe('a link to unsubscribe', () => {
  test.each<[UnsubscribeMode, string, boolean]>([
    ['all', 'transactional', true],
    ['all', 'marketing', true],
    ['not_transactional', 'transactional', false],
    ['not_transactional', 'marketing', true],
    ['off', 'transactional', false],
    ['off', 'marketing', false],
  ])('with the rule %s and the category %s: %s', (listUnsubscribe, category, isThere) => {
    const { unsubscribeUrl } = linked(null, { listUnsubscribe, category });
    expect(unsubscribeUrl).toEqual(isThere ? links.link('unsubscribe', { attemptId }) : null);
  });

  test('is there for those who do not want to be tracked, too', () => {
    const { unsubscribeUrl } = linked('<p>', { optOuts: [{ channel: null, category: 'tracking' }] });
    expect(unsubscribeUrl).not.toBeNull();
  });
});

describe('tracking', () => {
  const HTML = '<body><a href="https://a.example/">a</a></body>';
  const CLICKS = '<body><a href="click(https://a.example/)">a</a></body>';

  test.each<[TrackingMode, string]>([
    ['off', HTML],
    ['opens', '<body><a href="https://a.example/">a</a>{pixel}</body>'],
    ['clicks', CLICKS],
    ['all', '<body><a href="click(https://a.example/)">a</a>{pixel}</body>'],
  ])('of the mode %s puts in what it says', (tracking, expected) => {
    expect(shown(HTML, { tracking })).toBe(expected);
  });

  test('is as the configuration says where the message says nothing', () => {
    expect(shown(HTML, { tracking: null, byRules: 'clicks' })).toBe(CLICKS);
  });

  test('is as the message says where both say something', () => {
    expect(shown(HTML, { tracking: 'off', byRules: 'all' })).toBe(HTML);
  });

  test.each<[string, OptOut]>([
    ['on every channel', { channel: null, category: 'tracking' }],
    ['on email', { channel: 'email', category: 'tracking' }],
  ])('is left out for a person who has opted out of it %s', (_where, optOut) => {
    expect(shown(HTML, { tracking: 'all', optOuts: [optOut] })).toBe(HTML);
  });

  test('stays for a person who has opted out of it on another channel only', () => {
    expect(shown(HTML, { optOuts: [{ channel: 'sms', category: 'tracking' }] })).toBe(CLICKS);
  });

  test('leaves the plain text as it is', () => {
    expect(linked(HTML, { tracking: 'all' }).content.text).toBe(TEXT);
  });

  test('leaves a mail without HTML as it is', () => {
    expect(linked(null, { tracking: 'all' }).content.html).toBeNull();
  });
});

describe('the pixel', () => {
  const opens = (html: string) => shown(html, { tracking: 'opens' });

  test.each([
    ['at the end of the body', '<html><body>a</body></html>', '<html><body>a{pixel}</body></html>'],
    ['at the end of a body in capitals', '<BODY>a</BODY >', '<BODY>a{pixel}</BODY >'],
    ['at the end of a document without the end of a body', '<html>a</html>', '<html>a{pixel}</html>'],
    ['at the end of a part of a document', '<p>a</p>', '<p>a</p>{pixel}'],
    ['at the last end of a body', '<body></body><body></body>', '<body></body><body>{pixel}</body>'],
    ['past a body in a comment', '<p>a</p><!-- </body> -->', '<p>a</p><!-- </body> -->{pixel}'],
  ])('is %s', (_where, html, expected) => {
    expect(opens(html)).toBe(expected);
  });
});

describe('a link that is followed', () => {
  test.each([
    ['in double quotes', '<a href="https://a.example/">', 'https://a.example/'],
    ['in single quotes', "<a href='https://a.example/'>", 'https://a.example/'],
    ['in no quotes', '<a href=https://a.example/>', 'https://a.example/'],
    ['in capitals', '<A HREF="HTTPS://a.example/">', 'HTTPS://a.example/'],
    ['with space around the sign', '<a\n href = "https://a.example/">', 'https://a.example/'],
    ['without a secure scheme', '<a href="http://a.example/">', 'http://a.example/'],
    ['with entities', '<a href="https://a.example/?a=1&amp;b=2&#x26;c=3">', 'https://a.example/?a=1&b=2&c=3'],
    ['with bare ampersands', '<a href="https://a.example/?a=1&copy=2">', 'https://a.example/?a=1&copy=2'],
    ['with a scheme of entities', '<a href="&#104;ttps://a.example/">', 'https://a.example/'],
    ['with an angle bracket', '<a href="https://a.example/?q=>">', 'https://a.example/?q=>'],
    ['with a quote of the other kind', `<a href="https://a.example/?q='">`, "https://a.example/?q='"],
    ['with space around it', '<a href=" https://a.example/\n">', 'https://a.example/'],
    ['with a space in it', '<a href="https://a.example/a b">', 'https://a.example/a%20b'],
    ['with a line break in it', '<a href="https://a.example/a\nb">', 'https://a.example/ab'],
    ['in another script', '<a href="https://a.example/مرحبا">', `https://a.example/${encodeURIComponent('مرحبا')}`],
    ['with a host in another script', '<a href="https://bücher.example/">', 'https://xn--bcher-kva.example/'],
    ['without slashes', '<a href="https:a.example/x">', 'https://a.example/x'],
  ])('%s leads to its URL', (_how, html, url) => {
    const token = /t\/c\/([\w-]+)/.exec(linked(html).content.html ?? '')?.[1] ?? '';
    expect(links.read('click', token)).toEqual({ attemptId, url });
  });

  test('keeps what else its tag says', () => {
    expect(shown(`<a class='b' href='https://a.example/' title="1 > 0" target=_blank>x</a>`)).toBe(
      `<a class='b' href="click(https://a.example/)" title="1 > 0" target=_blank>x</a>`,
    );
  });

  test('is the first of two in one tag, as in a browser', () => {
    expect(shown('<a href="https://a.example/" href="https://b.example/">')).toBe(
      '<a href="click(https://a.example/)" href="https://b.example/">',
    );
  });

  test('may be one of many', () => {
    expect(shown('<a href="https://a.example/">1</a> – <a href="https://b.example/">2</a>')).toBe(
      '<a href="click(https://a.example/)">1</a> – <a href="click(https://b.example/)">2</a>',
    );
  });

  test('in what only other programs than Outlook show is tracked', () => {
    expect(shown('<!--[if !mso]><!--><a href="https://a.example/">x</a><!--<![endif]-->')).toBe(
      '<!--[if !mso]><!--><a href="click(https://a.example/)">x</a><!--<![endif]-->',
    );
  });
});

test.each([
  ['an address', '<a href="mailto:a@example.com">'],
  ['a number', '<a href="tel:+1">'],
  ['a place in the mail', '<a href="#top">'],
  ['an attachment', '<a href="cid:1">'],
  ['a script', '<a href="javascript:alert(1)">'],
  ['a path', '<a href="/path">'],
  ['a path with a host', '<a href="//a.example/">'],
  ['what is no URL', '<a href="https://">'],
  ['nothing', '<a href="">'],
  ['nothing at all', '<a href>'],
  ['a link to unsubscribe', `<a href="${links.link('unsubscribe', { attemptId })}">`],
  ['a link that is tracked', `<a href="${links.link('click', { attemptId, url: 'https://a.example/' })}">`],
  ['a link that is not to be tracked', '<a href="https://a.example/" data-no-track>'],
  ['a link that is said not to be tracked first', '<a DATA-NO-TRACK="" href="https://a.example/">'],
  ['a URL too long for a link', `<a href="https://a.example/${'x'.repeat(6_000)}">`],
  ['another tag', '<link href="https://a.example/"><area href="https://a.example/">'],
  ['a tag whose name only begins so', '<abbr href="https://a.example/">'],
  ['another attribute', '<a data-href="https://a.example/" xhref="https://a.example/">'],
  ['the value of another attribute', `<a title='href="https://a.example/"'>`],
  ['a comment', '<!-- <a href="https://a.example/"> -->'],
  ['what only Outlook shows', '<!--[if mso]><a href="https://a.example/">x</a><![endif]-->'],
  ['styles', '<style>/* <a href="https://a.example/"> */</style>'],
  ['a title', '<title><a href="https://a.example/"></title>'],
  ['text', 'href="https://a.example/" &lt;a href="https://a.example/"&gt;'],
  ['a tag that does not end', '<a href="https://a.example/"'],
])('%s stays as it is', (_what, html) => {
  expect(linked(html).content.html).toBe(html);
});
