import { Type } from 'typebox';
import { CHANNELS } from '../domain/channels.ts';
import { DELIVERY_STATUSES, MESSAGE_STATUSES, PRIORITIES, WAITING_FOR } from '../domain/statuses.ts';

/** Fields that several resources share. Lengths are in UTF-16 code units. */

/** A string that is one of a closed list; a single `enum` gives clearer faults than a union. */
export function OneOf<const Values extends readonly string[]>(values: Values, description?: string) {
  const about = description === undefined ? {} : { description };
  return Type.Unsafe<Values[number]>({ type: 'string', enum: [...values], ...about });
}

/** A value that may be null. Written as a type list, so that a wrong type is one fault and not one per branch. */
export function NullableString(
  options: { maxLength?: number; minLength?: number; format?: string; description?: string } = {},
) {
  return Type.Unsafe<string | null>({ type: ['string', 'null'], ...options });
}

export function NullableInteger(options: { minimum?: number; maximum?: number; description?: string } = {}) {
  return Type.Unsafe<number | null>({ type: ['integer', 'null'], ...options });
}

export const Id = Type.String({ format: 'uuid', description: 'UUIDv7' });
export const NullableId = NullableString({ format: 'uuid' });
/** RFC 3339 with nine digits of a second and an offset has 35. */
export const MAX_TIME_LENGTH = 64;
const MOMENT = { format: 'date-time', maxLength: MAX_TIME_LENGTH, description: 'RFC 3339' };
export const Time = Type.String(MOMENT);
export const NullableTime = NullableString(MOMENT);
export const ChannelField = OneOf(CHANNELS);
export const StatusField = OneOf(MESSAGE_STATUSES);
export const PriorityField = OneOf(PRIORITIES);

export const RetentionClass = Type.String({
  minLength: 1,
  maxLength: 50,
  description: 'How long the message is kept after its end: a class that the service is configured with',
});

export function nullableOneOf<const Values extends readonly string[]>(values: Values) {
  return Type.Unsafe<Values[number] | null>({ type: ['string', 'null'], enum: [...values, null] });
}

export const DeliveryStatusField = nullableOneOf(DELIVERY_STATUSES);
export const WaitingForField = nullableOneOf(WAITING_FOR);

export const IdParams = Type.Object({ id: Id });

/** What every list takes besides its filters. */
export const PageQuery = {
  cursor: Type.Optional(Type.String({ maxLength: 100, description: 'From the next or previous link of a page' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
};

/** A page of a list: rows, and links to the pages around it. */
export function listOf<Item extends Parameters<typeof Type.Array>[0]>(item: Item) {
  return Type.Object({
    results: Type.Array(item),
    next: NullableString({ description: 'URL of the next page' }),
    previous: NullableString({ description: 'URL of the previous page' }),
  });
}
