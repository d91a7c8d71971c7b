import { describe, expect, it } from 'vitest';
import { renderWords } from '../../src/templates/render-content.ts';
import { contentSource, renderEmail } from './render-email.ts';

describe('an email', () => {
  it('of text alone has no HTML, whatever its layout', () => {
    const layout = { html: '<p>{{ content }}</p>' };
    expect(renderEmail({ content: 'Hi {{ name }}', layout }, { name: '<b>' })).toMatchObject({
      text: 'Hi <b>',
      html: null,
    });
  });

  it('of text and HTML has both', () => {
    const parts = { content: 'Hi {{ name }}', html: '<p>Hi {{ name }}</p>' };
    expect(renderEmail(parts, { name: '<b>' })).toMatchObject({ text: 'Hi <b>', html: '<p>Hi &lt;b&gt;</p>' });
  });

  it('of Markdown and HTML has its own HTML, and the Markdown as text', () => {
    const parts = { content: '**Hi**', format: 'markdown', html: '<p>Hello</p>' } as const;
    expect(renderEmail(parts)).toMatchObject({ text: 'Hi', html: '<p>Hello</p>' });
  });

  it('whose sender gave no variables is as it was written', () => {
    const parts = { content: '{{ a }}', subject: '{{ b }}', html: '{{ c }}' };
    expect(renderEmail(parts, null)).toMatchObject({ text: '{{ a }}', subject: '{{ b }}', html: '{{ c }}' });
  });

  it('has a subject on one line even where there are no variables', () => {
    expect(renderEmail({ content: 'a', subject: 'b\r\nBcc: c@d.example' }, null).subject).toBe('b Bcc: c@d.example');
  });

  it('has neither media nor a template of WhatsApp', () => {
    const parts = { content: 'a', mediaUrl: 'https://b.example', whatsapp: { contentSid: 'HX1', variables: {} } };
    expect(renderEmail(parts)).toMatchObject({ mediaUrl: null, contentSid: null, contentVariables: null });
  });

  it.each([
    ['no content', {}],
    ['blank content', { content: ' {{ a }}' }],
    ['blank Markdown', { content: ' {{ a }}', format: 'markdown' as const }],
    ['HTML without words', { html: '<p>{{ a }}</p><img src="b">' }],
  ])('with %s is refused', (_what, parts) => {
    expect(() => renderEmail(parts, { a: '' })).toThrow(
      expect.objectContaining({ name: 'ContentError', code: 'content_empty' }),
    );
  });
});

describe('the plain text of an email of HTML alone', () => {
  it.each([
    ['paragraphs', '<p>a</p><p>b</p>', 'a\n\nb'],
    ['addresses', '<a href="https://b.example">a</a>', 'a <https://b.example>'],
    ['the words of images', '<img src="https://b.example" alt="a">', 'a'],
    ['nothing of images without words', 'a <img src="https://b.example"> b', 'a b'],
    ['headings as they are', '<h1>Hi you</h1>', 'Hi you'],
    ['no styles and titles', '<html><head><title>t</title><style>a{}</style></head><body>b</body></html>', 'b'],
    ['rows on lines', '<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>', 'a b\nc'],
    ['paragraphs in cells', '<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>', 'a\n\nb'],
    ['variables as they are', '{{ name }}', '<b> & "c"'],
    ['joined emoji and text from right to left', 'مرحبا 👨‍👩‍👧 abc', 'مرحبا 👨‍👩‍👧 abc'],
  ])('has %s', (_what, html, text) => {
    expect(renderEmail({ html }, { name: '<b> & "c"' }).text).toBe(text);
  });

  it('leaves the layout out', () => {
    expect(renderEmail({ html: '<p>a</p>', layout: { html: 'x{{ content }}y' } }).text).toBe('a');
  });
});

describe('the words of a message', () => {
  it('are the text and subject that it is sent with', () => {
    const source = contentSource({ content: '**{{ a }}**', subject: 'S {{ a }}', format: 'markdown' });
    expect(renderWords('email', source, { a: '*' }, {})).toEqual({ text: '*', subject: 'S *' });
  });

  it('are without a subject elsewhere', () => {
    expect(renderWords('sms', contentSource({ content: 'a', subject: 'b' }), {}, {})).toEqual({
      text: 'a',
      subject: null,
    });
  });
});
