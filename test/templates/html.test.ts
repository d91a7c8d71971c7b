import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../src/templates/render.ts';

const NAME = `<O'Brien & "Sons">`;
const ESCAPED = '&lt;O&#39;Brien &amp; &#34;Sons&#34;&gt;';

describe('HTML', () => {
  it('keeps the markup of its source', () => {
    expect(renderHtml('<p class="a">{{ n }}</p>', { n: 1 })).toBe('<p class="a">1</p>');
  });

  it.each([
    ['an output', '{{ name }}'],
    ['an echo', '{% echo name %}'],
    ['a cycle', '{% cycle name, "b" %}'],
    ['a list', '{{ names }}'],
    ['a default', '{{ none | default: name }}'],
    ['a capture', '{% capture you %}{{ name }}{% endcapture %}{{ you }}'],
    ['an assigned capture', '{% capture a %}{{ name }}{% endcapture %}{% assign b = a %}{{ b }}'],
    ['the filter escape', '{{ name | escape }}'],
    ['the filter escape_once', '{{ name | escape_once }}'],
    ['the filter newline_to_br', '{{ name | newline_to_br }}'],
    ['the filters escape and newline_to_br', '{{ name | escape | newline_to_br }}'],
  ])('has a variable in %s escaped once', (_where, source) => {
    expect(renderHtml(source, { name: NAME, names: [NAME] })).toBe(ESCAPED);
  });

  it('has line breaks where newline_to_br asks for them', () => {
    expect(renderHtml('{{ text | newline_to_br }}', { text: 'a\n<b>' })).toBe('a<br />\n&lt;b&gt;');
  });

  it('has the markup of a variable where raw lets it through', () => {
    expect(renderHtml('{{ name | raw }}', { name: NAME })).toBe(NAME);
  });

  it('has the markup of a capture', () => {
    expect(renderHtml('{% capture bold %}<b>{{ name }}</b>{% endcapture %}{{ bold }}', { name: NAME })).toBe(
      `<b>${ESCAPED}</b>`,
    );
  });

  it.each(['{{ name | raw | append: "" }}', '{{ name | escape | downcase }}', '{{ name | url_encode | url_decode }}'])(
    'is escaped where filters follow in %s',
    (source) => {
      expect(renderHtml(source, { name: '<b>' })).not.toContain('<');
    },
  );

  it('never lets a bracket or quote of a variable through', () => {
    const sources = fc.constantFrom(
      '{{ a }}',
      '{{ a | upcase }}',
      '{{ a | newline_to_br | strip_newlines }}',
      '{{ a | default: "x" }}',
      '{% for c in list %}{{ c }}{% endfor %}',
      '{% capture x %}{{ a }}{% endcapture %}{{ x }}{{ x | append: a }}',
      '{{ list | join: a }}',
    );
    fc.assert(
      fc.property(
        sources,
        fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'lt;', '\n', 'a', '🙂') }),
        (source, a) => {
          expect(renderHtml(source, { a, list: [a, a] })).not.toMatch(/[<>"']/);
        },
      ),
    );
  });
});
