import type { Channel } from './channels.ts';

/** How a person is known and reached. Everything here is personal data. */
export interface RecipientDetails {
  readonly externalId: string | null;
  readonly name: string | null;
  readonly email: string | null;
  /** E.164. */
  readonly phone: string | null;
  /** E.164. */
  readonly whatsapp: string | null;
}

/** Where a channel reaches this person, or null where it cannot. */
export function addressOn(channel: Channel, details: RecipientDetails): string | null {
  switch (channel) {
    case 'email':
      return details.email;
    case 'sms':
      return details.phone;
    case 'whatsapp':
      return details.whatsapp;
  }
}

/** When a person does not want to be disturbed, in their own time zone; a start after the end spans midnight. */
export interface QuietHours {
  /** Such as `22:00`. */
  readonly start: string;
  /** Such as `07:00`; not in the quiet time any more. */
  readonly end: string;
}
