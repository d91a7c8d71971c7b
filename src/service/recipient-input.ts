import { parseEmail } from '../addresses/email.ts';
import { parsePhone } from '../addresses/phone.ts';
import type { Channel } from '../domain/channels.ts';
import type { OptOut } from '../domain/opt-outs.ts';
import type { QuietHours, RecipientDetails } from '../domain/recipient.ts';
import type { Fault } from './service-error.ts';

/** A person as a caller describes them; what is left out is not known, or stays as it is. */
export interface RecipientInput {
  readonly externalId?: string | null;
  readonly name?: string | null;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly whatsapp?: string | null;
  readonly locale?: string | null;
  readonly timeZone?: string | null;
}

/** A person with what they prefer and refuse. */
export interface RecipientProfileInput extends RecipientInput {
  /** The one they like best first. */
  readonly preferredChannels?: readonly Channel[];
  readonly quietHours?: QuietHours | null;
  readonly optOuts?: readonly OptOut[];
}

/** A person whose addresses have been read. */
export interface ParsedRecipient {
  readonly details: RecipientDetails;
  readonly locale: string | null;
  readonly timeZone: string | null;
}

/** A time of the day to the minute. */
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Reads addresses, locale and time zone of an inline recipient; faults point below `pointer`. */
export function parseRecipient(input: RecipientInput, pointer: string): { parsed: ParsedRecipient; faults: Fault[] } {
  const faults: Fault[] = [];
  const read = (field: 'email' | 'phone' | 'whatsapp', parse: typeof parseEmail): string | null => {
    const text = input[field] ?? null;
    if (text === null) return null;
    const result = parse(text);
    if ('value' in result) return result.value;
    faults.push({ pointer: `${pointer}/${field}`, ...result.fault });
    return null;
  };
  const details: RecipientDetails = {
    externalId: input.externalId ?? null,
    name: input.name ?? null,
    email: read('email', parseEmail),
    phone: read('phone', parsePhone),
    whatsapp: read('whatsapp', parsePhone),
  };
  const locale = input.locale ?? null;
  if (locale !== null && !isLocale(locale)) {
    faults.push({ pointer: `${pointer}/locale`, code: 'invalid_locale', message: 'Not a language tag such as pt-BR.' });
  }
  const timeZone = input.timeZone ?? null;
  if (timeZone !== null && !isTimeZone(timeZone)) {
    const message = 'Not an IANA time zone such as Europe/London.';
    faults.push({ pointer: `${pointer}/time_zone`, code: 'invalid_time_zone', message });
  }
  const isKnowable = [details.externalId, details.email, details.phone, details.whatsapp].some((text) => text !== null);
  if (!isKnowable && faults.length === 0) {
    const message = 'A recipient needs an external_id or an address.';
    faults.push({ pointer, code: 'recipient_unknown', message });
  }
  return { parsed: { details, locale, timeZone }, faults };
}

/** What is wrong with what a person prefers and refuses. */
export function preferenceFaults(input: RecipientProfileInput): Fault[] {
  const { preferredChannels = [], optOuts = [], quietHours = null } = input;
  const faults = repeats(preferredChannels).map((index) => ({
    ...{ pointer: `/preferred_channels/${index}`, code: 'duplicate_channel', message: 'This channel is named twice.' },
  }));
  if (quietHours !== null) faults.push(...quietHoursFaults(quietHours));
  for (const [index, { channel, category }] of optOuts.entries()) {
    if (channel !== null || category !== null) continue;
    const message = 'An opt-out needs a channel, a category, or both.';
    faults.push({ pointer: `/opt_outs/${index}`, code: 'opt_out_of_nothing', message });
  }
  for (const index of repeats(optOuts.map(({ channel, category }) => `${channel} ${category}`))) {
    faults.push({ pointer: `/opt_outs/${index}`, code: 'duplicate_opt_out', message: 'This opt-out is named twice.' });
  }
  return faults;
}

function quietHoursFaults(quietHours: QuietHours): Fault[] {
  const faults = (['start', 'end'] as const)
    .filter((field) => !TIME_OF_DAY.test(quietHours[field]))
    .map((field) => ({
      ...{ pointer: `/quiet_hours/${field}`, code: 'invalid_time', message: 'Not a time of the day such as 22:00.' },
    }));
  if (faults.length === 0 && quietHours.start === quietHours.end) {
    const message = 'Quiet hours end at another time than they start.';
    faults.push({ pointer: '/quiet_hours/end', code: 'no_quiet_hours', message });
  }
  return faults;
}

/** The places of what was in the list before. */
function repeats(values: readonly string[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) === index ? [] : [index]));
}

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
