/** When a connection to the mail server is encrypted by STARTTLS (RFC 3207); `smtps://` is TLS from its start. */
export type TlsMode = 'opportunistic' | 'required' | 'off';

/** The options of nodemailer for a mode. */
export function tlsOptions(mode: TlsMode): { ignoreTLS?: true; requireTLS?: true; opportunisticTLS?: true } {
  switch (mode) {
    case 'opportunistic':
      return { opportunisticTLS: true };
    case 'required':
      return { requireTLS: true };
    case 'off':
      return { ignoreTLS: true };
    default:
      return mode satisfies never;
  }
}
