/** How to reach a Temporal service. */
export interface TemporalAddress {
  /** Host and port of the frontend. */
  readonly address: string;
  readonly namespace: string;
  readonly tls: boolean;
  /** Null where the namespace needs none. */
  readonly apiKey: string | null;
}

/** The connection options that the client and the worker share. */
export function connectionOptions({ address, tls, apiKey }: TemporalAddress) {
  return { address, tls: tls || apiKey !== null, ...(apiKey === null ? {} : { apiKey }) };
}
