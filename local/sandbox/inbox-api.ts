import { type HttpAnswer, type HttpHandler, type HttpRequest, json } from './http-server.ts';
import type { Inbox } from './inbox.ts';
import { inboxPage } from './inbox-page.ts';

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  // Mails are shown in frames that inherit this: no script, no form, nothing fetched from elsewhere.
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'",
};

/** `GET` and `DELETE /messages/` for programs, `GET /` for people. */
export function createInboxApi(inbox: Inbox): HttpHandler {
  return (request) => {
    const route = `${request.method} ${request.path.replace(/(?<=.)\/$/, '')}`;
    if (route === 'GET /') return { status: 200, headers: PAGE_HEADERS, body: inboxPage(inbox.find()) };
    if (route === 'GET /messages') return listMessages(inbox, request);
    if (route !== 'DELETE /messages') return null;
    inbox.clear();
    return { status: 204, body: '' };
  };
}

function listMessages(inbox: Inbox, { query }: HttpRequest): HttpAnswer {
  // An address holds no space; where there is one, a plus sign was not escaped in the query.
  const to = query.get('to')?.replaceAll(' ', '+') || undefined;
  return json(200, { results: inbox.find({ to, channel: query.get('channel') || undefined }) });
}
