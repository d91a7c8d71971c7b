import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BeforeCommit, ServiceContext } from '../service/context.ts';
import { beginIdempotent, type Claim, finishIdempotent, releaseIdempotent } from '../service/idempotency.ts';
import { callerOf } from './auth.ts';
import { ApiError } from './problem.ts';

export interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly json: unknown;
}

/** Visible characters only, up to 255 of them. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * Answers a POST, once for each `Idempotency-Key`: the response is kept in the transaction of the work, so that a
 * repeated request gets it again, whatever happened in between.
 */
export async function answerOnce<Result>(
  context: ServiceContext,
  request: FastifyRequest,
  reply: FastifyReply,
  perform: (beforeCommit: BeforeCommit<Result>) => Promise<Result>,
  show: (result: Result) => Answer,
): Promise<FastifyReply> {
  const once = idempotentRequest(request);
  if (once === null) return send(reply, show(await perform(async () => undefined)));
  const { method, body, routeOptions, params } = request;
  const path = JSON.stringify([routeOptions.url, params]);
  const begun = await beginIdempotent(context, once, { method, path, body });
  if ('earlier' in begun) {
    const { status, location, body: text } = begun.earlier;
    reply.header('idempotency-replayed', 'true');
    if (location !== null) reply.header('location', location);
    return reply.code(status).type('application/json; charset=utf-8').serializer(String).send(text);
  }
  try {
    return await answerClaimed(context, begun.claim, reply, perform, show);
  } catch (error) {
    await releaseIdempotent(context, begun.claim);
    throw error;
  } finally {
    begun.claim.end();
  }
}

async function answerClaimed<Result>(
  context: ServiceContext,
  claim: Claim,
  reply: FastifyReply,
  perform: (beforeCommit: BeforeCommit<Result>) => Promise<Result>,
  show: (result: Result) => Answer,
): Promise<FastifyReply> {
  let isKept = false;
  const keep: BeforeCommit<Result> = async (db, result) => {
    const { status, location, json } = show(result);
    await finishIdempotent(context, db, claim, { status, location, body: serialise(reply, json, status) });
    isKept = true;
  };
  const result = await perform(keep);
  if (!isKept) await keep(context.db, result);
  return send(reply, show(result));
}

function idempotentRequest(request: FastifyRequest): { apiKeyId: string; key: string } | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  const { apiKeyId } = callerOf(request);
  if (typeof key !== 'string' || !KEY.test(key) || apiKeyId === null) {
    throw new ApiError(400, 'invalid_idempotency_key', 'An Idempotency-Key has 1 to 255 visible characters.');
  }
  return { apiKeyId, key };
}

function serialise(reply: FastifyReply, json: unknown, status: number): string {
  return String(reply.serializeInput(json as { [key: string]: unknown }, String(status)));
}

function send(reply: FastifyReply, { status, location, json }: Answer): FastifyReply {
  if (location !== null) reply.header('location', location);
  return reply.code(status).send(json);
}
