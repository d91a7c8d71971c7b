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

/** What a sender is told of a body that is not as described. */
export const INVALID_REQUEST = 'The request is not as described in the API reference; see errors.';

/** @param most faults that are named */
export function problemOf(error: FastifyError | Error, most = MAX_FAULTS): Problem {
  if (error instanceof ServiceError) {
    return withFaults(problem(STATUS[error.kind], error.code, error.message), error.faults, most);
  }
  if (error instanceof ApiError) return problem(error.status, error.code, error.message);
  if ('validation' in error && error.validation !== undefined) {
    return withFaults(problem(400, 'invalid_request', INVALID_REQUEST), schemaFaults(error.validation), most);
  }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status >= 500)
    return problem(500, 'internal_error', 'Something went wrong on our side; the request can be repeated.');
  return problem(status, codeOf(error, status), sentenceOf(status, error.message));
}

export function problem(status: number, code: string, detail: string): Problem {
  return { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, code };
}

/** Faults that one answer names at most. */
export const MAX_FAULTS = 100;
/** Bytes of all faults together, so that an answer stays small whatever names a body has. */
const MAX_FAULT_BYTES = 48_000;
/** Characters of one pointer and of one sentence, both of which may quote the request. */
const MAX_POINTER = 200;
const MAX_SENTENCE = 500;

function withFaults(base: Problem, faults: readonly Fault[], most: number): Problem {
  if (faults.length === 0) return base;
  const errors: Fault[] = [];
  let bytes = 0;
  for (const { pointer, code, message } of faults.slice(0, most)) {
    const fault = { pointer: shortened(pointer, MAX_POINTER), code, message: shortened(message, MAX_SENTENCE) };
    bytes += Buffer.byteLength(JSON.stringify(fault));
    if (bytes > MAX_FAULT_BYTES && errors.length > 0) break;
    errors.push(fault);
  }
  const isAll = errors.length === faults.length;
  const detail = isAll ? base.detail : `${base.detail} The first ${errors.length} are named, and more were found.`;
  return { ...base, detail, errors };
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`;
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
