import { lookup, resolveMx, resolveTxt } from 'node:dns/promises';
import type { ChannelSetup, SetupCheck } from '../domain/channel-setup.ts';
import { checkEmailServer, senderDomain } from './email-setup.ts';
import { checkPublicUrl } from './public-url-setup.ts';
import {
  checkEmailSender,
  checkSendingDomain,
  type MailHostLookup,
  type SendingDomain,
  type TextLookup,
} from './sending-domain.ts';
import type { SmtpServer } from './smtp-connection.ts';
import { checkTwilioAccount, checkTwilioSetup, type TwilioSetup } from './twilio-setup.ts';

export interface SetupOptions {
  readonly publicUrl: string;
  /** Each null where the channel has no credentials. */
  readonly email:
    | (SmtpServer & Pick<SendingDomain, 'dkim'> & { readonly from: string; readonly returnPath: string | null })
    | null;
  /** Of the same account as WhatsApp. */
  readonly sms: Omit<TwilioSetup, 'channel'> | null;
  readonly whatsapp: Omit<TwilioSetup, 'channel'> | null;
}

/** What the DNS is asked. */
export interface Dns {
  readonly lookUpText: TextLookup;
  readonly lookUpMailHosts: MailHostLookup;
}

const DNS: Dns = { lookUpText, lookUpMailHosts };

/** Looks at credentials, senders, the DNS and the public URL of every channel. Takes seconds; sends nothing. */
export async function checkSetup(options: SetupOptions, dns: Dns = DNS): Promise<ChannelSetup[]> {
  const { email, sms, whatsapp } = options;
  const webhooks = checkPublicUrl(options.publicUrl).then((check) => [check]);
  const credentials = (sms ?? whatsapp)?.twilio;
  const account = credentials && checkTwilioAccount(credentials);
  const twilio = (channel: TwilioSetup['channel'], setup: Omit<TwilioSetup, 'channel'> | null) =>
    setup === null ? null : Promise.all([checkTwilioSetup({ ...setup, channel }, account), webhooks]);
  return await Promise.all([
    // Bounces come to the public URL, and links in mails lead there.
    describe(
      'email',
      email === null ? null : Promise.all([checkEmailServer(email), checkDomain(email, dns), webhooks]),
    ),
    describe('sms', twilio('sms', sms)),
    describe('whatsapp', twilio('whatsapp', whatsapp)),
  ]);
}

async function describe(
  channel: ChannelSetup['channel'],
  checks: Promise<readonly SetupCheck[][]> | null,
): Promise<ChannelSetup> {
  return { channel, isConfigured: checks !== null, checks: (await checks)?.flat() ?? [] };
}

async function checkDomain(email: NonNullable<SetupOptions['email']>, dns: Dns): Promise<SetupCheck[]> {
  const from = senderDomain(email.from);
  const returnPath = email.returnPath?.split('@').at(-1) ?? from;
  const [found, others] = await Promise.all([
    checkEmailSender(from, dns.lookUpMailHosts),
    checkSendingDomain({ from, returnPath, dkim: email.dkim }, dns.lookUpText),
  ]);
  return [found, ...others];
}

/** A long text comes in pieces (RFC 7208, section 3.3). */
async function lookUpText(name: string): Promise<string[]> {
  return (await orNone(resolveTxt(name))).map((pieces) => pieces.join(''));
}

/** Where there is no MX record, the domain itself is the host (RFC 5321, section 5.1). */
async function lookUpMailHosts(domain: string): Promise<string[]> {
  const records = await orNone(resolveMx(domain));
  if (records.length > 0) return records.map(({ exchange }) => exchange);
  const addresses = await orNone(lookup(domain, { all: true }));
  return addresses.length > 0 ? [domain] : [];
}

/** A name without any record is no fault of the DNS. */
async function orNone<RecordType>(answer: Promise<RecordType[]>): Promise<RecordType[]> {
  try {
    return await answer;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENODATA' || code === 'ENOTFOUND') return [];
    throw error;
  }
}
