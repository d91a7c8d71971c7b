import type { Database } from '../db/database.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { Refusal } from './refusal.ts';

/** A text that is about to be sent. */
export interface OutgoingText {
  /** E.164. */
  readonly to: string;
  /** Two letters (ISO 3166-1); null where the number belongs to none. */
  readonly country: string | null;
  readonly segments: number;
}

/** Why a text may not be sent: its country, or what it or the texts of the day would cost. Null where it may. */
export async function refuseText(
  _dependencies: ActivityDependencies,
  _db: Database,
  _text: OutgoingText,
): Promise<Refusal | null> {
  return null;
}
