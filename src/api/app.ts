import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyPluginAsync, LogController } from 'fastify';
import type { ServiceContext } from '../service/context.ts';
import { acknowledgeRoutes } from './acknowledge-links.ts';
import { auditRoutes } from './audit.ts';
import { requireKeys } from './auth.ts';
import { batchRoutes } from './batches.ts';
import { bounceWebhook } from './bounce-webhook.ts';
import { bulkActionRoutes } from './bulk-actions.ts';
import { CONNECTION_LIMITS, type ConnectionLimits, guardConnections } from './connections.ts';
import { type HealthOptions, healthRoutes } from './health.ts';
import { type InboundOptions, inboundWebhook } from './inbound-webhook.ts';
import { readJsonStrictly } from './json-body.ts';
import { keyRoutes } from './keys.ts';
import { refuseUnknownPaths, rememberPaths } from './known-paths.ts';
import { layoutRoutes } from './layouts.ts';
import { linkRoutes } from './links.ts';
import { messageActionRoutes } from './message-actions.ts';
import { messagePreviewRoutes } from './message-preview.ts';
import { messageRoutes } from './messages.ts';
import { metricsRoute } from './metrics.ts';
import { answerError } from './problem.ts';
import { limitRates, type RateLimits } from './rate-limits.ts';
import { recipientExportRoute } from './recipient-export.ts';
import { recipientRoutes } from './recipients.ts';
import { replyRoutes } from './replies.ts';
import { startPage } from './start-page.ts';
import { statisticsRoutes } from './statistics.ts';
import { suppressionRoutes } from './suppressions.ts';
import { templatePreviewRoutes } from './template-preview.ts';
import { templateStatisticsRoutes } from './template-statistics.ts';
import { templateVersionRoutes } from './template-versions.ts';
import { templateRoutes } from './templates.ts';
import { validateStrictly } from './validation.ts';
import { webhookRoutes } from './webhooks.ts';

export interface AppOptions extends InboundOptions, HealthOptions {
  readonly bodyLimitBytes: number;
  readonly requestLimits: RateLimits;
  /** Whose word for the client's address is taken: how many proxies, or which; nobody's where it is left out. */
  readonly trustProxy?: number | readonly string[] | false;
  readonly connections?: ConnectionLimits;
}

/** Longer than Node's limit on the whole request line, so that a path that is too long is refused like any other. */
const MAX_PARAM_LENGTH = 20_000;

/** The HTTP face: what is registered, in order. Nothing listens yet. */
export async function buildApp(context: ServiceContext, options: AppOptions): Promise<FastifyInstance> {
  const { trustProxy = false } = options;
  const connections = guardConnections(options.connections ?? CONNECTION_LIMITS);
  const app = fastify({
    ...connections.options,
    trustProxy: isTrusted(trustProxy),
    bodyLimit: options.bodyLimitBytes,
    loggerInstance: context.telemetry.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: answerError,
  });
  app.setErrorHandler(answerError);
  connections.guard(app);
  validateStrictly(app);
  readJsonStrictly(app);
  requireKeys(app, context);
  const paths = rememberPaths(app);
  await limitRates(app, options.requestLimits);
  refuseUnknownPaths(app, paths);
  await registerReference(app, options);
  await app.register(startPage());
  await app.register(apiRoutes(context, options), { prefix: '/api' });
  await app.register(linkRoutes(context));
  await app.register(acknowledgeRoutes(context));
  await app.register(metricsRoute(context));
  return app;
}

/** Fastify takes a number of proxies too, which its type does not say. */
function isTrusted(proxies: number | readonly string[] | false) {
  if (typeof proxies === 'number') return (_address: string, hop: number) => hop < proxies;
  return proxies === false ? false : [...proxies];
}

function apiRoutes(context: ServiceContext, options: AppOptions): FastifyPluginAsync {
  return async (api) => {
    await api.register(messageRoutes(context));
    await api.register(messageActionRoutes(context));
    await api.register(batchRoutes(context));
    await api.register(bulkActionRoutes(context));
    await api.register(messagePreviewRoutes(context));
    await api.register(replyRoutes(context));
    await api.register(templateRoutes(context));
    await api.register(templateVersionRoutes(context));
    await api.register(templatePreviewRoutes(context));
    await api.register(templateStatisticsRoutes(context));
    await api.register(layoutRoutes(context));
    await api.register(recipientRoutes(context));
    await api.register(recipientExportRoute(context));
    await api.register(suppressionRoutes(context));
    await api.register(auditRoutes(context));
    await api.register(keyRoutes(context));
    await api.register(statisticsRoutes(context));
    await api.register(healthRoutes(context, options));
    await api.register(webhookRoutes(context, options));
    await api.register(bounceWebhook(context));
    await api.register(inboundWebhook(context, options));
    api.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, async () => api.swagger());
  };
}

async function registerReference(app: FastifyInstance, { publicUrl }: AppOptions): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Keryu Messaging',
        description: 'Sees a message through to a person over WhatsApp, email or SMS.',
        version: '1',
      },
      servers: [{ url: publicUrl }],
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: ({ schema, url, route }) => {
      const isPublic = route.config?.access === 'public';
      return { url, schema: isPublic ? { ...schema, security: [] } : schema };
    },
  });
  await app.register(publicReference());
}

/** The browsable reference is open to everybody. */
function publicReference(): FastifyPluginAsync {
  return async (reference) => {
    reference.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' };
    });
    await reference.register(swaggerUi, { routePrefix: '/api/docs' });
  };
}
