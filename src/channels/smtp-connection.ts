/** When a connection to the mail server is encrypted by STARTTLS (RFC 3207); `smtps://` is TLS from its start. */
export type TlsMode = 'opportunistic' | 'required' | 'off';

/** How to reach a mail server. */
export interface SmtpServer {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  readonly smtpUrl: string;
  /** When the connection is encrypted; where it is offered, if this is left out. */
  readonly tls?: TlsMode;
  /** Longest silence of the mail server. */
  readonly timeoutSeconds: number;
}

/** The options of nodemailer for a connection. */
export function connectionOptions({ smtpUrl, tls = 'opportunistic', timeoutSeconds }: SmtpServer) {
  const timeout = timeoutSeconds * 1000;
  return {
    url: smtpUrl,
    ...tlsOptions(tls),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
  };
}

function tlsOptions(mode: TlsMode): { ignoreTLS?: true; requireTLS?: true; opportunisticTLS?: true } {
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
