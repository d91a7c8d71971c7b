/** An address that cannot be used, and why. */
export interface AddressFault {
  readonly code: string;
  readonly message: string;
}

export type ParsedAddress = { readonly value: string } | { readonly fault: AddressFault };

export function addressFault(code: string, message: string): ParsedAddress {
  return { fault: { code, message } };
}
