import { type HttpAnswer, type HttpHandler, type HttpRequest, json } from './http-server.ts';
import type { Inbox, InboxFilter } from './inbox.ts';
import { inboxPage } from './inbox-page.ts';

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  // Mails are shown in frames that inherit this, sealed besides: no script, no form, nothing fetched from elsewhere.
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'",
};

/** `GET` and `DELETE /messages/` for programs, also by address and text, and `GET /` for people. */
export function createInboxApi(inbox: Inbox): HttpHandler {
  return (request) => {
    const path = request.path.replace(/(?<=.)\/$/, '');
    const [, id] = /^\/messages\/([\w-]{1,64})\/raw$/.exec(path) ?? [];
    if (id !== undefined && request.method === 'GET') return rawMail(inbox, id);
    switch (`${request.method} ${path}`) {
      case 'GET /':
        return { status: 200, headers: PAGE_HEADERS, body: inboxPage(inbox.find()) };
      case 'GET /messages':
        return listMessages(inbox, request);
      case 'GET /messages/tallies':
        return json(200, { results: inbox.tallies(filterOf(request)) });
      case 'DELETE /messages':
        inbox.clear();
        return { status: 204, body: '' };
      default:
        return null;
    }
  };
}

function listMessages(inbox: Inbox, request: HttpRequest): HttpAnswer {
  const results = inbox.find(filterOf(request));
  return json(200, { count: results.length, results });
}

function filterOf({ query }: HttpRequest): InboxFilter {
  return {
    // An address holds no space; where there is one, a plus sign was not escaped in the query.
    to: query.get('to')?.replaceAll(' ', '+') || undefined,
    channel: query.get('channel') || undefined,
    text: query.get('text') ?? undefined,
  };
}

function rawMail(inbox: Inbox, id: string): HttpAnswer {
  const raw = inbox.raw(id);
  if (raw === null) return json(404, { message: 'There is no such mail, or no longer.' });
  return { status: 200, headers: { 'content-type': 'message/rfc822' }, body: raw };
}
