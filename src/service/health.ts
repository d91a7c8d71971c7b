import { countUndispatched } from '../db/dispatch.ts';
import type { ServiceContext } from './context.ts';

export interface Health {
  readonly database: { readonly state: 'up' | 'down' };
  readonly temporal: { readonly state: 'up' | 'down' };
  /** Accepted messages whose workflow has not been started yet. */
  readonly undispatched: number;
}

/** Whether messages can be accepted: the database answers and has its tables. */
export async function isDatabaseReady({ db }: Pick<ServiceContext, 'db'>): Promise<boolean> {
  try {
    await countUndispatched(db);
    return true;
  } catch {
    // Whatever keeps the database from answering, the answer to this question is no.
    return false;
  }
}

export async function checkHealth({ db, gateway }: ServiceContext): Promise<Health> {
  const [isDatabaseUp, isTemporalUp] = await Promise.all([isDatabaseReady({ db }), gateway.isHealthy()]);
  return {
    database: { state: isDatabaseUp ? 'up' : 'down' },
    temporal: { state: isTemporalUp ? 'up' : 'down' },
    undispatched: isDatabaseUp ? await countUndispatched(db) : 0,
  };
}
