import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { databaseOutage } from '../service/database-outage.ts';
import { type Fault, ServiceError, type ServiceErrorKind } from '../service/service-error.ts';
import { type Problem, TITLES } from './problem-schema.ts';
import { schemaFaults } from './schema-faults.ts';

/** A refusal by this face itself, such as a missing key. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const STATUS: Record<ServiceErrorKind, number> = {
  invalid: 400,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  stale: 412,
  unprocessable: 422,
  unavailable: 503,
};

/** Maps any error to a problem, in this one place. What nobody expected becomes a 500 without its message. */
export function answerError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(databaseOutage(error) ?? error);
  if (problem.status >= 500) {
    const reason = error instanceof ServiceError ? error.code : `${error.name}: ${stackOf(error)}`;
    request.log.error({ reason, route: request.routeOptions.url }, 'request failed');
  }
  if (problem.status === 503) reply.header('retry-after', '5');
  return sendProblem(reply, problem);
}

export function answerNotFound(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(reply, problem(404, 'not_found', 'There is nothing at this path.'));
}

/** What a sender is told of a body that is not as described. */
export const INVALID_REQUEST = 'The request is not as described in the API reference; see errors.';

export function problemOf(error: FastifyError | Error): Problem {
  if (error instanceof ServiceError) return problem(STATUS[error.kind], error.code, error.message, error.faults);
  if (error instanceof ApiError) return problem(error.status, error.code, error.message);
  if ('validation' in error && error.validation !== undefined) {
    const faults = schemaFaults(error.validation);
    return problem(400, 'invalid_request', INVALID_REQUEST, faults);
  }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status >= 500)
    return problem(500, 'internal_error', 'Something went wrong on our side; the request can be repeated.');
  return problem(status, codeOf(error, status), sentenceOf(status, error.message));
}

function problem(status: number, code: string, detail: string, faults: readonly Fault[] = []): Problem {
  const base = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, code };
  return faults.length === 0 ? base : { ...base, errors: [...faults] };
}

function sendProblem(reply: FastifyReply, body: Problem): FastifyReply {
  return reply.code(body.status).type('application/problem+json').send(JSON.stringify(body));
}

function codeOf(error: Error, status: number): string {
  if (error instanceof SyntaxError || ('code' in error && error.code === 'FST_ERR_CTP_INVALID_JSON_BODY'))
    return 'invalid_json';
  return (TITLES[status] ?? 'error').toLowerCase().replaceAll(' ', '_');
}

function sentenceOf(status: number, message: string): string {
  if (status === 413) return 'The body is larger than this service takes.';
  if (status === 415) return 'Send the body as application/json.';
  return message.endsWith('.') ? message : `${message}.`;
}

/** Where an unexpected error comes from, without its message, which may quote the request. */
function stackOf(error: Error): string {
  return (error.stack ?? '').split('\n').slice(1, 6).join(' ').replace(/\s+/g, ' ');
}
