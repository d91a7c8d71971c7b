import type { RenderOptions } from './engine.ts';
import { Markup } from './output.ts';
import { renderHtml, type Variables } from './render.ts';
import { RenderError } from './render-error.ts';

export interface Email {
  /** The body, which is HTML already. */
  readonly html: string;
  readonly subject: string | null;
}

/**
 * Puts a body into a layout: Liquid that prints `content` once, and may use `subject` and the message's variables.
 * @throws {RenderError} also where the layout does not print the body
 */
export function renderLayout(layout: string, { html, subject }: Email, variables: Variables, options: RenderOptions) {
  const whole = renderHtml(layout, { ...variables, subject: subject ?? '', content: new Markup(html) }, options);
  if (!whole.includes(html)) throw new RenderError('render_failed', 'The layout does not print the content.');
  return whole;
}
