import { createHash } from 'node:crypto';
import { type HttpAnswer, type HttpHandler, type HttpRequest, json } from '../http-server.ts';
import { twilioError } from './errors.ts';

export interface ContentApiOptions {
  accountSid: string;
  /** Whether a request carries the credentials of the account. */
  isAuthorized: (header: string | undefined) => boolean;
  /** How many contents are kept; the oldest go first. */
  capacity: number;
}

interface Content {
  readonly sid: string;
  readonly friendlyName: string | null;
  readonly language: string;
  readonly variables: object;
  readonly types: object;
  readonly createdAt: string;
}

const ROUTE = /^\/v1\/Content(?:\/(HX[0-9a-fA-F]{32})(\/ApprovalRequests)?)?$/;

/**
 * The part of https://www.twilio.com/docs/content/content-api-resources that sending needs. A content that was never
 * made here counts as an approved template, so that templates can name any SID.
 */
export function createContentApi({ accountSid, isAuthorized, capacity }: ContentApiOptions): HttpHandler {
  const contents = new Map<string, Content>();
  return (request) => {
    const path = request.path.replace(/^\/content\.twilio\.com(?=\/)/, '');
    if (!path.startsWith('/v1/Content')) return null;
    if (!isAuthorized(request.headers.authorization)) return twilioError(401, 20003);
    const [route, sid, approvals] = ROUTE.exec(path) ?? [];
    if (route === undefined) return twilioError(404, 20404);
    if (sid === undefined) return request.method === 'POST' ? create(request) : twilioError(405, 20004);
    return answerForOne(request, sid, approvals !== undefined);
  };

  function answerForOne(request: HttpRequest, sid: string, isForApproval: boolean): HttpAnswer {
    const content = contents.get(sid);
    if (request.method === 'DELETE') return contents.delete(sid) ? { status: 204, body: '' } : twilioError(404, 20404);
    if (request.method !== 'GET') return twilioError(405, 20004);
    if (isForApproval) return json(200, approval(request, sid, content));
    return content === undefined ? twilioError(404, 20404) : json(200, represent(request, content));
  }

  function create(request: HttpRequest): HttpAnswer {
    const { friendly_name, language, variables, types } = readJson(request.body);
    if (typeof language !== 'string' || typeof types !== 'object' || types === null) return twilioError(400, 20001);
    const hash = createHash('sha256').update(`${contents.size}:${request.body}:${Date.now()}`).digest('hex');
    const content: Content = {
      ...{ sid: `HX${hash.slice(0, 32)}`, language, types, createdAt: new Date().toISOString() },
      friendlyName: typeof friendly_name === 'string' ? friendly_name : null,
      variables: typeof variables === 'object' && variables !== null ? variables : {},
    };
    contents.set(content.sid, content);
    const oldest = contents.keys().next();
    if (contents.size > capacity && !oldest.done) contents.delete(oldest.value);
    return json(201, represent(request, content));
  }

  function represent(request: HttpRequest, content: Content): Record<string, unknown> {
    const url = urlOf(request, content.sid);
    return {
      ...{ sid: content.sid, account_sid: accountSid, friendly_name: content.friendlyName, language: content.language },
      ...{ variables: content.variables, types: content.types, url },
      ...{ date_created: content.createdAt, date_updated: content.createdAt },
      links: { approval_create: `${url}/ApprovalRequests/whatsapp`, approval_fetch: `${url}/ApprovalRequests` },
    };
  }

  function approval(request: HttpRequest, sid: string, content: Content | undefined): Record<string, unknown> {
    const whatsapp = {
      ...{ name: content?.friendlyName ?? sid.toLowerCase(), category: 'UTILITY', content_type: 'twilio/text' },
      ...{ status: content === undefined ? 'approved' : 'unsubmitted', rejection_reason: '' },
      ...{ type: 'whatsapp', allow_category_change: true },
    };
    return { sid, account_sid: accountSid, whatsapp, url: `${urlOf(request, sid)}/ApprovalRequests` };
  }
}

function urlOf({ headers }: HttpRequest, sid: string): string {
  return `http://${headers.host ?? '127.0.0.1'}/v1/Content/${sid}`;
}

/** Nothing where the body is no JSON object. */
function readJson(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
