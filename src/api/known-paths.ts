import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from './problem.ts';
import { limitOfStrangers } from './rate-limits.ts';

/** Which methods each path has, in the order of the routes. */
type Paths = Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>;

/** Remembers the paths of all routes that are registered after this. */
export function rememberPaths(app: FastifyInstance): Paths {
  const paths: Paths = new Map();
  app.addHook('onRoute', ({ url, method }) => {
    const path = paths.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    for (const name of [method].flat()) path.methods.add(name);
    paths.set(url, path);
  });
  return paths;
}

/**
 * Answers what no route takes before its body is read: 404, or 405 with `Allow` (RFC 9110, section 15.5.6) where the path
 * has other methods. `OPTIONS` is answered by them.
 */
export function refuseUnknownPaths(app: FastifyInstance, paths: Paths): void {
  const limit = limitOfStrangers(app);
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    await limit.call(app, request, reply);
    const methods = methodsOf(paths, request);
    if (methods.length === 0) throw new ApiError(404, 'not_found', 'There is nothing at this path.');
    reply.header('allow', methods.join(', '));
    if (request.method !== 'OPTIONS') {
      const message = `This path does not take ${request.method}; it takes ${methods.join(', ')}.`;
      throw new ApiError(405, 'method_not_allowed', message);
    }
    return answerOptions(reply);
  });
}

async function answerOptions(reply: FastifyReply): Promise<FastifyReply> {
  return await reply.code(204).send();
}

function methodsOf(paths: Paths, request: FastifyRequest): string[] {
  const [path = ''] = request.url.split('?', 1);
  const found = [...paths.values()].filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => [...methods]);
  return found.length === 0 ? [] : [...new Set([...found, 'OPTIONS'])].sort();
}

/** As the router reads it: a parameter is one step of the path, a star everything, a slash at the end does not count. */
function patternOf(url: string): RegExp {
  const steps = url.replace(/\/$/, '').split('/');
  const patterns = steps.map((step) => {
    if (step.startsWith(':')) return '[^/]+';
    return step === '*' ? '.*' : step.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
  });
  return new RegExp(`^${patterns.join('/')}/?$`);
}
