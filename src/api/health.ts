import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { ServiceContext } from '../service/context.ts';
import { checkHealth, isDatabaseReady } from '../service/health.ts';
import { OneOf } from './fields.ts';
import { ApiError } from './problem.ts';
import { PROBLEMS } from './problem-schema.ts';

const tags = ['health'];
const State = OneOf(['up', 'down']);
const Health = Type.Object(
  {
    database: Type.Object({ state: State }),
    temporal: Type.Object({ state: State }),
    undispatched: Type.Integer({ description: 'Accepted messages whose workflow has not been started yet' }),
  },
  { title: 'Health' },
);
const Alive = Type.Object({ status: Type.Literal('ok') });

/** Whether the process lives, whether it can take messages, and how its surroundings are. */
export function healthRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/health/live/',
      { config: { access: 'public' }, schema: { tags, summary: 'The process lives', response: { 200: Alive } } },
      async () => ({ status: 'ok' }) as const,
    );

    app.get(
      '/health/ready/',
      {
        config: { access: 'public' },
        schema: {
          ...{ tags, summary: 'Messages can be accepted; Temporal may be away' },
          response: { 200: Alive, 503: PROBLEMS[503] },
        },
      },
      async () => {
        if (await isDatabaseReady(context)) return { status: 'ok' } as const;
        throw new ApiError(503, 'not_ready', 'The database cannot be reached or is not migrated.');
      },
    );

    app.get(
      '/health/',
      {
        config: { access: 'statistics:read' },
        schema: { tags, summary: 'State of the parts', response: { ...PROBLEMS, 200: Health } },
      },
      async () => await checkHealth(context),
    );
  };
}
