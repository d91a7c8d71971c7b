import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findCaller, type Scope } from '../service/api-keys.ts';
import type { Caller, ServiceContext } from '../service/context.ts';
import { ApiError } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on routes that need no key, and where no valid key came. */
    caller: Caller | null;
    /** What the caller's key allows. */
    scopes: readonly string[];
  }
  interface FastifyContextConfig {
    /** What the caller's key has to allow, all of it; `public` for routes that need no key. */
    access?: Scope | readonly Scope[] | 'public';
  }
}

/**
 * Asks every request for an API key that allows what the route does; a route that says nothing is open to nobody.
 * Who asks is known before the limits on requests are checked, and refused after, so that guessing keys is limited.
 */
export function requireKeys(app: FastifyInstance, context: ServiceContext): void {
  app.decorateRequest('caller', null);
  app.decorateRequest('scopes');
  app.addHook('onRequest', async (request) => {
    request.scopes = [];
    if (request.routeOptions.config.access === 'public' || request.is404) return;
    const key = await findCaller(context, bearerToken(request));
    if (key === null) return;
    request.caller = { apiKeyId: key.id, actor: `key:${key.id}`, scopes: key.scopes };
    request.scopes = key.scopes;
  });
  app.addHook('preParsing', async (request) => {
    const { access } = request.routeOptions.config;
    if (access === 'public' || request.is404) return;
    if (request.caller === null) {
      throw new ApiError(401, 'unauthenticated', 'Send a valid API key as "Authorization: Bearer …".');
    }
    const lacking =
      access === undefined ? 'for this path' : [access].flat().find((scope) => !request.scopes.includes(scope));
    if (lacking !== undefined) {
      throw new ApiError(403, 'missing_scope', `This API key lacks the scope ${lacking}.`);
    }
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
