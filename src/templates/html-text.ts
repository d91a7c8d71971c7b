import { convert, type FormatCallback, type HtmlToTextOptions, type SelectorDefinition } from 'html-to-text';

/** How deep elements are looked into; deeper ones are left out. Layouts made of tables reach about 30. */
const MAX_DEPTH = 200;

/** An image is what its `alt` says. */
const alt: FormatCallback = ({ attribs }, _walk, builder) => {
  if (attribs['alt']) builder.addInline(attribs['alt']);
};

/** Cells of a row stand on one line, a space apart. */
const cell: FormatCallback = ({ children }, walk, builder) => {
  walk(children, builder);
  builder.addInline(' ');
};

const LINE = { leadingLineBreaks: 1, trailingLineBreaks: 1 };
const HEADING = { options: { uppercase: false } };
const SELECTORS: SelectorDefinition[] = [
  // Angle brackets keep punctuation away from an address (RFC 3986, appendix C).
  { selector: 'a', options: { hideLinkHrefIfSameAsText: true, ignoreHref: false, linkBrackets: ['<', '>'] } },
  { selector: 'img', format: 'alt' },
  { selector: 'title', format: 'skip' },
  { selector: 'tr', format: 'block', options: LINE },
  ...['td', 'th'].map((selector) => ({ selector, format: 'cell' })),
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, ...HEADING })),
];

const OPTIONS: HtmlToTextOptions = {
  formatters: { alt, cell },
  selectors: SELECTORS,
  wordwrap: false,
  // The library cuts longer input without a word; what is rendered is bounded already.
  limits: { maxDepth: MAX_DEPTH, maxInputLength: Number.MAX_SAFE_INTEGER },
};

const WITH_TABLES: HtmlToTextOptions = {
  ...OPTIONS,
  selectors: [...SELECTORS, { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false } }],
};

/**
 * What an HTML document says, as plain text: links with their addresses, images by their alternative text.
 * @param tables `data` where tables hold data and not a layout
 * @throws {RangeError} where the stack runs out
 */
export function htmlToText(html: string, tables: 'data' | 'layout' = 'layout'): string {
  return convert(html, tables === 'data' ? WITH_TABLES : OPTIONS).trim();
}
