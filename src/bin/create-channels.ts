import { createEmailChannel } from '../channels/email.ts';
import { createSmsChannel } from '../channels/sms.ts';
import { createTwilioBills } from '../channels/twilio-bills.ts';
import { createWhatsappChannel } from '../channels/whatsapp.ts';
import { createWhatsappApprovals } from '../channels/whatsapp-approvals.ts';
import type { Config, TwilioConfig } from '../config.ts';
import type { Database } from '../db/database.ts';
import { findContentSid, keepContentSid } from '../db/whatsapp-contents.ts';

/** The adapters of the channels that have credentials, and what else asks their providers; `close` ends them all. */
export function createChannels(config: Config, db: Database) {
  const { sms, whatsapp } = config;
  const account = (sms ?? whatsapp)?.twilio ?? null;
  const channels = {
    ...(config.email && { email: createEmail(config, config.email) }),
    ...(sms && { sms: createSms(config, sms) }),
    ...(whatsapp && { whatsapp: createWhatsapp(config, whatsapp, db) }),
  };
  const bills = account && createTwilioBills(revealed(account));
  const approvals = account && createWhatsappApprovals(revealed(account));
  return {
    ...{ channels, bills, approvals },
    async close() {
      await Promise.all(Object.values(channels).map((channel) => channel.close()));
      bills?.close();
      approvals?.close();
    },
  };
}

type Given<Key extends 'email' | 'sms' | 'whatsapp'> = NonNullable<Config[Key]>;

function createEmail({ worker }: Config, { smtpUrl, tls, from, returnPath, dkim, timeoutSeconds }: Given<'email'>) {
  return createEmailChannel({
    ...{ smtpUrl: smtpUrl.reveal(), tls, from, returnPath, timeoutSeconds },
    dkim: dkim && { ...dkim, privateKey: dkim.privateKey.reveal() },
    connections: worker.concurrency.email,
  });
}

function createSms({ api }: Config, { twilio, from, senders, validitySeconds }: Given<'sms'>) {
  const { publicUrl } = api;
  return createSmsChannel({ twilio: revealed(twilio), from, senders, validitySeconds, publicUrl });
}

function createWhatsapp({ api }: Config, { twilio, from, allowPrivateMedia }: Given<'whatsapp'>, db: Database) {
  const contents = {
    find: (hash: Buffer) => findContentSid(db, hash),
    keep: (hash: Buffer, contentSid: string) => keepContentSid(db, hash, contentSid),
  };
  const { publicUrl } = api;
  return createWhatsappChannel({ twilio: revealed(twilio), from, publicUrl, contents, allowPrivateMedia });
}

function revealed({ authToken, ...account }: TwilioConfig) {
  return { ...account, authToken: authToken.reveal() };
}
