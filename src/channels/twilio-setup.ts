import { findings, type SetupCheck } from '../domain/channel-setup.ts';
import { DeliveryFailure } from './channel.ts';
import { createTwilioClient, type TwilioClient, type TwilioOptions } from './twilio-client.ts';

export interface TwilioSetup {
  readonly channel: 'sms' | 'whatsapp';
  readonly twilio: TwilioOptions;
  /** All senders of the channel: numbers, Messaging Services or names. */
  readonly senders: readonly string[];
}

const credentials = findings('credentials');
const senderFindings = findings('sender');

/** Whether Twilio takes our credentials. */
export async function checkTwilioAccount(twilio: TwilioOptions): Promise<SetupCheck> {
  const client = createTwilioClient(twilio);
  try {
    return await checkAccount(client, twilio.accountSid);
  } finally {
    client.close();
  }
}

/**
 * Whether Twilio takes our credentials and has our senders.
 * @param account what is said of the credentials, where several channels share them
 */
export async function checkTwilioSetup(
  { channel, twilio, senders }: TwilioSetup,
  account: Promise<SetupCheck> = checkTwilioAccount(twilio),
): Promise<SetupCheck[]> {
  const found = await account;
  if (found.state === 'wrong') return [found];
  const client = createTwilioClient(twilio);
  try {
    return [found, ...(await Promise.all(senders.map((sender) => checkSender(client, channel, sender))))];
  } finally {
    client.close();
  }
}

async function checkAccount(client: TwilioClient, accountSid: string): Promise<SetupCheck> {
  try {
    const { status, type } = await client.sdk.api.v2010.accounts(accountSid).fetch();
    if (status !== 'active') {
      return credentials.wrong(`The Twilio account is ${status}; reactivate it in the Twilio console.`);
    }
    if (type === 'Trial') {
      return credentials.warning('This is a trial account: it writes to verified numbers only. Upgrade it at Twilio.');
    }
    return credentials.ok('Twilio takes the account SID and the auth token.');
  } catch (error) {
    return failed(credentials, error, 'check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN');
  }
}

async function checkSender(client: TwilioClient, channel: TwilioSetup['channel'], sender: string): Promise<SetupCheck> {
  try {
    if (sender.startsWith('MG')) {
      await client.sdk.messaging.v1.services(sender).fetch();
      return senderFindings.ok(`The Messaging Service ${sender} exists.`);
    }
    if (channel === 'whatsapp') {
      return senderFindings.warning(
        `Whether ${sender} is a WhatsApp sender shows with its first message; see the Twilio console.`,
      );
    }
    if (!sender.startsWith('+')) {
      return senderFindings.warning(
        `Whether the name ${sender} may be used depends on each country; see Twilio's guidelines.`,
      );
    }
    const [number] = await client.sdk.incomingPhoneNumbers.list({ phoneNumber: sender, limit: 1 });
    if (number === undefined)
      return senderFindings.wrong(`${sender} is not a number of this Twilio account; buy it, or correct the sender.`);
    return number.capabilities.sms
      ? senderFindings.ok(`${sender} is a number of this account that can send texts.`)
      : senderFindings.wrong(`${sender} cannot send texts; use a number that can.`);
  } catch (error) {
    return failed(senderFindings, error, `check the sender ${sender}`);
  }
}

/** The client throws nothing but `DeliveryFailure`, whose sentence names no secret. */
function failed(finding: ReturnType<typeof findings>, error: unknown, advice: string): SetupCheck {
  if (!(error instanceof DeliveryFailure)) throw error;
  const isOurs =
    error.kind === 'misconfigured' || error.code.startsWith('twilio_http_4') || error.code === 'twilio_20404';
  const sentence = `${error.message.replace(/; [^;]*$/, '').replace(/\.$/, '')}; ${advice}.`;
  return isOurs ? finding.wrong(sentence) : finding.warning(sentence);
}
