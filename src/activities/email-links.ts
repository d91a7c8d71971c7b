import { isOptedOut, type OptOut } from '../domain/opt-outs.ts';
import type { RenderedContent } from '../domain/rendered-content.ts';
import { TRACKING_CATEGORY, type TrackingMode, type UnsubscribeMode } from '../domain/sending-rules.ts';
import type { LinkSigner } from '../links/link-signer.ts';
import { escapeHtml } from '../templates/escape-html.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { type AnchorHref, type HtmlEdit, placesForLinks } from './html-places.ts';

export interface LinkedEmail {
  readonly content: RenderedContent;
  /** Null where the rules want none. */
  readonly unsubscribeUrl: string | null;
}

/** What every server has to take of a URL at least, in octets (RFC 9110, section 4.1). */
const MAX_LINK_LENGTH = 8_000;

/**
 * Puts the links of ours into an email: one to unsubscribe where the rules want it, and into its HTML those that track,
 * where the message or else the rules want them and the person has not opted out of the category `tracking`. Targets of
 * clicks are the URLs as written; the plain text stays as it is.
 */
export function addEmailLinks(
  { rules, links }: Pick<ActivityDependencies, 'rules' | 'links'>,
  email: {
    readonly attemptId: string;
    readonly content: RenderedContent;
    readonly category: string;
    readonly optOuts: readonly OptOut[];
    /** Null where the configuration decides. */
    readonly tracking: TrackingMode | null;
  },
): LinkedEmail {
  const { attemptId, content } = email;
  const offersUnsubscribe = wantsUnsubscribe(rules.email.listUnsubscribe, email.category);
  const unsubscribeUrl = offersUnsubscribe ? links.link('unsubscribe', { attemptId }) : null;
  const isRefused = isOptedOut(email.optOuts, 'email', TRACKING_CATEGORY);
  const mode = isRefused ? 'off' : (email.tracking ?? rules.email.tracking);
  if (content.html === null || mode === 'off') return { content, unsubscribeUrl };
  return { content: { ...content, html: track(links, attemptId, content.html, mode) }, unsubscribeUrl };
}

function wantsUnsubscribe(mode: UnsubscribeMode, category: string): boolean {
  switch (mode) {
    case 'all':
      return true;
    case 'not_transactional':
      return category !== 'transactional';
    case 'off':
      return false;
    default:
      return mode satisfies never;
  }
}

function track(links: LinkSigner, attemptId: string, html: string, mode: TrackingMode): string {
  const { hrefs, bodyEnd } = placesForLinks(html);
  const edits: HtmlEdit[] = [];
  if (mode !== 'opens') edits.push(...hrefs.flatMap((href) => clickEdit(links, attemptId, href)));
  if (mode !== 'clicks') edits.push({ start: bodyEnd, end: bodyEnd, text: pixel(links, attemptId) });
  // From the end, so that the places of earlier ones stay true.
  edits.sort((one, other) => other.start - one.start);
  return edits.reduce((text, { start, end, text: put }) => text.slice(0, start) + put + text.slice(end), html);
}

function clickEdit(links: LinkSigner, attemptId: string, { start, end, value, isUntracked }: AnchorHref): HtmlEdit[] {
  const url = isUntracked ? null : webUrl(value);
  if (url === null || links.isOwn(url)) return [];
  const link = links.link('click', { attemptId, url });
  return link.length > MAX_LINK_LENGTH ? [] : [{ start, end, text: `href="${escapeHtml(link)}"` }];
}

/** The URL as written where it is an http(s) one that can stand in a header as it is, else as browsers read it. */
function webUrl(href: string): string | null {
  const url = URL.parse(href);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return null;
  return /^https?:\/\/[\x21-\x7e]+$/i.test(href) ? href : url.href;
}

function pixel(links: LinkSigner, attemptId: string): string {
  const source = escapeHtml(links.link('open', { attemptId }));
  return `<img src="${source}" width="1" height="1" alt="" style="display:block;border:0;width:1px;height:1px">`;
}
