import juice from 'juice';
import { RenderError } from './render-error.ts';

/** Longest styles of one email in UTF-16 code units; large ones have 20,000. */
const MAX_CSS = 100_000;

/** Characters of styles times elements: as much text as inlining can make at worst, where every rule fits every element. */
const MAX_INLINED = 100_000_000;

const STYLE = /<style\b[^>]*>([\s\S]*?)<\/style/gi;

/**
 * Puts the rules of `<style>` into the elements that they are for, as many mail programs read no others; media queries
 * and rules for states such as `:hover` stay where they are. Loads nothing.
 * @throws {RenderError} where the styles are too much
 * @throws {RangeError} where elements are nested too deeply
 */
export function inlineCss(html: string): string {
  if (!/<style\b/i.test(html)) return html;
  const cssLength = [...html.matchAll(STYLE)].reduce((sum, [, css = '']) => sum + css.length, 0);
  const elements = html.match(/<[a-z]/gi)?.length ?? 0;
  if (cssLength > MAX_CSS || cssLength * elements > MAX_INLINED) {
    throw new RenderError('limit_exceeded', 'The styles are too long for the number of elements.');
  }
  leaveBracesAlone();
  return juice(html, { decodeStyleAttributes: true });
}

/** juice takes `{{ … }}` and `<% … %>` for code and moves it about; after rendering they are a person's words. */
function leaveBracesAlone(): void {
  for (const name of Object.keys(juice.codeBlocks)) delete juice.codeBlocks[name];
}
