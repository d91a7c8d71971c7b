import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { ServiceContext } from '../service/context.ts';
import {
  type Group as GroupView,
  getStatistics,
  STATISTICS_KEYS,
  type StatisticsKey,
  type Summary as SummaryView,
} from '../service/statistics.ts';
import { ChannelField, Id, NullableId, NullableString, NullableTime, OneOf, StatusField, Time } from './fields.ts';
import { PROBLEMS } from './problem-schema.ts';

const seconds = Type.Unsafe<number | null>({ type: ['number', 'null'], minimum: 0 });
const Durations = (what: string) =>
  Type.Object(
    { median: seconds, p95: seconds },
    { description: `Seconds from when a message was due, accepted or its send_at, until it was ${what}; within 5 %` },
  );
const count = (description?: string) => Type.Integer(description === undefined ? {} : { description });

const summary = {
  accepted: count('All of them, whatever became of them'),
  pending: count(),
  sent: count(),
  failed: count('With those that were cancelled or have expired'),
  cancelled: count(),
  expired: count(),
  delivered: count('With those that were read or complained about'),
  read: count(),
  acknowledged: count(),
  undelivered: count(),
  bounced: count(),
  complained: count(),
  success_rate: Type.Unsafe<number | null>({
    ...{ type: ['number', 'null'], minimum: 0, maximum: 1 },
    description: 'Sent out of sent and failed; null before anything has been sent or has failed',
  }),
  time_to_sent: Durations('first sent'),
  time_to_delivered: Durations('first delivered'),
  cost: Type.Array(
    Type.Object({
      amount: Type.String({ description: 'Decimal' }),
      currency: Type.String({ description: 'ISO 4217' }),
      final: Type.Boolean({ description: 'False where a part of it is an estimate' }),
    }),
    { description: 'One for each currency; counts with the channel that was paid for' },
  ),
};

const Group = Type.Object({
  hour: Type.Optional(Time),
  day: Type.Optional(Type.String({ format: 'date' })),
  channel: Type.Optional(ChannelField),
  template_id: Type.Optional(NullableId),
  template_name: Type.Optional(NullableString()),
  status: Type.Optional(StatusField),
  ...summary,
});

const Statistics = Type.Object(
  {
    from: { ...Time, description: 'Of the first hour that is counted' },
    to: { ...Time, description: 'End of the last hour that is counted' },
    by: Type.Array(OneOf(STATISTICS_KEYS)),
    time_zone: Type.String(),
    computed_until: {
      ...NullableTime,
      description: 'Changes up to then are in the hours before the current one, which is counted when it is asked for',
    },
    total: Type.Object(summary),
    results: Type.Array(Group, { description: 'In the order of `by`; groups without messages are left out' }),
  },
  { title: 'Statistics' },
);

const StatisticsQuery = Type.Object(
  {
    from: Type.Optional({ ...Time, description: 'RFC 3339; 30 days before the end' }),
    to: Type.Optional({ ...Time, description: 'RFC 3339, exclusive; now' }),
    by: Type.Optional(
      Type.String({
        maxLength: 200,
        pattern: `^(${STATISTICS_KEYS.join('|')})(,(${STATISTICS_KEYS.join('|')}))*$`,
        description: `Of ${STATISTICS_KEYS.join(', ')}, one or more, separated by commas`,
      }),
    ),
    time_zone: Type.Optional(
      Type.String({
        ...{ minLength: 1, maxLength: 64, default: 'UTC' },
        description: 'IANA name, for days; a UTC hour is of the day in which it begins',
      }),
    ),
    channel: Type.Optional(ChannelField),
    template_id: Type.Optional(Id),
  },
  { additionalProperties: false, title: 'StatisticsQuery' },
);

/** What became of messages, and what they cost. */
export function statisticsRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/statistics/',
      {
        config: { access: 'statistics:read' },
        schema: {
          ...{ tags: ['statistics'], summary: 'Count what became of the messages accepted in up to 400 days' },
          description: 'The period is widened to whole UTC hours. Messages that were removed since still count.',
          ...{ querystring: StatisticsQuery, response: { ...PROBLEMS, 200: Statistics } },
        },
      },
      async ({ query }) => {
        const by = [...new Set(query.by?.split(',') ?? [])] as StatisticsKey[];
        const { time_zone: timeZone = 'UTC', channel, template_id: templateId } = query;
        const { from, to, computedUntil, total, groups } = await getStatistics(context, {
          ...{ from: toDate(query.from), to: toDate(query.to), by, timeZone },
          ...(channel !== undefined && { channel }),
          ...(templateId !== undefined && { templateId }),
        });
        return {
          ...{ from: from.toISOString(), to: to.toISOString(), by, time_zone: timeZone },
          ...{ computed_until: computedUntil?.toISOString() ?? null, total: summaryJson(total) },
          results: groups.map(groupJson),
        };
      },
    );
  };
}

function groupJson({ counts, successRate, timeToSent, timeToDelivered, costs, ...group }: GroupView) {
  const { hour, ...keys } = group;
  return {
    ...(hour !== undefined && { hour: hour.toISOString() }),
    ...keys,
    ...summaryJson({ counts, successRate, timeToSent, timeToDelivered, costs }),
  } satisfies Static<typeof Group>;
}

function summaryJson({ counts, successRate, timeToSent, timeToDelivered, costs }: SummaryView) {
  return {
    ...counts,
    success_rate: successRate,
    time_to_sent: durationsJson(timeToSent),
    time_to_delivered: durationsJson(timeToDelivered),
    cost: [...costs],
  };
}

/** More than three digits would only look exact. */
function durationsJson({ median, p95 }: SummaryView['timeToSent']) {
  const digits = (value: number | null) => (value === null ? null : Number(value.toPrecision(3)));
  return { median: digits(median), p95: digits(p95) };
}

function toDate(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text);
}
