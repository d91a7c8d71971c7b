import { filters, type Liquid, toValue } from 'liquidjs';
import { date, dateToXmlSchema } from './date-filter.ts';
import { shield } from './literal.ts';
import { money, number, percent } from './number-filters.ts';
import { CapturedMarkdown, checkPrinted, Markup, textOf } from './output.ts';
import { plural } from './plural-filter.ts';
import { RenderError } from './render-error.ts';
import { RANGE_BOUND } from './strict-parser.ts';

type FilterOptions = Parameters<Liquid['registerFilter']>[1];
type Handler = Extract<FilterOptions, (...args: never) => unknown>;
type FilterCall = ThisParameterType<Handler>;

const REFUSED = [
  // Expressions inside strings: what they read cannot be found by looking at the source.
  ...['where_exp', 'reject_exp', 'group_by_exp', 'has_exp', 'find_exp', 'find_index_exp'],
  // Put a list inside a list uncounted: forty rounds of it make a value that takes hours to print.
  ...['push', 'unshift', 'group_by'],
  // Another text at each attempt of the same message.
  'sample',
  // Names and order of English; `date` says the same in any language.
  ...['date_to_string', 'date_to_long_string', 'date_to_rfc822'],
];

/** What writes dates and numbers as people of a language do. */
const LANGUAGE_FILTERS: Readonly<Record<string, Handler>> = { date, number, money, percent, plural };

/** Sets the filters of an engine that prints plain text. */
export function registerFilters(engine: Liquid): void {
  for (const name of REFUSED) engine.unregisterFilter(name);
  const formats = Object.entries(LANGUAGE_FILTERS).map(([name, filter]) => [name, plainSpaces(filter)] as const);
  const own = { ...Object.fromEntries(formats), date_to_xmlschema: dateToXmlSchema, [RANGE_BOUND]: rangeBound };
  for (const [name, filter] of Object.entries({ ...engine.filters, ...own })) {
    if (name !== 'default') engine.registerFilter(name, { handler: passNullOn(handlerOf(filter)), raw: false });
  }
  engine.registerFilter('raw', { handler: checkPrinted, raw: true });
}

/** Changes the filters of an engine that prints HTML: what they escape is not escaped a second time. */
export function registerHtmlFilters(engine: Liquid): void {
  for (const name of ['escape', 'xml_escape', 'escape_once']) {
    engine.registerFilter(name, { handler: passNullOn(handlerOf(filters[name])), raw: true });
  }
  engine.registerFilter('newline_to_br', { handler: passNullOn(escapeWithBreaks), raw: true });
  keepNoBreakSpaces(engine);
}

/** Changes the filters of an engine that prints Markdown, where everything printed is literal without being escaped. */
export function registerMarkdownFilters(engine: Liquid): void {
  for (const name of ['escape', 'xml_escape', 'escape_once', 'newline_to_br']) {
    engine.registerFilter(name, (value) => value);
  }
  engine.registerFilter('raw', { handler: printMarkdown, raw: true });
  keepNoBreakSpaces(engine);
}

/** What happens to every printed value of a text template. */
export function printText(value: unknown): unknown {
  return checkPrinted(value);
}

/** What happens to every printed value of an HTML template. */
export function printHtml(this: FilterCall, value: unknown): unknown {
  return checkPrinted(value) instanceof Markup ? value : handlerOf(filters.escape).call(this, value);
}

/** What happens to every printed value of a Markdown template. */
export function printLiteral(value: unknown): unknown {
  const printed = checkPrinted(value);
  return printed instanceof CapturedMarkdown ? printed.markdown : shield(textOf(printed));
}

function printMarkdown(value: unknown): unknown {
  const printed = checkPrinted(value);
  return printed instanceof CapturedMarkdown ? printed.markdown : printed;
}

/** A no-break space, as many languages write between a number and its unit, would double the price of an SMS. */
function plainSpaces(filter: Handler): Handler {
  return function (this: FilterCall, value: unknown, ...args: unknown[]): unknown {
    const written: unknown = filter.call(this, value, ...args);
    return typeof written === 'string' && written !== value ? written.replace(/[\u00A0\u202F]/g, ' ') : written;
  };
}

function keepNoBreakSpaces(engine: Liquid): void {
  for (const [name, filter] of Object.entries(LANGUAGE_FILTERS)) engine.registerFilter(name, passNullOn(filter));
}

/** Nothing comes of nothing: without this, `upcase` makes an empty text of null, and `plus` makes a number of it. */
function passNullOn(handler: Handler): Handler {
  return function (this: FilterCall, value: unknown, ...args: unknown[]): unknown {
    return value === null || value === undefined ? null : handler.call(this, value, ...args);
  };
}

function escapeWithBreaks(this: FilterCall, value: unknown): unknown {
  return handlerOf(filters.newline_to_br).call(this, handlerOf(filters.escape_once).call(this, value));
}

/** Counting beyond 2^53 never gets to the next number. */
function rangeBound(value: unknown): unknown {
  const bound = Number(toValue(value));
  if (Math.abs(bound) > Number.MAX_SAFE_INTEGER) {
    throw new RenderError('limit_exceeded', 'A range begins or ends with too large a number.');
  }
  return value;
}

function handlerOf(filter: FilterOptions | undefined): Handler {
  if (filter === undefined) throw new TypeError('liquidjs lacks a filter that it used to have');
  return typeof filter === 'function' ? filter : filter.handler;
}
