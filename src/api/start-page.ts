import { createHash } from 'node:crypto';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';

/** Where somebody who has only the address of the service can go on. All of it is public. */
const PLACES = [
  { name: 'documentation', path: '/api/docs/', text: 'Reference of the API, to read and to try' },
  { name: 'openapi', path: '/api/openapi.json', text: 'The same as an OpenAPI 3.1 document, for programs' },
  { name: 'live', path: '/api/health/live/', text: 'Whether this process runs' },
  { name: 'ready', path: '/api/health/ready/', text: 'Whether it can take messages' },
  { name: 'messages', path: '/api/messages/', text: 'Messages; like everything else, they need an API key' },
] as const;

const STYLE = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0 auto; padding: 3rem 1.25rem; max-width: 34rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
dd { margin: 0 0 0.75rem; }
a:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
};

const PAGE = `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Keryu Messaging</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Keryu Messaging</h1>
<p>This service sees messages through to people over WhatsApp, email or SMS.</p>
<dl>
${PLACES.map(({ path, text }) => `<dt><a href="${path}">${path}</a></dt><dd>${text}</dd>`).join('\n')}
</dl>
</main>
</body>
</html>
`;

const DOCUMENT = {
  name: 'Keryu Messaging',
  ...Object.fromEntries(PLACES.map(({ name, path }) => [name, path])),
};

/** `/` and `/api/`: a page for people, JSON for programs. */
export function startPage(): FastifyPluginAsync {
  return async (app) => {
    for (const path of ['/', '/api/']) {
      app.get(path, { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
        reply.header('vary', 'accept');
        return wantsPage(request) ? reply.headers(HEADERS).send(PAGE) : DOCUMENT;
      });
    }
  };
}

/** Browsers name HTML; programs name JSON, anything, or nothing. */
function wantsPage({ headers }: FastifyRequest): boolean {
  return /\btext\/html\b/i.test(headers.accept ?? '');
}
