import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { ApiError } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who calls a public route; everybody where it is left out. */
    audience?: 'webhook' | 'link';
  }
}

/** Requests a minute. */
export interface RateLimits {
  /** For each API key. */
  readonly key: number;
  /** For each address, on each webhook. */
  readonly webhook: number;
  /** For each address, on each kind of link. */
  readonly link: number;
  /** For each address: on each other public route, and of all requests without a valid key together. */
  readonly anonymous: number;
}

/**
 * Limits how often anybody may ask. A key has a limit of its own, wherever it is used; a public route has one for each
 * address; and guessed keys and unknown paths use up another one, so that they take nothing from real keys.
 */
export async function limitRates(app: FastifyInstance, limits: RateLimits): Promise<void> {
  app.addHook('onRoute', (route) => {
    if (!isPublic(route)) return;
    const max = limits[route.config?.audience ?? 'anonymous'];
    route.config = { ...route.config, rateLimit: { max, keyGenerator: addressOf } };
  });
  await app.register(rateLimit, {
    global: true,
    max: (request: FastifyRequest) => (request.caller === null ? limits.anonymous : limits.key),
    timeWindow: '1 minute',
    enableDraftSpec: true,
    keyGenerator: (request) => request.caller?.apiKeyId ?? addressOf(request),
    allowList: (request) => request.url.startsWith('/api/health/'),
    errorResponseBuilder: ({ caller }, { after }) => {
      const source = caller === null ? 'from this address' : 'with this key';
      return new ApiError(429, 'rate_limited', `Too many requests ${source}; try again in ${after}.`);
    },
  });
}

/** What counts a request without a route, as one without a valid key. */
export function limitOfStrangers(
  app: FastifyInstance,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return app.rateLimit() as unknown as ReturnType<typeof limitOfStrangers>;
}

/** The pages of the reference are made public after this has been asked. */
function isPublic({ config, url }: RouteOptions): boolean {
  return config?.access === 'public' || url.startsWith('/api/docs');
}

/** Somebody who has one address of IPv6 has at least 2^64 of them. */
function addressOf(request: FastifyRequest): string {
  return `address:${rateLimit.normalizeIP(request.ip)}`;
}
