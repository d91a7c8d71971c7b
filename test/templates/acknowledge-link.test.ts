import { describe, expect, test } from 'vitest';
import type { Interactive, QuickReply } from '../../src/domain/interactive.ts';
import type { RenderedContent } from '../../src/domain/rendered-content.ts';
import { withAcknowledgeButton } from '../../src/templates/acknowledge-link.ts';
import { ContentError } from '../../src/templates/content-error.ts';
import { type ContentSource, renderContent, renderOptions, renderWords } from '../../src/templates/render-content.ts';
import { checkTemplate } from '../../src/templates/template-check.ts';

const TOKEN = 'a_b-c_'.repeat(7);
const URL = `https://messages.example.com/a/${TOKEN}`;
const LINE = `Confirm: ${URL}`;
const PARAGRAPH = `<p dir="ltr">Confirm: <a href="${URL}">${URL}</a></p>`;
const OPTIONS = renderOptions({ locale: null, timeZone: null }, URL);

function source(content: string, more: Partial<ContentSource> = {}): ContentSource {
  return { content, subject: null, html: null, mediaUrl: null, ...more };
}
const email = (written: ContentSource) => renderContent('email', written, {}, OPTIONS);

describe('a text', () => {
  const text = (content: string, variables: Record<string, unknown> | null = {}) =>
    renderContent('sms', source(content), variables, OPTIONS).text;

  test('gets its link on a line of its own', () => {
    expect(text('The pump has failed.')).toBe(`The pump has failed.\n${LINE}`);
  });

  test('that prints its link gets no other one', () => {
    expect(text('Failed. Tap {{ acknowledge_url }} now.')).toBe(`Failed. Tap ${URL} now.`);
  });

  test('that is taken literally gets its link, too', () => {
    expect(text('Use {{ this }}', null)).toBe(`Use {{ this }}\n${LINE}`);
  });

  test('in a script from right to left has the link on a line that starts from the left', () => {
    expect(text('توقفت المضخة')).toBe(`توقفت المضخة\n${LINE}`);
  });

  test('that becomes too long with its link is refused', () => {
    expect(() => text('x'.repeat(1_550))).toThrow(ContentError);
  });

  test('asks for no confirmation where the message does not', () => {
    const options = renderOptions({ locale: null, timeZone: null });
    expect(renderContent('sms', source('Hello'), {}, options).text).toBe('Hello');
  });

  test('can say more where there is a link', () => {
    const content = 'Failed.{% if acknowledge_url %} Confirm it!{% endif %}';
    const without = renderContent('sms', source(content), {}, renderOptions({ locale: null, timeZone: null })).text;
    expect([without, text(content)]).toEqual(['Failed.', `Failed. Confirm it!\n${LINE}`]);
  });
});

describe('an email', () => {
  test('of text alone gets its link on a line of its own', () => {
    expect(email(source('Failed.'))).toMatchObject({ text: `Failed.\n${LINE}`, html: null });
  });

  test.each([
    ['a part of a document', '<p>Failed.</p>', `<p>Failed.</p>${PARAGRAPH}`],
    ['a document', '<body><p>Failed.</p></body></html>\n', `<body><p>Failed.</p>${PARAGRAPH}</body></html>`],
    ['a document in capitals', '<BODY>Failed.</BODY>', `<BODY>Failed.${PARAGRAPH}</BODY>`],
  ])('of %s has its link at the end of that', (_what, html, expected) => {
    expect(email(source('Failed.', { html })).html?.trim()).toBe(expected);
  });

  test('that prints its link in the HTML gets no other one there', () => {
    const html = '<a href="{{ acknowledge_url }}">I am on it</a>';
    expect(email(source('Failed.', { html })).html).toBe(`<a href="${URL}">I am on it</a>`);
  });

  test('that prints its link in Markdown has the link as it is', () => {
    const { html } = email(source('[I am on it]({{ acknowledge_url }})', { format: 'markdown' }));
    expect(html).toContain(`<a href="${URL}">I am on it</a>`);
  });

  test('has its link within the layout', () => {
    const layout = { html: '<main>{{ content }}</main><footer>Keryu</footer>' };
    const { html } = email(source('Failed.', { html: '<p>Failed.</p>', layout }));
    expect(html).toBe(`<main><p>Failed.</p>${PARAGRAPH}</main><footer>Keryu</footer>`);
  });

  test('whose layout prints the link gets no other one', () => {
    const layout = { html: '<main>{{ content }}</main><a href="{{ acknowledge_url }}">OK</a>' };
    const { html } = email(source('Failed.', { html: '<p>Failed.</p>', layout }));
    expect(html).toBe(`<main><p>Failed.</p></main><a href="${URL}">OK</a>`);
  });

  test('shows the same words in a list of messages', () => {
    expect(renderWords('email', source('Failed.'), {}, OPTIONS).text).toBe(`Failed.\n${LINE}`);
  });
});

