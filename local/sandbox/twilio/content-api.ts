import { type HttpAnswer, type HttpHandler, type HttpRequest, json, jsonObject, originOf } from '../http-server.ts';
import { readDefinition } from './content-check.ts';
import type { Content, ContentStore } from './contents.ts';
import { twilioError } from './errors.ts';
import { metaPage } from './meta-page.ts';

export interface ContentApiOptions {
  accountSid: string;
  contents: ContentStore;
}

const ROUTE = /^\/(v[12])\/Content(?:\/(HX[0-9a-fA-F]{32})(\/ApprovalRequests(\/whatsapp)?)?)?$/;

/** Names and categories of templates: https://www.twilio.com/docs/content/content-api-resources. */
const TEMPLATE_NAME = /^[a-z0-9_]{1,512}$/;
const CATEGORIES: readonly unknown[] = ['UTILITY', 'MARKETING', 'AUTHENTICATION'];

/** Contents and their approval by WhatsApp: https://www.twilio.com/docs/content/content-api-resources. */
export function createContentApi(options: ContentApiOptions): HttpHandler {
  return (request) => {
    const [route, version, sid, approvals, submission] = ROUTE.exec(request.path) ?? [];
    if (route === undefined) return null;
    if (sid === undefined) return answerForAll(request, version === 'v2', options);
    // The second version has the list only.
    const content = version === 'v2' ? null : options.contents.find(sid);
    if (content === null) return twilioError(404, 20404);
    if (submission !== undefined) return submit(request, content, options);
    if (approvals === undefined) return answerForOne(request, content, options);
    return request.method === 'GET' ? json(200, representApprovals(request, content, options)) : wrongMethod();
  };
}

function answerForAll(request: HttpRequest, isListOnly: boolean, options: ContentApiOptions): HttpAnswer {
  const represent = (content: Content) => representContent(request, content, options);
  if (request.method === 'GET') {
    return json(200, metaPage(request, 'contents', options.contents.newestFirst(), represent));
  }
  if (request.method !== 'POST' || isListOnly) return wrongMethod();
  const definition = readDefinition(jsonObject(request) ?? {});
  return definition === null ? twilioError(400, 20001) : json(201, represent(options.contents.create(definition)));
}

function answerForOne(request: HttpRequest, content: Content, options: ContentApiOptions): HttpAnswer {
  if (request.method === 'GET') return json(200, representContent(request, content, options));
  if (request.method !== 'DELETE') return wrongMethod();
  options.contents.remove(content.sid);
  return { status: 204, body: '' };
}

function submit(request: HttpRequest, { sid, types }: Content, { contents }: ContentApiOptions): HttpAnswer {
  if (request.method !== 'POST') return wrongMethod();
  const { name, category } = jsonObject(request) ?? {};
  const isValid = typeof name === 'string' && TEMPLATE_NAME.test(name) && CATEGORIES.includes(category);
  if (!isValid || !contents.submit(sid, name, String(category))) return twilioError(400, 20001);
  return json(201, representApproval(sid, types, contents));
}

function representContent(request: HttpRequest, content: Content, { accountSid }: ContentApiOptions) {
  const url = `${originOf(request)}/v1/Content/${content.sid}`;
  const date = content.createdAt.toISOString().replace(/\.\d+/, '');
  return {
    ...{ sid: content.sid, account_sid: accountSid, friendly_name: content.friendlyName },
    ...{ language: content.language, variables: content.variables, types: content.types },
    ...{ date_created: date, date_updated: date, url },
    links: { approval_create: `${url}/ApprovalRequests/whatsapp`, approval_fetch: `${url}/ApprovalRequests` },
  };
}

function representApprovals(
  request: HttpRequest,
  { sid, types }: Content,
  { accountSid, contents }: ContentApiOptions,
) {
  return {
    ...{ sid, account_sid: accountSid, url: `${originOf(request)}/v1/Content/${sid}/ApprovalRequests` },
    whatsapp: { type: 'whatsapp', ...representApproval(sid, types, contents) },
  };
}

function representApproval(sid: string, types: Content['types'], contents: ContentStore) {
  const { name, category, status, rejectionReason } = contents.approval(sid);
  return {
    ...{ name, category, content_type: Object.keys(types)[0] ?? '', status },
    ...{ rejection_reason: rejectionReason, allow_category_change: true },
  };
}

function wrongMethod(): HttpAnswer {
  return twilioError(405, 20004);
}
