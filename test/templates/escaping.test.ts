import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unshield } from '../../src/templates/literal.ts';
import { renderEmail } from './render-email.ts';

/** What could end a text, an attribute, a tag or a mark. */
const PIECES = [
  ...[
    '<',
    '>',
    '"',
    "'",
    '&',
    '`',
    '*',
    '_',
    '#',
    '|',
    '[',
    ']',
    '(',
    ')',
    '!',
    '\\',
    '~',
    '-',
    '+',
    '1.',
    ':',
    ';',
    '=',
  ],
  ...[
    ' ',
    '    ',
    '\n',
    '\r\n',
    '\t',
    '{{',
    '}}',
    '{%',
    '<%',
    '%>',
    '&lt;',
    '&#60;',
    '<b>',
    '</p>',
    '<!--',
    '-->',
    ']]>',
  ],
  ...[
    '<script>',
    '<img src=x onerror=y>',
    '</style>',
    '](javascript:a)',
    'https://a.example',
    'javascript:',
    'www.a.b',
    'a@b.cd',
  ],
  ...['JUICE_CODE_BLOCK_0_', '\uFDD0', '\uFDD1', '\uFDD03c\uFDD1', '\u2028', '\u202E', '\uFEFF', '👨‍👩‍👧', 'ä', 'a'],
];
const values = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 8 })
  .map((pieces) => pieces.join(''))
  .filter((text) => text.trim() !== '');

const RUNS = { numRuns: 60 };

const STYLE = '<style>p{color:red}a:hover{color:blue}td{width:5px;background:url("x")}</style>';
const LAYOUT = {
  html: `<html><head><title>{{ subject }}</title>${STYLE}</head><body>{{ content }}<i>{{ a }}</i></body></html>`,
};

/** Tags with the names of their attributes, without what these hold. */
function skeleton(html: string | null): string[] {
  const tags = html?.match(/<(?:[^"'<>]|"[^"]*"|'[^']*')*>/g) ?? [];
  return tags.map((tag) => tag.replace(/"[^"]*"|'[^']*'/g, '""'));
}

/** What is left of HTML once its tags are taken away, as a person reads it. */
function words(html: string | null): string {
  const text = (html ?? '').replace(/<br>/g, '\n').replace(/<[^>]*>/g, '');
  const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return text.replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => entities[name] ?? '');
}

const HTML = [
  '<p>{{ a }}</p>',
  '<p title="{{ a }}" style="color: blue">x</p>',
  '<p style="font-family: \'{{ a }}\'">x</p>',
  "<table><tr><td title='{{ a }}'>{{ a }}</td></tr></table>",
  '<a href="https://b.example/?c={{ a | url_encode }}">{{ a }}</a>',
  '{% capture b %}<p>{{ a }}</p>{% endcapture %}{{ b }}',
];

describe('a variable in the HTML of an email', () => {
  it.each(HTML)('brings neither tags nor attributes: %s', (html) => {
    const expected = skeleton(renderEmail({ html: STYLE + html, subject: '{{ a }}', layout: LAYOUT }, { a: 'x' }).html);
    fc.assert(
      fc.property(values, (a) => {
        const rendered = renderEmail({ content: 'x', html: STYLE + html, subject: '{{ a }}', layout: LAYOUT }, { a });
        expect(skeleton(rendered.html)).toEqual(expected);
      }),
      RUNS,
    );
  });
});

const MARKDOWN = [
  '{{ a }}',
  '# {{ a }}\n\ntext {{ a }} text',
  '**{{ a }}** _{{ a }}_ ~~{{ a }}~~',
  '- {{ a }}\n- {{ a }}\n\n1. {{ a }}',
  '> {{ a }}\n\n---\n\n{{ a }}',
  '| {{ a }} | b |\n|---|---|\n| {{ a }} | c |',
  '`{{ a }}`\n\n```{{ a }}\n{{ a }}\n```\n\n    {{ a }}',
  '[{{ a }}](https://b.example/{{ a }} "{{ a }}")',
  '![{{ a }}](https://b.example/{{ a }} "{{ a }}")',
  '[x][{{ a }}]\n\n[{{ a }}]: https://b.example',
  'https://b.example/{{ a }} www.b.example/{{ a }} {{ a }}@b.example',
  '<b title="{{ a }}">{{ a }}</b>',
  '{% capture b %}**{{ a }}**{% endcapture %}{{ b }}{{ b | append: a }}',
];

describe('a variable in the Markdown of an email', () => {
  it.each(MARKDOWN)('brings neither tags nor attributes, nor marks: %s', (content) => {
    const parts = { content, format: 'markdown', layout: { html: '<b>{{ content }}</b>{{ a }}' } } as const;
    // With as many line breaks, which are the only tags that a variable may make.
    const plain = (html: string | null) => skeleton(html).filter((tag) => tag !== '<br>');
    const expected = plain(renderEmail(parts, { a: 'x' }).html);
    fc.assert(
      fc.property(values, (a) => {
        expect(plain(renderEmail(parts, { a }).html)).toEqual(expected);
      }),
      RUNS,
    );
  });

  it('comes out as it was given', () => {
    fc.assert(
      fc.property(values, (a) => {
        const { html } = renderEmail({ content: 'x**{{ a }}**y', format: 'markdown' }, { a });
        expect(words(html)).toBe(`x${a.replaceAll('\r\n', '\n')}y\n`);
      }),
    );
  });

  it('leads nowhere but to web, mail and telephone addresses', () => {
    fc.assert(
      fc.property(values, (a) => {
        const { html } = renderEmail({ content: 'x [x]({{ a }}) ![x]({{ a }})', format: 'markdown' }, { a });
        for (const [, target] of html?.matchAll(/(?:href|src)="([^"]*)"/g) ?? []) {
          expect(target).toMatch(/^(?:https?:\/\/|mailto:|tel:)/);
        }
      }),
    );
  });
});

describe('a variable in a subject', () => {
  it('never makes a second line', () => {
    fc.assert(
      fc.property(values, fc.boolean(), (a, isLiteral) => {
        const parts = isLiteral ? { content: 'x', subject: a } : { content: 'x', subject: 'S {{ a }}' };
        expect(renderEmail(parts, isLiteral ? null : { a }).subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }),
    );
  });
});

describe('a shielded text', () => {
  it('is only what was shielded', () => {
    expect(unshield('a\uFDD03c62\uFDD1b', (literal) => `[${literal}]`)).toBe('a[<b]b');
  });
});
