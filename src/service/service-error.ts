import type { Channel } from '../domain/channels.ts';

/** One thing that is wrong with an input. */
export interface Fault {
  /** JSON pointer (RFC 6901) into the request body of the HTTP contract. */
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** Something that does not stop a message or a template but that its sender or author should know. */
export interface Warning extends Fault {
  /** The channel that it is about; left out where it is about the whole. */
  readonly channel?: Channel;
}

export type ServiceErrorKind =
  | 'invalid'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'stale'
  | 'unprocessable'
  | 'unavailable';

/** Why a verb was not carried out. Nothing has been changed. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly kind: ServiceErrorKind;
  /** Stable machine-readable code. */
  readonly code: string;
  readonly faults: readonly Fault[];

  /** @param message a sentence for the caller that says what to do */
  constructor(kind: ServiceErrorKind, code: string, message: string, faults: readonly Fault[] = []) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.faults = faults;
  }
}

/** What a caller lacks a right for. */
export const MISSING_SCOPE = 'missing_scope';

/** @throws {ServiceError} naming every fault, where there is one */
export function refuseFaults(faults: readonly Fault[]): void {
  if (faults.length > 0) throw faultsError(faults);
}

/** Names every fault of an input: it is forbidden if nothing is wrong with it but that its caller lacks rights. */
export function faultsError(faults: readonly Fault[]): ServiceError {
  if (faults.length > 0 && faults.every(({ code }) => code === MISSING_SCOPE)) {
    const message = 'This API key lacks a scope that a part of the request takes; see errors.';
    return new ServiceError('forbidden', MISSING_SCOPE, message, faults);
  }
  const fields = faults.length === 1 ? 'One field is' : `${faults.length} fields are`;
  return new ServiceError('invalid', 'invalid_request', `${fields} not as expected; see errors.`, faults);
}

/** Why a verb would not be carried out; nothing if it would be. */
export async function faultsOf(run: () => Promise<unknown>): Promise<readonly Fault[]> {
  try {
    await run();
    return [];
  } catch (error) {
    if (error instanceof ServiceError) return error.faults;
    throw error;
  }
}

export function notFound(what: string): ServiceError {
  return new ServiceError('not_found', 'not_found', `There is no such ${what}.`);
}
