import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';

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

const STYLE = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0 auto; padding: 3rem 1.25rem; max-width: 34rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
button { font: inherit; min-height: 2.75rem; padding-inline: 1.25rem; border: 1px solid; border-radius: 0.375rem; cursor: pointer; }
button:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Nothing loads and nothing runs; the token in the address reaches no other site and no search engine. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
};

export function sendPage(reply: FastifyReply, page: LinkPage): FastifyReply {
  return reply.code(page.status).headers(HEADERS).send(htmlOf(page));
}

function htmlOf({ title, text, named, button }: LinkPage): string {
  // A name may be of any script: isolated, it turns nothing around it.
  const paragraph = escapeHtml(text).replace('{}', () => `<bdi>${escapeHtml(named ?? '')}</bdi>`);
  return `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${paragraph}</p>
${button === undefined ? '' : formOf(button)}
</main>
</body>
</html>
`;
}

function formOf({ label, name, value }: NonNullable<LinkPage['button']>): string {
  const input = `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`;
  return `<form method="post">${input}<button type="submit">${escapeHtml(label)}</button></form>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
