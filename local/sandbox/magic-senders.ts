/**
 * The senders that are special in the sandbox, as data. Every other number, name and Messaging Service is one of the
 * account's own.
 */

export interface SenderRule {
  readonly number: string;
  readonly errorCode: number;
  readonly sentence: string;
}

export interface ServiceRule {
  /** The last four digits of the SID of a Messaging Service. */
  readonly ending: string;
  readonly sentence: string;
  readonly errorCode: number;
}

/** Twilio's own magic senders for test credentials, and more; each is answered with 400. */
export const SENDER_RULES: readonly SenderRule[] = [
  { number: '+15005550001', errorCode: 21212, sentence: 'Not a valid sender: 400 with code 21212.' },
  { number: '+15005550007', errorCode: 21606, sentence: 'Not a number of this account: 400 with code 21606.' },
  { number: '+15005550008', errorCode: 21611, sentence: 'The queue of this sender is full: 400 with code 21611.' },
  { number: '+15005550011', errorCode: 21606, sentence: 'A number that can only call: 400 with code 21606.' },
];

export const SERVICE_RULES: readonly ServiceRule[] = [
  { ending: '0001', errorCode: 21701, sentence: 'Does not exist: 404; a message with it is refused with code 21701.' },
  { ending: '0002', errorCode: 21704, sentence: 'Has no numbers: a message with it is refused with code 21704.' },
];
