import { describe, expect, it } from 'vitest';
import { checkLayout } from '../../src/templates/layout-check.ts';
import { RenderError } from '../../src/templates/render-error.ts';
import { checkTemplate } from '../../src/templates/template-check.ts';
import { measureWork } from '../../src/templates/work-time.ts';
import { type Parts, renderEmail } from './render-email.ts';

/** Milliseconds of work in which everything has to end, not counting how long the machine is busy with others. */
const BOUND = 2_000;
const limitExceeded = expect.objectContaining({ name: 'RenderError', code: 'limit_exceeded' });

function md(content: string): Parts {
  return { content, format: 'markdown' };
}

/** HTML beside a text, so that the text is not made of it. */
function html(source: string): Parts {
  return { content: 'a', html: source };
}

const BOMBS: [string, Parts][] = [
  ['Markdown of nested quotes', md(`${'>'.repeat(199_000)}x`)],
  ['Markdown of nested lists', md(`${'- '.repeat(10_000)}x`)],
  ['Markdown of lists in lists', md(Array.from({ length: 440 }, (_, n) => `${' '.repeat(2 * n)}- x`).join('\n'))],
  ['Markdown of angle brackets', md('<'.repeat(200_000))],
  ['Markdown of square brackets', md('['.repeat(100_000))],
  ['Markdown of links', md('[a]('.repeat(50_000))],
  ['Markdown of emphasis', md('**a *b '.repeat(25_000))],
  [
    'Markdown of a wide table',
    md(`${'|a'.repeat(900)}|\n${'|-'.repeat(900)}|\n${`${'|x'.repeat(900)}|\n`.repeat(90)}`),
  ],
  ['Markdown of a long table', md(`|a|b|\n|-|-|\n${'|x|y|\n'.repeat(30_000)}`)],
  ['nested tags with styles', html(`<style>p{color:red}</style>${'<div>'.repeat(20_000)}`)],
  ['many rules for many elements', html(`<style>${'b{color:red}'.repeat(5_000)}</style>${'<b></b>'.repeat(1_600)}`)],
  ['styles of braces', html(`<style>${'a { '.repeat(22_000)}</style><b>x</b>`)],
  ['styles that are not closed', html('<style>'.repeat(28_000))],
  [
    'selectors that look everywhere',
    html(`<style>${':has(p ~ * b) '.repeat(3_000)}x{a:b}</style>${'<p></p>'.repeat(900)}`),
  ],
  ['10,000 nested tags', { html: `x${'<div>'.repeat(10_000)}` }],
  ['10,000 nested lists', { html: `x${'<ul><li>'.repeat(10_000)}` }],
  ['10,000 nested quotes', { html: `x${'<blockquote>'.repeat(10_000)}` }],
  [
    'a table with impossible spans',
    { html: `x<table><tr>${'<td colspan="999999999" rowspan="999999999">a'.repeat(99)}` },
  ],
  ['a list that begins beyond all numbers', { html: `<ol start="1e300">${'<li>a'.repeat(1_000)}</ol>` }],
  ['blanks', { html: `x${' '.repeat(190_000)}y` }],
  ['brackets', { html: `x${'<'.repeat(190_000)}` }],
  ['a layout without end', { html: 'a', layout: { html: '{{ content }}{% for i in (1..9000000) %}{% endfor %}' } }],
];

describe('an email that could take for ever', () => {
  it.each(BOMBS)('is rendered or refused within two seconds: %s', (_what, parts) => {
    const workSince = measureWork();
    expect(outcome(parts)).toMatch(/^(?:rendered|limit_exceeded)$/);
    expect(workSince()).toBeLessThan(BOUND);
  });

  it.each([
    ['Markdown of nested quotes', md(`${'>'.repeat(199_000)}x`)],
    ['nested tags with styles', html(`<style>p{color:red}</style>${'<div>'.repeat(20_000)}`)],
    ['styles of more than 100,000 characters', html(`<style>${'b{color:red}'.repeat(10_000)}</style>`)],
    ['long styles for many elements', html(`<style>*{--x:${'y'.repeat(90_000)}}</style>${'<b>'.repeat(5_000)}`)],
  ])('is refused: %s', (_what, parts) => {
    expect(() => renderEmail(parts)).toThrow(limitExceeded);
  });
});

describe('an email that is only large', () => {
  it.each([
    ['a text of 200,000 characters', 'x'.repeat(200_000)],
    ['text of joined emoji', '👨‍👩‍👧'.repeat(20_000)],
    ['text that changes its direction', 'عربى abc '.repeat(20_000)],
  ])('is as it was written: %s', (_what, content) => {
    expect(renderEmail({ content }).text).toBe(content);
  });

  it('may have ten thousand variables', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `v${index}`);
    const variables = Object.fromEntries(names.map((name) => [name, name]));
    const content = names.map((name) => `{{ ${name} }}`).join(',');
    expect(renderEmail({ content }, variables).text).toBe(names.join(','));
  });
});

describe('the check of a template', () => {
  it('of ten thousand variables and 200,000 characters ends within two seconds', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `v${index}`);
    const content = names.map((name) => `{{ ${name} }}`).join('      ');
    const variables = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
    const template = { channel: 'email', content, subject: null, html: null, variables } as const;
    const workSince = measureWork();
    expect(checkTemplate(template).faults).toEqual([]);
    expect(workSince()).toBeLessThan(BOUND);
  });

  it('of a layout that prints the body ten thousand times ends within two seconds', () => {
    const workSince = measureWork();
    expect(checkLayout('{{ content }}'.repeat(10_000)).faults).toHaveLength(1);
    expect(workSince()).toBeLessThan(BOUND);
  });
});

function outcome(parts: Parts): string {
  try {
    renderEmail(parts);
    return 'rendered';
  } catch (error) {
    if (error instanceof RenderError) return error.code;
    throw error;
  }
}
