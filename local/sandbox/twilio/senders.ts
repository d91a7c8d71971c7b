import { SENDER_RULES, SERVICE_RULES } from '../magic-senders.ts';

/** The number that a Messaging Service picks, and the one that stands for all numbers of the account in lists. */
export const ACCOUNT_NUMBER = '+15005550006';

export const E164 = /^\+[1-9]\d{6,14}$/;
const SHORT_CODE = /^\d{3,8}$/;
const ALPHANUMERIC_SENDER = /^(?=.*[A-Za-z])[A-Za-z0-9 &_-][A-Za-z0-9 &_+-]{0,10}$/;
const SERVICE_SID = /^MG[0-9a-fA-F]{32}$/;

/** A channel address without its channel: `whatsapp:+1…` is `+1…`. */
export function bareNumber(address: string): string {
  return address.replace(/^whatsapp:/, '');
}

export function channelOf(address: string): 'sms' | 'whatsapp' {
  return address.startsWith('whatsapp:') ? 'whatsapp' : 'sms';
}

/** The code of what is wrong with a sender, or null. */
export function senderFault(from: string): number | null {
  const number = bareNumber(from);
  const rule = SENDER_RULES.find((sender) => sender.number === number);
  if (rule !== undefined) return rule.errorCode;
  const forms = channelOf(from) === 'sms' ? [E164, SHORT_CODE, ALPHANUMERIC_SENDER] : [E164];
  return forms.some((form) => form.test(number)) ? null : 21212;
}

/** The code of what is wrong with the SID of a Messaging Service, or null. */
export function serviceFault(sid: string): number | null {
  if (!SERVICE_SID.test(sid)) return 21705;
  return SERVICE_RULES.find(({ ending }) => sid.endsWith(ending))?.errorCode ?? null;
}
