import { v7 as uuidv7 } from 'uuid';
import type { OptOut } from '../domain/opt-outs.ts';
import type { Database } from './database.ts';

/**
 * Keeps what a recipient does not want; what is known already keeps its source and time.
 * @param source where the wish comes from, such as `api`
 * @returns what was not known yet
 */
export async function insertOptOuts(
  db: Database,
  recipientId: string,
  optOuts: readonly OptOut[],
  source: string,
): Promise<OptOut[]> {
  if (optOuts.length === 0) return [];
  return await db
    .insertInto('opt_outs')
    .values(
      optOuts.map(({ channel, category }) => ({
        ...{ id: uuidv7(), recipient_id: recipientId, channel, category, source },
      })),
    )
    .onConflict((conflict) => conflict.columns(['recipient_id', 'channel', 'category']).doNothing())
    .returning(['channel', 'category'])
    .execute();
}

/**
 * Lifts one opt-out, where it came from this source: a wish that was stated elsewhere stays.
 * @returns whether there was one
 */
export async function deleteOptOut(
  db: Database,
  recipientId: string,
  { channel, category }: OptOut,
  source: string,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('opt_outs')
    .where('recipient_id', '=', recipientId)
    .where('channel', 'is not distinct from', channel)
    .where('category', 'is not distinct from', category)
    .where('source', '=', source)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** @returns what was lifted */
export async function deleteOptOutsExcept(
  db: Database,
  recipientId: string,
  kept: readonly OptOut[],
): Promise<OptOut[]> {
  return await db
    .deleteFrom('opt_outs')
    .where('recipient_id', '=', recipientId)
    .where((eb) =>
      eb.and(
        kept.map(({ channel, category }) =>
          eb.not(
            eb.and([eb('channel', 'is not distinct from', channel), eb('category', 'is not distinct from', category)]),
          ),
        ),
      ),
    )
    .returning(['channel', 'category'])
    .execute();
}
