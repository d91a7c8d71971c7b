import { type ChannelActivity, countRecentAttempts, findLastSuccess } from '../db/channel-health.ts';
import { countUndispatched } from '../db/dispatch.ts';
import { type ChannelSetup, type SetupCheck, worstState } from '../domain/channel-setup.ts';
import type { Channel } from '../domain/channels.ts';
import type { QueueState } from '../temporal/gateway.ts';
import type { ServiceContext } from './context.ts';

/** Over how long errors and the rate of a channel are looked at, in seconds. */
const RECENT_SECONDS = 300;
/** From how many attempts on a share of errors says something, and which share is too much. */
const TELLING_ATTEMPTS = 5;
const TOO_MANY_FAULTS = 0.5;

export interface ChannelHealth {
  readonly channel: Channel;
  /** `off` without credentials; `degraded` where its set-up is wrong or most attempts fail. */
  readonly state: 'up' | 'degraded' | 'off';
  /** Share of the attempts of the last five minutes that failed for the channel's reasons or ours; null without any. */
  readonly errorRate: number | null;
  readonly lastSuccessAt: Date | null;
  /** Attempts a second over the last five minutes. */
  readonly ratePerSecond: number;
  readonly checks: readonly SetupCheck[];
}

export interface Health {
  readonly database: { readonly state: 'up' | 'down' };
  readonly temporal: { readonly state: 'up' | 'down' };
  /** Accepted messages whose workflow has not been started yet. */
  readonly undispatched: number;
  /** Empty while the database is down. */
  readonly channels: readonly ChannelHealth[];
  /** Empty while Temporal is down. */
  readonly taskQueues: readonly QueueState[];
}

/** Whether messages can be accepted: the database answers and has its tables. */
export async function isDatabaseReady({ db }: Pick<ServiceContext, 'db'>): Promise<boolean> {
  return (await undispatchedIfReady(db)) !== null;
}

/** @param setups what is known of the set-up of each channel */
export async function checkHealth(
  { db, gateway, rules }: ServiceContext,
  setups: readonly ChannelSetup[],
): Promise<Health> {
  const [undispatched, isTemporalUp] = await Promise.all([undispatchedIfReady(db), gateway.isHealthy()]);
  return {
    database: { state: undispatched === null ? 'down' : 'up' },
    temporal: { state: isTemporalUp ? 'up' : 'down' },
    undispatched: undispatched ?? 0,
    channels: undispatched === null ? [] : await channelHealth(db, setups),
    taskQueues: isTemporalUp ? await gateway.describeQueues({ sms: rules.sms.sendersByCountry }) : [],
  };
}

/** Accepted messages whose workflow has not been started yet; null where the database does not answer. */
async function undispatchedIfReady(db: ServiceContext['db']): Promise<number | null> {
  try {
    return await countUndispatched(db);
  } catch {
    // Whatever keeps the database from answering, it is not ready.
    return null;
  }
}

async function channelHealth(db: ServiceContext['db'], setups: readonly ChannelSetup[]): Promise<ChannelHealth[]> {
  const activities = await countRecentAttempts(db, RECENT_SECONDS);
  return await Promise.all(
    setups.map(async ({ channel, isConfigured, checks }) => {
      const activity = activities.find((row) => row.channel === channel);
      const errorRate = activity === undefined ? null : activity.faults / activity.attempts;
      return {
        ...{ channel, errorRate, checks },
        state: stateOf(isConfigured, checks, activity),
        lastSuccessAt: await findLastSuccess(db, channel),
        ratePerSecond: (activity?.attempts ?? 0) / RECENT_SECONDS,
      };
    }),
  );
}

function stateOf(
  isConfigured: boolean,
  checks: readonly SetupCheck[],
  activity: ChannelActivity | undefined,
): ChannelHealth['state'] {
  if (!isConfigured) return 'off';
  const { attempts = 0, faults = 0 } = activity ?? {};
  const isFailing = attempts >= TELLING_ATTEMPTS && faults / attempts > TOO_MANY_FAULTS;
  return isFailing || worstState(checks) === 'wrong' ? 'degraded' : 'up';
}
