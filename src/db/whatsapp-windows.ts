import { sql } from 'kysely';
import type { Database } from './database.ts';

/** One of our numbers and somebody who may write to it. */
export interface WhatsappPair {
  /** Our number, E.164. */
  readonly sender: string;
  readonly addressHash: Buffer;
}

export interface WhatsappWindow {
  readonly lastInboundAt: Date | null;
  /** When WhatsApp last said that it is closed. */
  readonly closedAt: Date | null;
}

/** Keeps that somebody has written to us, which opens the window to them. */
export async function openWindow(db: Database, { sender, addressHash }: WhatsappPair, at: Date): Promise<void> {
  await db
    .insertInto('whatsapp_windows')
    .values({ sender, address_hash: addressHash, last_inbound_at: at })
    .onConflict((conflict) =>
      conflict.columns(['sender', 'address_hash']).doUpdateSet({
        last_inbound_at: sql`greatest(whatsapp_windows.last_inbound_at, excluded.last_inbound_at)`,
      }),
    )
    .execute();
}

/**
 * Keeps that WhatsApp refused a text because somebody had not written to us of late.
 * @param at when the text was handed over, not when its refusal was told: who has written in between has opened the window
 */
export async function markWindowClosed(db: Database, { sender, addressHash }: WhatsappPair, at: Date): Promise<void> {
  await db
    .insertInto('whatsapp_windows')
    .values({ sender, address_hash: addressHash, closed_at: at })
    .onConflict((conflict) =>
      conflict.columns(['sender', 'address_hash']).doUpdateSet({
        closed_at: sql`greatest(whatsapp_windows.closed_at, excluded.closed_at)`,
      }),
    )
    .execute();
}

/** What is known of the window; undefined where somebody was never seen. */
export async function findWindow(db: Database, pair: WhatsappPair): Promise<WhatsappWindow | undefined> {
  return await db
    .selectFrom('whatsapp_windows')
    .select(['last_inbound_at as lastInboundAt', 'closed_at as closedAt'])
    .where('sender', '=', pair.sender)
    .where('address_hash', '=', pair.addressHash)
    .executeTakeFirst();
}
