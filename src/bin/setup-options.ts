import type { SetupOptions } from '../channels/setup.ts';
import type { Config, TwilioConfig } from '../config.ts';

/** What the check of the channels' set-up has to know. */
export function setupOptions({ api, email, sms, whatsapp }: Config): SetupOptions {
  const account = (twilio: TwilioConfig) => ({ ...twilio, authToken: twilio.authToken.reveal() });
  return {
    publicUrl: api.publicUrl,
    email: email && {
      ...{ smtpUrl: email.smtpUrl.reveal(), tls: email.tls, from: email.from, timeoutSeconds: email.timeoutSeconds },
      returnPath: email.returnPath,
      dkim: email.dkim && { ...email.dkim, privateKey: email.dkim.privateKey.reveal() },
    },
    sms: sms && { twilio: account(sms.twilio), senders: [sms.from, ...Object.values(sms.senders)] },
    whatsapp: whatsapp && { twilio: account(whatsapp.twilio), senders: [whatsapp.from] },
  };
}
