import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findCaller, type Scope } from '../service/api-keys.ts';
import type { Caller, ServiceContext } from '../service/context.ts';
import { ApiError } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on routes that need no key. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** What the caller's key has to allow; `public` for routes that need no key. */
    access?: Scope | 'public';
  }
}

/** Asks every request for an API key that allows what the route does; a route that says nothing is open to nobody. */
export function requireKeys(app: FastifyInstance, context: ServiceContext): void {
  app.decorateRequest('caller', null);
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    if (access === 'public' || request.is404) return;
    const key = await findCaller(context, bearerToken(request));
    if (key === null) {
      throw new ApiError(401, 'unauthenticated', 'Send a valid API key as "Authorization: Bearer …".');
    }
    if (access === undefined || !key.scopes.includes(access)) {
      throw new ApiError(403, 'missing_scope', `This API key lacks the scope ${access ?? 'for this path'}.`);
    }
    request.caller = { apiKeyId: key.id, actor: `key:${key.id}` };
  });
  app.addHook('onSend', async (_request, reply) => {
    if (reply.statusCode === 401) reply.header('www-authenticate', 'Bearer');
  });
}

/** The caller of a route that needs a key. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new ApiError(401, 'unauthenticated', 'Send a valid API key.');
  return request.caller;
}

function bearerToken(request: FastifyRequest): string {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}
