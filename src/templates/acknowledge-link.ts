import { MAX_INTERACTIVE_TEXT, MAX_QUICK_REPLIES, type QuickReply } from '../domain/interactive.ts';
import { MAX_TEXT_LENGTH } from '../domain/message-body.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import { ContentError } from './content-error.ts';
import { escapeHtml } from './escape-html.ts';

/** The variable that holds the link by which a person confirms a message, where the message asks for that. */
export const ACKNOWLEDGE_URL = 'acknowledge_url';

/** What stands before the link, and on the button; authors of other languages print the variable themselves. */
const LABEL = 'Confirm';

/** A text that holds the link: as it is, or with a line for it, which reads from left to right whatever is above. */
export function withLinkInText(text: string, url: string): string {
  return text.includes(url) ? text : `${text.trimEnd()}\n${LABEL}: ${url}`;
}

/** Whether HTML holds the link. */
export function hasLinkInHtml(html: string, url: string): boolean {
  return html.includes(escapeHtml(url));
}

/** HTML with a paragraph for the link at its end, which reads from left to right whatever is above. */
export function withLinkInHtml(html: string, url: string): string {
  const href = escapeHtml(url);
  const paragraph = `<p dir="ltr">${LABEL}: <a href="${href}">${href}</a></p>`;
  const end = endOfBody(html);
  return html.slice(0, end) + paragraph + html.slice(end);
}

/**
 * A WhatsApp message by which a person can confirm: with a button, whose id is the token of the link, beside those of
 * the sender; where there is no room for one, with the link in its text. A template that WhatsApp has approved is what
 * it is.
 * @throws {ContentError} where the text becomes longer than it may be
 */
export function withAcknowledgeButton(content: RenderedContent, url: string): RenderedContent {
  if (content.contentSid !== null) return content;
  const actions = actionsWithButton(content, { id: tokenOf(url), title: LABEL, isPersonal: true });
  if (actions !== null) return { ...content, interactive: { type: 'quick_reply', actions } };
  const text = withLinkInText(content.text, url);
  const limit = content.interactive === null ? MAX_TEXT_LENGTH : MAX_INTERACTIVE_TEXT;
  if (text.length <= limit) return { ...content, text };
  const message = `The text has ${text.length} characters with its link to confirm; WhatsApp takes ${limit}.`;
  throw new ContentError('content_too_long', message);
}

/** Null where there is no room for the button. */
function actionsWithButton({ interactive, text, mediaUrl }: RenderedContent, button: QuickReply): QuickReply[] | null {
  if (mediaUrl !== null || text.length > MAX_INTERACTIVE_TEXT) return null;
  if (interactive === null) return [button];
  if (interactive.type !== 'quick_reply' || interactive.actions.length >= MAX_QUICK_REPLIES) return null;
  const isTaken = interactive.actions.some(({ title }) => title === button.title);
  return isTaken ? null : [...interactive.actions, button];
}

/** Where the words of a document or a part of one end. */
function endOfBody(html: string): number {
  let end = html.trimEnd().length;
  for (const closing of ['</html>', '</body>']) {
    const start = end - closing.length;
    if (html.slice(Math.max(0, start), end).toLowerCase() === closing) end = html.slice(0, start).trimEnd().length;
  }
  return end;
}

function tokenOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
