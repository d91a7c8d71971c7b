import type { Channel } from '../domain/channels.ts';
import { MAX_TEXT_LENGTH } from '../domain/message-body.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import type { ContentFormat, LocaleVariant } from '../domain/template-content.ts';
import { ACKNOWLEDGE_URL, hasLinkInHtml, withLinkInHtml, withLinkInText } from './acknowledge-link.ts';
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

export interface ContentOptions extends RenderOptions {
  /**
   * Where a person confirms the message: the variable `acknowledge_url`. Where an email or a text does not print it, it
   * gets a line of its own.
   */
  readonly acknowledgeUrl?: string;
}

/** Longest time of everything about one email in milliseconds; an ordinary one takes less than ten. */
const EMAIL_LIMIT = 1_000;

/**
 * Renders a message for one channel, in the language of the options where the source has it.
 * @param given the variables; null where the source is to be taken literally
 * @throws {RenderError} where the source or its variables are faulty
 * @throws {ContentError} where the result cannot be sent on the channel
 */
export function renderContent(
  channel: Channel,
  source: ContentSource,
  given: Readonly<Record<string, unknown>> | null,
  options: ContentOptions,
): RenderedContent {
  const written = inLanguage(source, options);
  const variables = withAcknowledgeUrl(given, options);
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
      const render = () => ({ ...nothing, ...renderEmail(email, variables, options) });
      return inTime(isHtml(email) || isSlow(written, variables, options), options, render);
    }
    case 'sms': {
      const render = () => ({ ...nothing, text: renderMessage(channel, written, variables, options) });
      return inTime(isSlow(written, variables, options), options, render);
    }
    case 'whatsapp': {
      const render = () => ({ ...nothing, ...renderWhatsapp(written, variables, options) });
      return inTime(isSlow(written, variables, options), options, render);
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
  given: Readonly<Record<string, unknown>> | null,
  options: ContentOptions,
): Pick<RenderedContent, 'text' | 'subject'> {
  const written = inLanguage(source, options);
  const variables = withAcknowledgeUrl(given, options);
  if (channel !== 'email') return { text: renderMessage(channel, written, variables, options), subject: null };
  const email = emailSource(written);
  const render = () => {
    const { text, subject } = renderEmailWords(email, variables, options);
    return { text: linkedText(text, options), subject };
  };
  return inTime(isHtml(email) || isSlow(written, variables, options), options, render);
}

/**
 * What is known of a person's language and zone, as render options.
 * @param acknowledgeUrl where the message is confirmed; null where it asks for no confirmation
 */
export function renderOptions(
  { locale, timeZone }: { locale: string | null; timeZone: string | null },
  acknowledgeUrl: string | null = null,
): ContentOptions {
  return {
    ...(locale === null ? {} : { locale }),
    ...(timeZone === null ? {} : { timeZone }),
    ...(acknowledgeUrl === null ? {} : { acknowledgeUrl }),
  };
}

function withAcknowledgeUrl(
  variables: Readonly<Record<string, unknown>> | null,
  { acknowledgeUrl }: ContentOptions,
): Readonly<Record<string, unknown>> | null {
  if (variables === null || acknowledgeUrl === undefined) return variables;
  return { ...variables, [ACKNOWLEDGE_URL]: acknowledgeUrl };
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

function renderEmail(
  email: EmailSource,
  variables: Readonly<Record<string, unknown>> | null,
  options: ContentOptions,
): Pick<RenderedContent, 'text' | 'subject' | 'html'> {
  const words = renderEmailWords(email, variables, options);
  const html = renderEmailHtml(email, words, variables, options);
  const shown = { subject: words.subject, text: linkedText(words.text, options), html };
  const { acknowledgeUrl: url } = options;
  if (url === undefined || words.html === null || html === null || hasLinkInHtml(html, url)) return shown;
  // Within the layout, which may end with what belongs below everything.
  const linked = { ...words, html: withLinkInHtml(words.html, url) };
  return { ...shown, html: renderEmailHtml(email, linked, variables, options) };
}

function linkedText(text: string, { acknowledgeUrl }: ContentOptions): string {
  return acknowledgeUrl === undefined ? text : withLinkInText(text, acknowledgeUrl);
}

function isHtml({ format, html }: EmailSource): boolean {
  return format !== 'text' || html !== null;
}

/** A plain text needs no watch beside that of the engine; starting one takes longer than the rendering. */
function inTime<Result>(isWatched: boolean, { workLimit = EMAIL_LIMIT }: RenderOptions, render: () => Result): Result {
  return isWatched ? withinTime(Math.max(1, Math.ceil(workLimit)), render) : render();
}

/** The engine looks at its work between two outputs only. Where somebody waits, a filter that does not end is stopped too. */
function isSlow(
  source: ContentSource,
  variables: Readonly<Record<string, unknown>> | null,
  { workLimit }: RenderOptions,
): boolean {
  return variables !== null && workLimit !== undefined && !isQuick(source);
}

/** Longest source in characters that is not watched. */
const QUICK_SOURCE = 1_000;

/** Whether a source only prints a few variables as they are. */
function isQuick({ content, subject, html, whatsapp }: ContentSource): boolean {
  const sources = [content, subject ?? '', html ?? '', ...Object.values(whatsapp?.variables ?? {})];
  return sources.every((source) => source.length <= QUICK_SOURCE && !/\||\{%/.test(source));
}

function renderWhatsapp(
  source: ContentSource,
  variables: Readonly<Record<string, unknown>> | null,
  options: ContentOptions,
) {
  const text = renderMessage('whatsapp', source, variables, options);
  const { mediaUrl, whatsapp = null } = source;
  if (whatsapp === null) return { text, mediaUrl };
  const contentVariables = renderTemplateVariables(whatsapp, text, variables, options);
  return { text, mediaUrl, contentSid: whatsapp.contentSid, contentVariables };
}

function renderMessage(
  channel: Exclude<Channel, 'email'>,
  source: ContentSource,
  variables: Readonly<Record<string, unknown>> | null,
  options: ContentOptions,
): string {
  const written = variables === null ? source.content : renderText(source.content, variables, options);
  const encoded = channel === 'sms' && source.smartEncoding === true ? smartEncode(written) : written;
  if (encoded.trim() === '') throw new ContentError('content_empty', 'The content is empty once rendered.');
  // On WhatsApp the link is a button, or in the text where there is no room for one.
  const text = channel === 'sms' ? linkedText(encoded, options) : encoded;
  if (text.length > MAX_TEXT_LENGTH) {
    const message = `The rendered text has ${text.length} characters; ${channel} takes ${MAX_TEXT_LENGTH}.`;
    throw new ContentError('content_too_long', message);
  }
  return text;
}
