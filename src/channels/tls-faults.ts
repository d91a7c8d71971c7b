/** Whether an error code of Node says that no secure connection could be made (TLS and OpenSSL codes, `errors.html`). */
export function isTlsFault(code: string): boolean {
  return /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO/.test(code);
}
