import { createEmailChannel } from '../channels/email.ts';
import { createSmsChannel } from '../channels/sms.ts';
import { createTwilioBills } from '../channels/twilio-bills.ts';
import { createWhatsappChannel } from '../channels/whatsapp.ts';
import { createWhatsappApprovals } from '../channels/whatsapp-approvals.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/database.ts';
import { findContentSid, forgetContentSid, keepContentSid } from '../db/whatsapp-contents.ts';
import { mailServer, twilioAccount } from './revealed.ts';

/** The adapters of the channels that have credentials, and what else asks their providers; `close` ends them all. */
export function createChannels(config: Config, db: Database) {
  const { sms, whatsapp } = config;
  const account = (sms ?? whatsapp)?.twilio ?? null;
  const channels = {
    ...(config.email && { email: createEmail(config, config.email) }),
    ...(sms && { sms: createSms(config, sms) }),
    ...(whatsapp && { whatsapp: createWhatsapp(config, whatsapp, db) }),
  };
  const bills = account && createTwilioBills(twilioAccount(account));
  const approvals = account && createWhatsappApprovals(twilioAccount(account));
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

function createEmail({ worker }: Config, email: Given<'email'>) {
  return createEmailChannel({ ...mailServer(email), connections: worker.concurrency.email });
}

function createSms({ api }: Config, { twilio, from, senders, validitySeconds }: Given<'sms'>) {
  const { publicUrl } = api;
  return createSmsChannel({ twilio: twilioAccount(twilio), from, senders, validitySeconds, publicUrl });
}

function createWhatsapp({ api }: Config, { twilio, from, allowPrivateMedia }: Given<'whatsapp'>, db: Database) {
  const contents = {
    find: (hash: Buffer) => findContentSid(db, hash),
    keep: (hash: Buffer, contentSid: string) => keepContentSid(db, hash, contentSid),
    forget: (contentSid: string) => forgetContentSid(db, contentSid),
  };
  const { publicUrl } = api;
  return createWhatsappChannel({ twilio: twilioAccount(twilio), from, publicUrl, contents, allowPrivateMedia });
}
