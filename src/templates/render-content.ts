import type { Channel } from '../domain/channels.ts';
import { MAX_TEXT_LENGTH } from '../domain/message-body.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import type { ContentFormat, LocaleVariant } from '../domain/template-content.ts';
import { ContentError } from './content-error.ts';
import { type EmailSource, renderEmailHtml, renderEmailWords } from './email.ts';
import { chooseVariant } from './locale.ts';
import { type RenderOptions, renderText } from './render.ts';
import { smartEncode } from './smart-encoding.ts';
import { withinTime } from './time-limit.ts';
import { renderTemplateVariables, type WhatsappTemplate } from './whatsapp-template.ts';

export { ContentError };

/** What is rendered: a sender's own words, or one version of a template. */
export interface ContentSource {
  /** On email it may be empty where there is `html`. */
  readonly content: string;
  readonly subject: string | null;
  readonly html: string | null;
  readonly mediaUrl: string | null;
  /** How `content` is written; email only. */
  readonly format?: ContentFormat;
  /** What stands around the HTML of an email; a text alone has none. */
  readonly layout?: { readonly html: string } | null;
  /** Whether typographic characters are replaced where that makes the text GSM-7; SMS only. */
  readonly smartEncoding?: boolean;
  /** The approved template that is sent in place of `content`; WhatsApp only. */
  readonly whatsapp?: WhatsappTemplate | null;
  /** The same in other languages, by BCP 47 tag; what one leaves out is as above. */
  readonly locales?: Readonly<Record<string, LocaleVariant>>;
}

/** Longest time of everything about one email in milliseconds; an ordinary one takes less than ten. */
const EMAIL_LIMIT = 1_000;

/**
 * Renders a message for one channel, in the language of the options where the source has it.
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
  const written = inLanguage(source, options);
  const nothing = {
    subject: null,
    html: null,
    mediaUrl: null,
    contentSid: null,
    contentVariables: null,
    interactive: null,
  };
  switch (channel) {
    case 'email': {
      const email = emailSource(written);
      return inTime(email, () => {
        const words = renderEmailWords(email, variables, options);
        return { ...nothing, ...words, html: renderEmailHtml(email, words, variables, options) };
      });
    }
    case 'sms': {
      return { ...nothing, text: renderMessage(channel, written, variables, options) };
    }
    case 'whatsapp': {
      const text = renderMessage(channel, written, variables, options);
      const { mediaUrl, whatsapp = null } = written;
      if (whatsapp === null) return { ...nothing, text, mediaUrl };
      const contentVariables = renderTemplateVariables(whatsapp, text, variables, options);
      return { ...nothing, text, mediaUrl, contentSid: whatsapp.contentSid, contentVariables };
    }
    default:
      return channel satisfies never;
  }
}

/**
 * Only what a person reads, without what makes an email's HTML slow to render (layout and styles).
 * @throws {RenderError} and {ContentError} as `renderContent` does
 */
export function renderWords(
  channel: Channel,
  source: ContentSource,
  variables: Readonly<Record<string, unknown>> | null,
  options: RenderOptions,
): Pick<RenderedContent, 'text' | 'subject'> {
  const written = inLanguage(source, options);
  if (channel !== 'email') return { text: renderMessage(channel, written, variables, options), subject: null };
  const email = emailSource(written);
  return inTime(email, () => {
    const { text, subject } = renderEmailWords(email, variables, options);
    return { text, subject };
  });
}

/** What is known of a person's language and zone, as render options. */
export function renderOptions({ locale, timeZone }: { locale: string | null; timeZone: string | null }): RenderOptions {
  return { ...(locale === null ? {} : { locale }), ...(timeZone === null ? {} : { timeZone }) };
}

function inLanguage(source: ContentSource, { locale }: RenderOptions): ContentSource {
  const { locales = {} } = source;
  const tag = locale === undefined ? null : chooseVariant(Object.keys(locales), locale);
  const { content, subject, html } = (tag === null ? undefined : locales[tag]) ?? {};
  return {
    ...source,
    content: content ?? source.content,
    subject: subject === undefined ? source.subject : subject,
    html: html === undefined ? source.html : html,
  };
}

function emailSource({ format = 'text', layout = null, ...source }: ContentSource): EmailSource {
  return { ...source, format, layout };
}

/** A plain text needs no watch beside that of the engine; starting one takes longer than the rendering. */
function inTime<Result>({ format, html }: EmailSource, render: () => Result): Result {
  return format === 'text' && html === null ? render() : withinTime(EMAIL_LIMIT, render);
}

function renderMessage(
  channel: Exclude<Channel, 'email'>,
  source: ContentSource,
  variables: Readonly<Record<string, unknown>> | null,
  options: RenderOptions,
): string {
  const written = variables === null ? source.content : renderText(source.content, variables, options);
  const text = channel === 'sms' && source.smartEncoding === true ? smartEncode(written) : written;
  if (text.trim() === '') throw new ContentError('content_empty', 'The content is empty once rendered.');
  if (text.length > MAX_TEXT_LENGTH) {
    const message = `The rendered text has ${text.length} characters; ${channel} takes ${MAX_TEXT_LENGTH}.`;
    throw new ContentError('content_too_long', message);
  }
  return text;
}
