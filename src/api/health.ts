import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { type ChannelSetup, SETUP_STATES } from '../domain/channel-setup.ts';
import type { Channel } from '../domain/channels.ts';
import type { ServiceContext } from '../service/context.ts';
import { checkHealth, type Health as HealthView, isDatabaseReady } from '../service/health.ts';
import { ChannelField, NullableTime, OneOf } from './fields.ts';
import { ApiError } from './problem.ts';
import { PROBLEMS } from './problem-schema.ts';

const tags = ['health'];
const State = OneOf(['up', 'down']);
const ChannelHealth = Type.Object(
  {
    channel: ChannelField,
    state: OneOf(
      ['up', 'degraded', 'off'],
      '`off` without credentials; `degraded` where it mostly fails or is set up wrong',
    ),
    error_rate: Type.Union([Type.Number(), Type.Null()], {
      description: 'Of the attempts of the last five minutes, from 0 to 1; null without any',
    }),
    last_success_at: NullableTime,
    rate_per_second: Type.Number({ description: 'Attempts over the last five minutes' }),
    rate_limit_per_second: Type.Union([Type.Number(), Type.Null()], { description: 'For each sender; null for none' }),
    checks: Type.Array(
      Type.Object(
        { name: Type.String(), state: OneOf(SETUP_STATES), sentence: Type.String() },
        { title: 'SetupCheck' },
      ),
      { description: 'What was looked at in its set-up, at most five minutes ago' },
    ),
  },
  { title: 'ChannelHealth' },
);
const TaskQueue = Type.Object(
  {
    name: Type.String(),
    has_worker: Type.Boolean(),
    length: Type.Integer({ description: 'Tasks that wait for a worker, about' }),
    age_seconds: Type.Integer({ description: 'Of the oldest of them' }),
  },
  { title: 'TaskQueue' },
);
const Health = Type.Object(
  {
    database: Type.Object({ state: State }),
    temporal: Type.Object({ state: State }),
    undispatched: Type.Integer({ description: 'Accepted messages whose workflow has not been started yet' }),
    channels: Type.Array(ChannelHealth),
    task_queues: Type.Array(TaskQueue),
  },
  { title: 'Health' },
);
const Alive = Type.Object({ status: Type.Literal('ok') });

/** Providers and the DNS are not asked anew at each look. */
const SETUP_LIFETIME_MS = 300_000;

export interface HealthOptions {
  readonly checkSetup: () => Promise<readonly ChannelSetup[]>;
  /** For each sender of a channel, a second; null for no limit. */
  readonly rateLimits: Readonly<Record<Channel, number | null>>;
}

/** Whether the process lives, whether it can take messages, and how its surroundings are. */
export function healthRoutes(context: ServiceContext, options: HealthOptions): FastifyPluginAsyncTypebox {
  const { rateLimits } = options;
  const setups = memoised(options.checkSetup, SETUP_LIFETIME_MS);
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
      async () => healthJson(await checkHealth(context, await setups()), rateLimits),
    );
  };
}

function healthJson({ taskQueues, channels, ...health }: HealthView, rateLimits: HealthOptions['rateLimits']) {
  return {
    ...health,
    channels: channels.map(({ channel, state, errorRate, lastSuccessAt, ratePerSecond, checks }) => ({
      ...{ channel, state, error_rate: errorRate, last_success_at: lastSuccessAt?.toISOString() ?? null },
      ...{ rate_per_second: ratePerSecond, rate_limit_per_second: rateLimits[channel], checks: [...checks] },
    })),
    task_queues: taskQueues.map(({ name, hasWorker, length, ageSeconds }) => ({
      ...{ name, has_worker: hasWorker, length, age_seconds: ageSeconds },
    })),
  };
}

/** Keeps a result for a while; callers at the same time share one call, and a failure is not kept. */
function memoised<Result>(call: () => Promise<Result>, lifetimeMs: number): () => Promise<Result> {
  let kept: { readonly until: number; readonly result: Promise<Result> } | null = null;
  return () => {
    if (kept !== null && kept.until > Date.now()) return kept.result;
    const result = call();
    kept = { until: Date.now() + lifetimeMs, result };
    result.catch(() => {
      kept = null;
    });
    return result;
  };
}
