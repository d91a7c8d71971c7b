import type { Failure, FailureKind } from '../domain/failures.ts';
import { sentenceFor } from '../domain/sentences.ts';

/** Why a message is not even tried on a channel. */
export type Refusal = Failure & { readonly message: string };

export function refusal(kind: FailureKind, code: string): Refusal {
  return { kind, code, message: sentenceFor(code) };
}
