import { describe, expect, it } from 'vitest';
import { htmlOf, renderEmail } from './render-email.ts';

describe('an email in Markdown', () => {
  it.each([
    ['paragraphs', 'a\n\nb', '<p>a</p>\n<p>b</p>\n'],
    ['emphasis', '**a** *b* ~~c~~', '<p><strong>a</strong> <em>b</em> <del>c</del></p>\n'],
    ['headings', '# a', '<h1>a</h1>\n'],
    ['lists', '- a\n- b', '<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n'],
    ['tasks, without form fields', '- [x] a', '<ul>\n<li>[x] a</li>\n</ul>\n'],
    ['code, without classes', '```js\na < b\n```', '<pre><code>a &lt; b\n</code></pre>\n'],
    ['links', '[a](https://b.example/?c=1&d=2)', '<p><a href="https://b.example/?c=1&amp;d=2">a</a></p>\n'],
    ['titles', '[a](https://b.example "c")', '<p><a href="https://b.example" title="c">a</a></p>\n'],
    ['bare addresses', 'www.a.example', '<p><a href="http://www.a.example">www.a.example</a></p>\n'],
    ['mail addresses', '[a](mailto:b@c.example)', '<p><a href="mailto:b@c.example">a</a></p>\n'],
    ['telephone numbers', '[a](tel:+491234)', '<p><a href="tel:+491234">a</a></p>\n'],
    ['images', '![a](https://b.example/c.png)', '<p><img src="https://b.example/c.png" alt="a"></p>\n'],
    ['entities', '&copy; &lt;', '<p>&copy; &lt;</p>\n'],
  ])('has %s', (_what, source, html) => {
    expect(htmlOf(source)).toBe(html);
  });

  it('has tables', () => {
    expect(htmlOf('|a|b|\n|-|-:|\n|1|2|')).toContain('<td>1</td>\n<td align="right">2</td>');
  });

  it.each([
    ['an inline tag', 'a <b onclick="x">b</b>', '<p>a &lt;b onclick=&quot;x&quot;&gt;b&lt;/b&gt;</p>\n'],
    ['a block', '<script>a</script>', '<p>&lt;script&gt;a&lt;/script&gt;</p>\n'],
    ['a comment', '<!-- a -->', '<p>&lt;!-- a --&gt;</p>\n'],
    ['text in a tag of code', '<code><img/src=x onerror=a>', '<p>&lt;code&gt;&lt;img/src=x onerror=a&gt;</p>\n'],
  ])('shows %s of HTML instead of having it', (_what, source, html) => {
    expect(htmlOf(source)).toBe(html);
  });

  it.each(['javascript:a', 'JAVASCRIPT:a', '&#106;avascript:a', 'data:text/html,a', 'vbscript:a', '//a.example', '/a'])(
    'does not lead to %s',
    (href) => {
      expect(htmlOf(`[text](${href})`)).toBe('<p>text</p>\n');
    },
  );

  it('shows the words of an image that it may not load', () => {
    expect(htmlOf('![a <b>](file:///etc/passwd)')).toBe('<p>a &lt;b&gt;</p>\n');
  });

  it('is taken literally by Liquid where there are no variables', () => {
    expect(htmlOf('**{{ a }}**', null)).toBe('<p><strong>{{ a }}</strong></p>\n');
  });
});

