import { sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { OptOut } from '../domain/opt-outs.ts';
import type { Database } from './database.ts';

/** What is known of an attempt when somebody follows a link of its mail. */
export interface LinkedAttempt {
  message_id: string;
  recipient_id: string;
  category: string;
  provider_message_id: string | null;
  opt_outs: (OptOut & { source: string })[];
  is_message_erased: boolean;
  is_recipient_erased: boolean;
}

export async function findLinkedAttempt(db: Database, attemptId: string): Promise<LinkedAttempt | undefined> {
  return await db
    .selectFrom('attempts as a')
    .innerJoin('messages as m', 'm.id', 'a.message_id')
    .innerJoin('recipients as r', 'r.id', 'm.recipient_id')
    .where('a.id', '=', attemptId)
    .select(['a.message_id', 'm.recipient_id', 'm.category', 'a.provider_message_id'])
    .select(sql<boolean>`m.erased_at is not null`.as('is_message_erased'))
    .select(sql<boolean>`r.erased_at is not null`.as('is_recipient_erased'))
    .select((eb) =>
      jsonArrayFrom(
        eb
          .selectFrom('opt_outs as o')
          .select(['o.channel', 'o.category', 'o.source'])
          .whereRef('o.recipient_id', '=', 'r.id'),
      ).as('opt_outs'),
    )
    .executeTakeFirst();
}
