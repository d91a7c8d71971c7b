import type { SetupOptions } from '../channels/setup.ts';
import type { Config } from '../config.ts';
import { mailServer, twilioAccount } from './revealed.ts';

/** What the check of the channels' set-up has to know. */
export function setupOptions({ api, email, sms, whatsapp }: Config): SetupOptions {
  return {
    publicUrl: api.publicUrl,
    email: email && mailServer(email),
    sms: sms && { twilio: twilioAccount(sms.twilio), senders: [sms.from, ...Object.values(sms.senders)] },
    whatsapp: whatsapp && { twilio: twilioAccount(whatsapp.twilio), senders: [whatsapp.from] },
  };
}
