import type { RenderedContent } from '../../src/domain/rendered-content.ts';
import type { RenderOptions } from '../../src/templates/render.ts';
import { type ContentSource, renderContent } from '../../src/templates/render-content.ts';

export type Parts = Partial<ContentSource>;

/** A source with nothing but the given parts. */
export function contentSource(parts: Parts): ContentSource {
  return { content: '', subject: null, html: null, mediaUrl: null, ...parts };
}

/** An email of the given parts. */
export function renderEmail(
  parts: Parts,
  variables: Record<string, unknown> | null = {},
  options: RenderOptions = {},
): RenderedContent {
  return renderContent('email', contentSource(parts), variables, options);
}

/** The HTML of an email that is written in Markdown. */
export function htmlOf(content: string, variables: Record<string, unknown> | null = {}): string | null {
  return renderEmail({ content, format: 'markdown' }, variables).html;
}