describe('a variable in Markdown', () => {
  const MARKS = [
    '**a**',
    '_a_',
    '`a`',
    '[a](https://b.example)',
    '![a](https://b.example/c.png)',
    '# a',
    '- a',
    '1. a',
  ];

  it.each([...MARKS, '> a', '---', '|a|', '    a', '\\*', 'https://a.example', 'www.a.example', 'a@b.example', '<b>'])(
    'stays what it is: %s',
    (a) => {
      expect(htmlOf('{{ a }}', { a })).toBe(`<p>${a.replace('<', '&lt;').replace('>', '&gt;')}</p>\n`);
    },
  );

  it.each([
    ['emphasis', '**{{ a }}**', '<p><strong>*</strong></p>\n'],
    ['a word', 'x{{ a }}y', '<p>x*y</p>\n'],
    ['code', '`{{ a }}`', '<p><code>*</code></p>\n'],
    ['a block of code', '```\n{{ a }}\n```', '<pre><code>*\n</code></pre>\n'],
    ['a heading', '# {{ a }}', '<h1>*</h1>\n'],
    ['a list', '- {{ a }}', '<ul>\n<li>*</li>\n</ul>\n'],
    ['a loop', '{% for i in (1..2) %}- {{ a }}\n{% endfor %}', '<ul>\n<li>*</li>\n<li>*</li>\n</ul>\n'],
    ['the name of a link', '[{{ a }}](https://b.example)', '<p><a href="https://b.example">*</a></p>\n'],
    ['an address', '[a](https://b.example/{{ a }})', '<p><a href="https://b.example/*">a</a></p>\n'],
    ['a title', '[a](https://b.example "{{ a }}")', '<p><a href="https://b.example" title="*">a</a></p>\n'],
    ['the words of an image', '![{{ a }}](https://b.example)', '<p><img src="https://b.example" alt="*"></p>\n'],
    ['a filter', '{{ a | append: "_b_" }}', '<p>*_b_</p>\n'],
    ['the filter escape', '{{ a | append: "<" | escape }}', '<p>*&lt;</p>\n'],
    ['an echo', '{% echo a %}', '<p>*</p>\n'],
    ['a capture, beside its marks', '{% capture b %}**{{ a }}**{% endcapture %}{{ b }}', '<p><strong>*</strong></p>\n'],
    ['a filtered capture', '{% capture b %}_{{ a }}_{% endcapture %}{{ b | upcase }}', '<p>_*_</p>\n'],
  ])('stands in %s', (_where, source, html) => {
    expect(htmlOf(source, { a: '*' })).toBe(html);
  });

  it('may be a whole address', () => {
    const a = 'https://b.example/c d?e="f"&g=1%20';
    expect(htmlOf('[x]({{ a }})', { a })).toBe('<p><a href="https://b.example/c%20d?e=%22f%22&amp;g=1%20">x</a></p>\n');
  });

  it.each(['javascript:alert(1)', 'java\nscript:a', ' javascript:a', '"><b>', ''])(
    'does not make a link to %j',
    (a) => {
      expect(htmlOf('[x]({{ a }})', { a })).toBe('<p>x</p>\n');
    },
  );

  it('keeps its line breaks', () => {
    expect(htmlOf('{{ a }}', { a: 'b\nc\r\nd' })).toBe('<p>b<br>c<br>d</p>\n');
  });

  it('lets marks through where raw asks for it, and no HTML', () => {
    expect(htmlOf('{{ a | raw }}', { a: '**b** <i>' })).toBe('<p><strong>b</strong> &lt;i&gt;</p>\n');
  });

  it('may be empty', () => {
    expect(htmlOf('a {{ b }} c', { b: '' })).toBe('<p>a  c</p>\n');
  });
});

describe('the plain text of an email in Markdown', () => {
  function textOf(content: string, variables: Record<string, unknown> = {}): string {
    return renderEmail({ content, format: 'markdown' }, variables).text;
  }

  it.each([
    ['no marks', '# Hi\n\n**a** *b*', 'Hi\n\na b'],
    ['addresses behind what leads there', '[a](https://b.example)', 'a <https://b.example>'],
    ['an address once', '<https://b.example>', 'https://b.example'],
    ['lists', '- a\n- b', '* a\n * b'],
    ['the words of images', '![a](https://b.example/c.png)', 'a'],
    ['columns', '|a|b|\n|-|-|\n|123|4|', 'a     b\n123   4'],
  ])('has %s', (_what, source, text) => {
    expect(textOf(source)).toBe(text);
  });

  it('has variables as they are', () => {
    expect(textOf('**{{ a }}**', { a: '<b> *c* & "d"' })).toBe('<b> *c* & "d"');
  });
});
