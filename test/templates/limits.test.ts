import { describe, expect, it } from 'vitest';
import { renderHtml, renderSubject, renderText } from '../../src/templates/render.ts';
import { measureWork } from '../../src/templates/work-time.ts';

const limitExceeded = expect.objectContaining({ name: 'RenderError', code: 'limit_exceeded' });

describe('a template that would not come to an end', () => {
  it.each([
    ['a loop over a huge range', '{% for i in (1..100000000) %}x{% endfor %}'],
    ['a loop over a long range', '{% for i in (1..9000000) %}{% endfor %}'],
    ['loops in loops', '{% for i in (1..100000) %}{% for j in (1..100000) %}{% endfor %}{% endfor %}'],
    ['a range of numbers too large to count', '{% for i in (100000000000000000..100000000000000016) %}{% endfor %}'],
    ['the same from variables', '{% for i in (from..to) %}{% endfor %}'],
    ['the same in an output', '{{ (from..to) | join }}'],
    ['a table over a huge range', '{% tablerow i in (1..100000000) %}x{% endtablerow %}'],
    ['a text that doubles', '{% assign a = "x" %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}'],
    [
      'a list that doubles',
      '{% assign a = "x,y" | split: "," %}{% for i in (1..60) %}{% assign a = a | concat: a %}{% endfor %}',
    ],
    ['a capture without end', '{% capture a %}{% for i in (1..1000000) %}0123456789{% endfor %}{% endcapture %}'],
  ])('is stopped within two seconds: %s', (_what, source) => {
    const workSince = measureWork();
    expect(() => renderText(source, { from: '100000000000000000', to: '100000000000000016' })).toThrow(limitExceeded);
    expect(workSince()).toBeLessThan(2_000);
  });

  it('cannot nest a list in itself', () => {
    const source =
      '{% assign a = "x" | split: "," %}{% for i in (1..40) %}{% assign a = a | push: a %}{% endfor %}{{ a }}';
    expect(() => renderText(source, {})).toThrow(expect.objectContaining({ code: 'invalid_template' }));
  });
});

describe('a text', () => {
  it.each([renderText, renderHtml])('may not be longer than 500,000 characters', (render) => {
    expect(() => render('{{ a }}{{ a }}', { a: 'x'.repeat(250_001) })).toThrow(limitExceeded);
  });

  it('may be 500,000 characters long', () => {
    expect(renderText('{{ a }}', { a: 'x'.repeat(500_000) })).toHaveLength(500_000);
  });

  it('may come of a source of 200,000 characters', () => {
    expect(renderText('x{{ a }}'.repeat(25_000), { a: 'b' })).toBe('xb'.repeat(25_000));
  });

  it('may not come of a longer source', () => {
    expect(() => renderText('x'.repeat(200_001), {})).toThrow(limitExceeded);
  });

  it('may not come of ten thousand nested blocks', () => {
    const source = '{% if a %}'.repeat(9_000) + '{% endif %}'.repeat(9_000);
    expect(() => renderText(source, { a: true })).toThrow(expect.objectContaining({ code: 'invalid_template' }));
  });

  it('may come of a deeply nested value', () => {
    const list = JSON.parse(`${'['.repeat(500)}"x"${']'.repeat(500)}`);
    expect(renderText('{{ list }}', { list })).toBe('x');
  });
});

describe('a subject', () => {
  it('stays on one line, whatever a variable holds', () => {
    expect(renderSubject('Order {{ id }}', { id: '7\r\nBcc: eve@example.com\n\n\u2028x\0y' })).toBe(
      'Order 7 Bcc: eve@example.com x y',
    );
  });

  it('has no blanks at its ends', () => {
    expect(renderSubject(' {{ a }}\n', { a: '\thi  there ' })).toBe('hi  there');
  });

  it('has no more than 998 characters', () => {
    expect(() => renderSubject('{{ a }}', { a: 'x'.repeat(999) })).toThrow(limitExceeded);
  });

  it('may have 998 characters', () => {
    expect(renderSubject('{{ a }}', { a: 'x'.repeat(998) })).toHaveLength(998);
  });

  it('shows markup as it is', () => {
    expect(renderSubject('{{ a }}', { a: 'Q&A <now>' })).toBe('Q&A <now>');
  });

  it('is refused where a variable is null', () => {
    expect(() => renderSubject('Hi {{ name }}', { name: null })).toThrow(
      expect.objectContaining({ code: 'null_variable', variable: 'name' }),
    );
  });
});
