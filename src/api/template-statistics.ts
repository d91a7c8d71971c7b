import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { ServiceContext } from '../service/context.ts';
import {
  getTemplateStatistics,
  type TemplateStatistics as TemplateStatisticsView,
  type Usage as UsageView,
} from '../service/template-statistics.ts';
import { IdParams, NullableTime, Time } from './fields.ts';
import { PROBLEMS } from './problem-schema.ts';

const Rate = Type.Unsafe<number | null>({
  ...{ type: ['number', 'null'], minimum: 0, maximum: 1 },
  description: 'Sent out of sent and failed; null before anything has been sent or has failed',
});

const usage = {
  accepted: Type.Integer({ description: 'All of them, whatever became of them' }),
  pending: Type.Integer(),
  sent: Type.Integer(),
  failed: Type.Integer(),
  delivered: Type.Integer({ description: 'With those that were read' }),
  read: Type.Integer(),
  success_rate: Rate,
  last_used_at: NullableTime,
};

const TemplateStatistics = Type.Object(
  {
    total: Type.Object(usage),
    by_version: Type.Array(Type.Object({ version: Type.Integer(), ...usage }), { description: 'The newest first' }),
    recent_errors: Type.Array(Type.Object({ error_code: Type.String(), count: Type.Integer(), last_at: Time }), {
      description: 'What messages last failed with, the newest first',
    }),
  },
  { title: 'TemplateStatistics' },
);

const Period = Type.Object(
  {
    from: Type.Optional({ ...Time, description: 'RFC 3339; 30 days before the end' }),
    to: Type.Optional({ ...Time, description: 'RFC 3339, exclusive; now' }),
  },
  { additionalProperties: false, title: 'TemplateStatisticsQuery' },
);

/** How a template has been used. */
export function templateStatisticsRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/templates/:id/statistics/',
      {
        config: { access: 'templates:read' },
        schema: {
          ...{ tags: ['templates'], summary: 'Count what became of the messages of a template in up to 366 days' },
          ...{ params: IdParams, querystring: Period, response: { ...PROBLEMS, 200: TemplateStatistics } },
        },
      },
      async (request) => {
        const { from, to } = request.query;
        const period = { from: toDate(from), to: toDate(to) };
        return statisticsJson(await getTemplateStatistics(context, request.params.id, period));
      },
    );
  };
}

function statisticsJson(statistics: TemplateStatisticsView): Static<typeof TemplateStatistics> {
  const { total, byVersion, recentErrors } = statistics;
  return {
    total: usageJson(total),
    by_version: byVersion.map(({ version, ...counts }) => ({ version, ...usageJson(counts) })),
    recent_errors: recentErrors.map(({ last_at, ...error }) => ({ ...error, last_at: last_at.toISOString() })),
  };
}

function usageJson({ last_used_at, ...counts }: UsageView) {
  return { ...counts, last_used_at: last_used_at?.toISOString() ?? null };
}

function toDate(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text);
}
