import pg from 'pg';
import { vi } from 'vitest';

/**
 * Moments of a message's life at which a database can hold its statement: a message whose metadata says
 * `"hold": "claim-lost"` stops there. `lost` and `kept` say what becomes of the statement in the end.
 */
const HOLD_POINTS = {
  /** A new attempt is being kept. */
  render: 'before insert on attempts for each row',
  /** An attempt is being claimed, right before its provider is called. */
  claim: 'before update on attempts for each row when (old.called_at is null and new.called_at is not null)',
  /** The provider has answered, which is being kept. */
  outcome: 'before update on attempts for each row when (old.outcome is null and new.outcome is not null)',
  /** The message becomes `sent`. */
  step: "before insert on message_events for each row when (new.type = 'sent')",
} as const;

export interface StatementHolds {
  /** Waits until so many statements are held. */
  untilHeld(count: number): Promise<void>;
  /** Ends the holds: the `lost` statements never happen, the `kept` ones do, whether or not anybody still listens. */
  release(): Promise<void>;
}

const LIMIT = { timeout: 30_000, interval: 100 };
const LOST = 1;
const KEPT = 2;
const FUNCTION = `create function hold() returns trigger language plpgsql as $$
declare wanted text := (select metadata ->> 'hold' from messages where id = new.message_id);
begin
  if wanted = tg_argv[0] || '-lost' then perform pg_advisory_xact_lock_shared(${LOST}); end if;
  if wanted = tg_argv[0] || '-kept' then perform pg_advisory_xact_lock_shared(${KEPT}); end if;
  return new;
end $$`;
const HELD = `select pid, objid = ${LOST} as lost from pg_locks where locktype = 'advisory' and not granted
  and database = (select oid from pg_database where datname = current_database())`;

/** Holds statements of this database from now on. */
export async function holdStatements(databaseUrl: string): Promise<StatementHolds> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await client.query(FUNCTION);
  for (const [point, event] of Object.entries(HOLD_POINTS)) {
    await client.query(`create trigger hold_${point} ${event} execute function hold('${point}')`);
  }
  await client.query(`select pg_advisory_lock(${LOST}), pg_advisory_lock(${KEPT})`);
  const held = async () => (await client.query<{ pid: number; lost: boolean }>(HELD)).rows;
  const untilHeld = async (count: number) => {
    await vi.waitUntil(async () => (await held()).length === count, LIMIT);
  };
  return {
    untilHeld,
    async release() {
      const lost = (await held()).filter((statement) => statement.lost);
      for (const { pid } of lost) await client.query('select pg_terminate_backend($1, 5000)', [pid]);
      await client.query('select pg_advisory_unlock_all()');
      await untilHeld(0);
      await client.end();
    },
  };
}
