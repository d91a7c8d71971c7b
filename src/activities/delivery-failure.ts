import type { DeliveryFailure } from '../channels/channel.ts';
import { FAILURE_KINDS } from '../domain/failures.ts';

/**
 * The one error that what asks a provider throws, known by its shape: this room knows channels by type only.
 * @throws the error itself where it is another one
 */
export function asDeliveryFailure(error: unknown): DeliveryFailure {
  if (!(error instanceof Error) || error.name !== 'DeliveryFailure') throw error;
  const failure = error as DeliveryFailure;
  if (!FAILURE_KINDS.includes(failure.kind)) throw error;
  return failure;
}
