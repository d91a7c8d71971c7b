import { resolveTxt } from 'node:dns/promises';
import type { ChannelSetup, SetupCheck } from '../domain/channel-setup.ts';
import { checkEmailServer, senderDomain } from './email-setup.ts';
import { checkPublicUrl } from './public-url-setup.ts';
import { checkSendingDomain, type SendingDomain, type TextLookup } from './sending-domain.ts';
import type { SmtpServer } from './smtp-connection.ts';
import { checkTwilioSetup, type TwilioSetup } from './twilio-setup.ts';

export interface SetupOptions {
  readonly publicUrl: string;
  /** Each null where the channel has no credentials. */
  readonly email:
    | (SmtpServer & Pick<SendingDomain, 'dkim'> & { readonly from: string; readonly returnPath: string | null })
    | null;
  readonly sms: Omit<TwilioSetup, 'channel'> | null;
  readonly whatsapp: Omit<TwilioSetup, 'channel'> | null;
}

/** Looks at credentials, senders, the DNS and the public URL of every channel. Takes seconds; sends nothing. */
export async function checkSetup(options: SetupOptions, lookUp: TextLookup = lookUpText): Promise<ChannelSetup[]> {
  const { email, sms, whatsapp } = options;
  const webhooks = checkPublicUrl(options.publicUrl);
  const twilio = (channel: TwilioSetup['channel'], setup: Omit<TwilioSetup, 'channel'> | null) =>
    setup === null ? null : Promise.all([checkTwilioSetup({ ...setup, channel }), webhooks.then((check) => [check])]);
  return await Promise.all([
    describe('email', email === null ? null : Promise.all([checkEmailServer(email), checkDomain(email, lookUp)])),
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

async function checkDomain(email: NonNullable<SetupOptions['email']>, lookUp: TextLookup): Promise<SetupCheck[]> {
  const from = senderDomain(email.from);
  const returnPath = email.returnPath?.split('@').at(-1) ?? from;
  return await checkSendingDomain({ from, returnPath, dkim: email.dkim }, lookUp);
}

/** A long text comes in pieces (RFC 7208, section 3.3). A name without any is no fault of the DNS. */
async function lookUpText(name: string): Promise<string[]> {
  try {
    return (await resolveTxt(name)).map((pieces) => pieces.join(''));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENODATA' || code === 'ENOTFOUND') return [];
    throw error;
  }
}
