import type { Channel } from '../domain/channels.ts';
import { MAX_TEXT_LENGTH } from '../domain/message-body.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import { type RenderOptions, renderHtml, renderSubject, renderText } from './render.ts';

/** What is rendered: a sender's own words, or one version of a template. */
export interface ContentSource {
  readonly content: string;
  readonly subject: string | null;
  readonly html: string | null;
  readonly mediaUrl: string | null;
}

/** The rendered text does not fit the channel, or nothing is left of it. */
export class ContentError extends Error {
  override readonly name = 'ContentError';
  readonly code: 'content_too_long' | 'content_empty';

  constructor(code: ContentError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Renders a message for one channel.
 * @param variables null where the source is to be taken literally
 * @throws {RenderError} where the source or its variables are faulty
 * @throws {ContentError} where the result cannot be sent on the channel
 */
export function renderContent(
  channel: Channel,
  source: ContentSource,
  variables: Readonly<Record<string, unknown>> | null,
  options: RenderOptions,
): RenderedContent {
  const text = variables === null ? source.content : renderText(source.content, variables, options);
  if (text.trim() === '') throw new ContentError('content_empty', 'The content is empty once rendered.');
  if (channel !== 'email') {
    if (text.length > MAX_TEXT_LENGTH) {
      const message = `The rendered text has ${text.length} characters; ${channel} takes ${MAX_TEXT_LENGTH}.`;
      throw new ContentError('content_too_long', message);
    }
    return { text, subject: null, html: null, mediaUrl: channel === 'whatsapp' ? source.mediaUrl : null };
  }
  const { subject, html } = source;
  return {
    text,
    subject: subject === null || variables === null ? subject : renderSubject(subject, variables, options),
    html: html === null || variables === null ? html : renderHtml(html, variables, options),
    mediaUrl: null,
  };
}

/** What is known of a person's language and zone, as render options. */
export function renderOptions({ locale, timeZone }: { locale: string | null; timeZone: string | null }): RenderOptions {
  return { ...(locale === null ? {} : { locale }), ...(timeZone === null ? {} : { timeZone }) };
}
