import { Liquid, type Template, toValueSync } from 'liquidjs';
import {
  printHtml,
  printLiteral,
  printText,
  registerFilters,
  registerHtmlFilters,
  registerMarkdownFilters,
} from './engine-filters.ts';
import { memoise } from './memoise.ts';
import { BoundedOutput } from './output.ts';
import { fromParseFault, fromRenderFault, RenderError } from './render-error.ts';
import { StrictContext } from './strict-context.ts';
import { StrictParser } from './strict-parser.ts';
import { HtmlCapture, MarkdownCapture, RefusedTag, TextCapture } from './tags.ts';

/** Longest source that is parsed, in UTF-16 code units. */
export const MAX_SOURCE = 200_000;

/** Longest work of one rendering in milliseconds of this thread's time; an ordinary one takes less than five. */
const RENDER_LIMIT = 500;

/** Characters and list items that filters and ranges of one rendering may make. */
const MEMORY_LIMIT = 10_000_000;

/** Parsed sources that an engine remembers, and how long they may be together. */
const REMEMBERED = { entries: 500, characters: 2_000_000 };

export interface RenderOptions {
  /** Zone that dates are shown in, an IANA name; UTC where it is not given. */
  readonly timeZone?: string;
  /** Language that dates and numbers are written in, a BCP 47 tag; English where it is not given. */
  readonly locale?: string;
  /** Longest work in milliseconds of this thread's time, where it is to be shorter than usual. */
  readonly workLimit?: number;
}

/** Liquid with every variable mandatory, no files, and bounds on time, memory and length. */
export interface Engine {
  /** @throws what liquidjs throws for faults in the source, with their place */
  parse(source: string): Template[];
  /** @throws {RenderError} and nothing else */
  render(source: string, variables: Readonly<Record<string, unknown>>, options: RenderOptions): string;
}

export function createTextEngine(): Engine {
  const liquid = createLiquid(printText);
  liquid.registerTag('capture', TextCapture);
  return createEngine(liquid);
}

/** Escapes every printed value for HTML text and quoted attributes, except after the filter `raw`. */
export function createHtmlEngine(): Engine {
  const liquid = createLiquid(printHtml);
  registerHtmlFilters(liquid);
  liquid.registerTag('capture', HtmlCapture);
  return createEngine(liquid);
}

/** Shields every printed value (`unshield`), so that it is literal in Markdown, except after the filter `raw`. */
export function createMarkdownEngine(): Engine {
  const liquid = createLiquid(printLiteral);
  registerMarkdownFilters(liquid);
  liquid.registerTag('capture', MarkdownCapture);
  return createEngine(liquid);
}

function createLiquid(print: typeof printHtml): Liquid {
  const liquid = new Liquid({
    // liquidjs calls it as a filter and prints what it gives; its type says less.
    outputEscape: print as (value: unknown) => string,
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    parseLimit: MAX_SOURCE,
    renderLimit: RENDER_LIMIT,
    memoryLimit: MEMORY_LIMIT,
  });
  registerFilters(liquid);
  for (const name of ['include', 'render', 'layout', 'block']) liquid.registerTag(name, RefusedTag);
  return liquid;
}

function createEngine(liquid: Liquid): Engine {
  const parse = (source: string) => new StrictParser(liquid).parse(source);
  const remembered = memoise(parse, REMEMBERED);
  return { parse, render: (source, variables, options) => render(liquid, remembered, source, variables, options) };
}

function render(
  liquid: Liquid,
  parse: Engine['parse'],
  source: string,
  variables: Readonly<Record<string, unknown>>,
  { timeZone = 'UTC', locale = 'en', workLimit = RENDER_LIMIT }: RenderOptions,
): string {
  const templates = parseOrRefuse(parse, source);
  // Conditions and `default` may meet a missing variable; the engine's own option, which `assign` reads, stays strict.
  const renderLimit = Math.min(workLimit, RENDER_LIMIT);
  const options = { ...liquid.options, lenientIf: true, timezoneOffset: timeZone, locale, renderLimit };
  const context = new StrictContext(copyOf(variables), options, liquid);
  try {
    return toValueSync(liquid.renderer.renderTemplates(templates, context, new BoundedOutput())) as string;
  } catch (error) {
    throw fromRenderFault(error, context);
  }
}

/** A copy, because `increment` writes to it, and without a prototype that a name could reach. */
function copyOf(variables: Readonly<Record<string, unknown>>): object {
  try {
    return Object.assign(Object.create(null), variables);
  } catch {
    // The error of a getter is not passed on: it may quote a value.
    throw new RenderError('render_failed', 'The variables cannot be read.');
  }
}

function parseOrRefuse(parse: Engine['parse'], source: string): Template[] {
  if (source.length > MAX_SOURCE) {
    throw new RenderError('limit_exceeded', `The template is longer than ${MAX_SOURCE} characters.`);
  }
  try {
    return parse(source);
  } catch (error) {
    throw fromParseFault(error);
  }
}
