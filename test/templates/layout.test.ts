import { describe, expect, it } from 'vitest';
import { checkLayout } from '../../src/templates/layout-check.ts';
import { renderEmail } from './render-email.ts';

describe('a layout', () => {
  it('stands around the body, which is not escaped again', () => {
    const html = '<p>{{ name }}</p>';
    expect(renderEmail({ html, layout: { html: '<body>{{ content }}</body>' } }, { name: '<b>' }).html).toBe(
      '<body><p>&lt;b&gt;</p></body>',
    );
  });

  it('stands around Markdown', () => {
    const parts = { content: '**a**', format: 'markdown', layout: { html: '<body>{{ content }}</body>' } } as const;
    expect(renderEmail(parts).html).toBe('<body><p><strong>a</strong></p>\n</body>');
  });

  it('knows the subject and the variables, escaped', () => {
    const layout = { html: '<title>{{ subject }}</title>{{ content }}<p>{{ name }}</p>' };
    expect(renderEmail({ subject: 'For {{ name }}', html: 'a', layout }, { name: '<b>' }).html).toBe(
      '<title>For &lt;b&gt;</title>a<p>&lt;b&gt;</p>',
    );
  });

  it('has an empty subject where the email has none', () => {
    expect(renderEmail({ html: 'a', layout: { html: '[{{ subject }}]{{ content }}' } }).html).toBe('[]a');
  });

  it('prints the body, not a variable of the same name', () => {
    expect(renderEmail({ html: 'a', layout: { html: '{{ content }}' } }, { content: 'b' }).html).toBe('a');
  });

  it('goes around an email that was taken literally', () => {
    expect(renderEmail({ html: '{{ a }}', layout: { html: '<b>{{ content }}</b>' } }, null).html).toBe(
      '<b>{{ a }}</b>',
    );
  });

  it.each([
    ['does not print the body', '<p></p>', 'render_failed'],
    ['prints it escaped', '{{ content | append: "" }}', 'render_failed'],
    ['needs a variable that is missing', '{{ content }}{{ company }}', 'missing_variable'],
    ['includes itself', '{% layout "self" %}{{ content }}', 'invalid_template'],
    ['renders itself', '{{ content }}{% render "self" %}', 'invalid_template'],
  ])('that %s is refused', (_what, layout, code) => {
    expect(() => renderEmail({ html: '<p>a</p>', layout: { html: layout } })).toThrow(
      expect.objectContaining({ name: 'RenderError', code }),
    );
  });
});

describe('the check of a layout', () => {
  it.each(['{{ content }}', '<b>{{- content -}}</b>', '{% if subject %}a{% endif %}{{ content }}'])(
    'finds nothing wrong with %s',
    (source) => {
      expect(checkLayout(source).faults).toEqual([]);
    },
  );

  it.each([
    ['has no body', '<p></p>', 'layout_without_content'],
    ['filters it', '{{ content | upcase }}', 'layout_without_content'],
    ['prints a field of it', '{{ content.size }}', 'layout_without_content'],
    ['shows the words only', '{% raw %}{{ content }}{% endraw %}', 'layout_without_content'],
    ['prints it twice', '{{ content }}{% if a %}{{ content }}{% endif %}', 'layout_content_repeated'],
    ['asks for it', '{% if content %}{{ content }}{% endif %}', 'layout_content_repeated'],
    ['is not valid', '{{ content', 'invalid_liquid'],
    ['includes itself', '{% include "self" %}{{ content }}', 'invalid_liquid'],
  ])('finds that it %s', (_what, source, code) => {
    expect(checkLayout(source).faults).toEqual([{ pointer: '/html', code, message: expect.stringMatching(/[.)]$/) }]);
  });

  it('names the variables of the message that it reads', () => {
    expect(checkLayout('{{ subject }}{{ content }}{{ company }}{% if logo %}{% endif %}').variables).toEqual([
      'company',
      'logo',
    ]);
  });
});

describe('the styles of an email', () => {
  it('go into the elements', () => {
    expect(renderEmail({ html: '<style>p{color:red}</style><p>a</p>' }).html).toBe('<p style="color: red;">a</p>');
  });

  it('of a layout go into the body', () => {
    const layout = { html: '<style>p{color:red}</style>{{ content }}' };
    expect(renderEmail({ html: '<p>a</p>', layout }).html).toBe('<p style="color: red;">a</p>');
  });

  it.each(['@media (max-width:600px)', 'a:hover'])('keep what cannot be inlined: %s', (rule) => {
    const block = rule.startsWith('@') ? `${rule}{p{color:red}}` : `${rule}{color:red}`;
    expect(renderEmail({ html: `<style>${block}</style><a>x</a>` }).html).toContain(rule);
  });

  it('give way to those of an element', () => {
    const html = '<style>p{color:red}</style><p style="color:blue">a</p>';
    expect(renderEmail({ html }).html).toBe('<p style="color: blue;">a</p>');
  });

  it('leave HTML without any as it is', () => {
    const html = '<P CLASS=a>b<br/>';
    expect(renderEmail({ html }).html).toBe(html);
  });

  it('leave braces and percent signs of a person alone', () => {
    const html = '<style>b{color:red}</style>{{ a }}<b>x</b>{{ b }}';
    expect(renderEmail({ html }, { a: '{{ <%', b: '}} %> JUICE_CODE_BLOCK_0_' }).html).toBe(
      '{{ &lt;%<b style="color: red;">x</b>}} %&gt; JUICE_CODE_BLOCK_0_',
    );
  });

  it.each([
    '<link rel="stylesheet" href="file:///etc/passwd">',
    '<link rel="stylesheet" href="http://127.0.0.1:9/a.css">',
  ])('are not loaded from elsewhere: %s', (link) => {
    expect(renderEmail({ html: `<style>b{color:red}</style>${link}a` }).html).toBe(`${link}a`);
  });
});