describe('a WhatsApp message', () => {
  const BUTTON: QuickReply = { id: TOKEN, title: 'Confirm', isPersonal: true };
  const reply = (title: string): QuickReply => ({ id: title, title });
  const content = (more: Partial<RenderedContent> = {}): RenderedContent => ({
    ...{ text: 'Failed.', subject: null, html: null, mediaUrl: null, contentSid: null, contentVariables: null },
    interactive: null,
    ...more,
  });
  const replies = (...titles: string[]): Interactive => ({ type: 'quick_reply', actions: titles.map(reply) });

  test('has a button whose id is the token, and nothing more in its text', () => {
    const interactive = { type: 'quick_reply', actions: [BUTTON] };
    expect(withAcknowledgeButton(content(), URL)).toMatchObject({ text: 'Failed.', interactive });
  });

  test('has its button beside those of the sender', () => {
    const interactive = { type: 'quick_reply', actions: [reply('Later'), reply('Call me'), BUTTON] };
    expect(withAcknowledgeButton(content({ interactive: replies('Later', 'Call me') }), URL)).toMatchObject({
      interactive,
    });
  });

  test.each<[string, Partial<RenderedContent>]>([
    ['as many buttons as there can be', { interactive: replies('a', 'b', 'c') }],
    ['a button of the same title', { interactive: replies('Confirm') }],
    ['a list', { interactive: { type: 'list', button: 'Choose', items: [reply('a')] } }],
    [
      'calls to action',
      { interactive: { type: 'call_to_action', actions: [{ type: 'url', title: 'a', url: 'https://a.example' }] } },
    ],
    ['a file', { mediaUrl: 'https://example.com/a.png' }],
  ])('with %s has the link in its text instead', (_what, more) => {
    const given = content(more);
    expect(withAcknowledgeButton(given, URL)).toEqual({ ...given, text: `Failed.\n${LINE}` });
  });

  test('of a text that is too long for a button has the link in it', () => {
    const text = 'x'.repeat(1_025);
    expect(withAcknowledgeButton(content({ text }), URL)).toEqual(content({ text: `${text}\n${LINE}` }));
  });

  test.each([
    ['takes', 1_600, { text: 'x'.repeat(1_550) }],
    ['takes above a list', 1_024, { text: 'x'.repeat(1_000), interactive: replies('a', 'b', 'c') }],
  ])('that becomes longer than WhatsApp %s is refused', (_what, limit, more) => {
    expect(() => withAcknowledgeButton(content(more), URL)).toThrow(`WhatsApp takes ${limit}.`);
  });

  test('of an approved template stays as it is', () => {
    const given = content({ contentSid: 'HX1', contentVariables: { 1: URL } });
    expect(withAcknowledgeButton(given, URL)).toEqual(given);
  });

  test('of an approved template can have the link in its variables', () => {
    const whatsapp = { contentSid: 'HX1', variables: { 1: '{{ acknowledge_url | split: "/" | last }}' } };
    const { contentVariables } = renderContent('whatsapp', source('Failed.', { whatsapp }), {}, OPTIONS);
    expect(contentVariables).toEqual({ 1: TOKEN });
  });
});

describe('a template', () => {
  const checked = (content: string, variables = {}) =>
    checkTemplate({ channel: 'sms', content, subject: null, html: null, variables }).faults.map(({ code }) => code);

  test('need not declare the link', () => {
    expect(checked('Failed: {{ acknowledge_url }}')).toEqual([]);
  });

  test('cannot declare a variable of its name', () => {
    expect(checked('Failed', { acknowledge_url: { type: 'url' } })).toContain('reserved_name');
  });
});
