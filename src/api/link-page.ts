import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { htmlPage, PAGE_STYLE, pageHeaders } from './html-page.ts';

/** Far more than a token with the longest target that a click can lead to. */
const MAX_TOKEN = 20_000;

/** What the routes of links have in common: they are for people and mail programs, not for callers of the API. */
export const LINK_ROUTE = {
  config: { access: 'public', audience: 'link' },
  schema: { hide: true, params: Type.Object({ token: Type.String({ maxLength: MAX_TOKEN }) }) },
} as const;

/** A page for the person who follows a link of a message. */
export interface LinkPage {
  readonly status: number;
  readonly title: string;
  /** Sentences; what is in `named` stands where they say `{}`. */
  readonly text: string;
  readonly named?: string;
  /** One button, which posts a field of this name and value to where the page came from. */
  readonly button?: { readonly label: string; readonly name: string; readonly value: string };
}

const STYLE = `${PAGE_STYLE}
button { font: inherit; min-height: 2.75rem; padding-inline: 1.25rem; border: 1px solid; border-radius: 0.375rem; cursor: pointer; }
button:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
`;

/** The token in the address reaches no other site and no search engine. */
const HEADERS = { ...pageHeaders(STYLE, { formAction: "'self'" }), 'cache-control': 'no-store' };

export function sendPage(reply: FastifyReply, page: LinkPage): FastifyReply {
  return reply.code(page.status).headers(HEADERS).send(htmlOf(page));
}

function htmlOf({ title, text, named, button }: LinkPage): string {
  // A name may be of any script: isolated, it turns nothing around it.
  const paragraph = escapeHtml(text).replace('{}', () => `<bdi>${escapeHtml(named ?? '')}</bdi>`);
  return htmlPage({
    title: escapeHtml(title),
    style: STYLE,
    main: `<p>${paragraph}</p>\n${button === undefined ? '' : formOf(button)}`,
  });
}

function formOf({ label, name, value }: NonNullable<LinkPage['button']>): string {
  const input = `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`;
  return `<form method="post">${input}<button type="submit">${escapeHtml(label)}</button></form>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
