import type { ContentFormat } from '../domain/template-content.ts';
import { ContentError } from './content-error.ts';
import type { RenderOptions } from './engine.ts';
import { htmlToText } from './html-text.ts';
import { inlineCss } from './inline-css.ts';
import { renderLayout } from './layout.ts';
import { markdownToHtml } from './markdown.ts';
import { renderHtml, renderMarkdown, renderSubject, renderText, type Variables } from './render.ts';

export interface EmailSource {
  readonly content: string;
  readonly subject: string | null;
  readonly html: string | null;
  readonly format: ContentFormat;
  readonly layout: { readonly html: string } | null;
}

export interface EmailWords {
  readonly subject: string | null;
  readonly text: string;
  /** The body without layout; null where the email is text alone. */
  readonly html: string | null;
}

/**
 * What an email says. The plain text is `content`; where that is Markdown it is made readable, and where it is empty the
 * text is taken from `html`. The HTML is `html`, or else the Markdown.
 * @param variables null where all is to be taken literally
 * @throws {RenderError} where the source or its variables are faulty
 * @throws {ContentError} where nothing is left to read
 */
export function renderEmailWords(source: EmailSource, variables: Variables | null, options: RenderOptions): EmailWords {
  const { content, format } = source;
  const subject = source.subject === null ? null : renderSubject(source.subject, variables, options);
  const own = source.html === null || variables === null ? source.html : renderHtml(source.html, variables, options);
  if (format === 'text' || content.trim() === '') {
    const text = variables === null ? content : renderText(content, variables, options);
    return {
      subject,
      text: text.trim() === '' && own !== null ? readable(htmlToText(own)) : readable(text),
      html: own,
    };
  }
  const html = markdownToHtml(variables === null ? content : renderMarkdown(content, variables, options));
  return { subject, text: readable(htmlToText(html, 'data')), html: own ?? html };
}

/**
 * The HTML of an email as it is sent: in its layout, with its styles inlined.
 * @throws {RenderError} where the layout or its variables are faulty, or the styles too much
 */
export function renderEmailHtml(
  source: EmailSource,
  { subject, html }: EmailWords,
  variables: Variables | null,
  options: RenderOptions,
): string | null {
  if (html === null) return null;
  const { layout } = source;
  return inlineCss(layout === null ? html : renderLayout(layout.html, { html, subject }, variables ?? {}, options));
}

function readable(text: string): string {
  if (text.trim() === '') throw new ContentError('content_empty', 'The content is empty once rendered.');
  return text;
}
