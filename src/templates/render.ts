import { createHtmlEngine, createMarkdownEngine, createTextEngine, type RenderOptions } from './engine.ts';
import { RenderError } from './render-error.ts';

export { RenderError, type RenderOptions };

/** Variables are JSON values: functions among them would be called. */
export type Variables = Readonly<Record<string, unknown>>;

/** Longest subject in characters, the line limit of RFC 5322, section 2.1.1. */
const MAX_SUBJECT = 998;

const text = createTextEngine();
const html = createHtmlEngine();
const markdown = createMarkdownEngine();

/**
 * Renders a plain text. Every variable that is printed has to be there and not null, unless the filter `default`
 * stands somewhere behind it; conditions may ask for a missing one.
 * @throws {RenderError} and nothing else
 */
export function renderText(source: string, variables: Variables, options: RenderOptions = {}): string {
  return text.render(source, variables, options);
}

/**
 * Renders HTML, in which everything printed is escaped; the filter `raw` lets markup through, `newline_to_br` escapes
 * and keeps line breaks. Safe in text and in quoted attributes, not inside `<script>` or `<style>`.
 * @throws {RenderError} and nothing else
 */
export function renderHtml(source: string, variables: Variables, options: RenderOptions = {}): string {
  return html.render(source, variables, options);
}

/**
 * Renders Markdown, in which everything printed is shielded (`shield`), so that it comes out literally; the filter `raw`
 * lets marks through.
 * @throws {RenderError} and nothing else
 */
export function renderMarkdown(source: string, variables: Variables, options: RenderOptions = {}): string {
  return markdown.render(source, variables, options);
}

/**
 * Renders a plain text on one line: line breaks and other control characters become one space, so that no variable can
 * add a mail header.
 * @param variables null where the source is to be taken literally
 * @throws {RenderError} and nothing else
 */
export function renderSubject(source: string, variables: Variables | null, options: RenderOptions = {}): string {
  const subject = (variables === null ? source : renderText(source, variables, options))
    .replace(/[\s\p{Cc}]+/gu, (gap) => (/[\p{Cc}\u2028\u2029]/u.test(gap) ? ' ' : gap))
    .trim();
  if (subject.length > MAX_SUBJECT) {
    throw new RenderError('limit_exceeded', `The subject is longer than ${MAX_SUBJECT} characters.`);
  }
  return subject;
}
