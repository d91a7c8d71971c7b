import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { ServiceContext } from '../service/context.ts';

/** Metrics in Prometheus' text format. */
export function metricsRoute({ telemetry }: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/metrics', { config: { access: 'statistics:read' }, schema: { hide: true } }, async (_request, reply) => {
      reply.type(telemetry.registry.contentType);
      return await telemetry.registry.metrics();
    });
  };
}
