import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { htmlPage, PAGE_STYLE, pageHeaders } from './html-page.ts';

/** Where somebody who has only the address of the service can go on. All of it is public. */
const PLACES = [
  { name: 'documentation', path: '/api/docs/', text: 'Reference of the API, to read and to try' },
  { name: 'openapi', path: '/api/openapi.json', text: 'The same as an OpenAPI 3.1 document, for programs' },
  { name: 'live', path: '/api/health/live/', text: 'Whether this process runs' },
  { name: 'ready', path: '/api/health/ready/', text: 'Whether it can take messages' },
  { name: 'messages', path: '/api/messages/', text: 'Messages; like everything else, they need an API key' },
] as const;

const STYLE = `${PAGE_STYLE}
dd { margin: 0 0 0.75rem; }
a:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
`;

const HEADERS = pageHeaders(STYLE, { formAction: "'none'" });

const PAGE = htmlPage({
  title: 'Keryu Messaging',
  style: STYLE,
  main: `<p>This service sees messages through to people over WhatsApp, email or SMS.</p>
<dl>
${PLACES.map(({ path, text }) => `<dt><a href="${path}">${path}</a></dt><dd>${text}</dd>`).join('\n')}
</dl>`,
});

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
