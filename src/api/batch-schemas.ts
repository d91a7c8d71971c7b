import { type Static, Type } from 'typebox';
import { DELIVERY_STATUSES, MESSAGE_STATUSES } from '../domain/statuses.ts';
import { Id, NullableId, NullableTime, PageQuery, Time } from './fields.ts';
import { MessageWithWarnings } from './message-schemas.ts';
import { Problem } from './problem-schema.ts';

const batchFields = {
  id: Id,
  api_key: NullableId,
  size: Type.Integer({ description: 'Messages asked for' }),
  accepted: Type.Integer(),
  rejected: Type.Integer(),
  cancel_requested_at: NullableTime,
  created_at: Time,
};

export const Batch = Type.Object(batchFields, { title: 'Batch' });

const words = [...MESSAGE_STATUSES, 'cancelled', ...DELIVERY_STATUSES] as const;
const counts = Object.fromEntries(words.map((word) => [word, Type.Integer()])) as Record<
  (typeof words)[number],
  ReturnType<typeof Type.Integer>
>;

export const BatchDetail = Type.Object(
  {
    ...batchFields,
    counts: Type.Object(counts, {
      description:
        'Messages by `status`, which add up to those accepted; of those failed, `cancelled`; and by `delivery_status`',
    }),
  },
  { title: 'BatchDetail' },
);

export const BatchAnswer = Type.Object(
  {
    batch: Batch,
    results: Type.Array(
      Type.Object(
        { message: Type.Optional(MessageWithWarnings), error: Type.Optional(Problem) },
        { title: 'BatchItem' },
      ),
      { description: 'For each message in order, what a POST of it would have answered: `message` or `error`' },
    ),
  },
  { title: 'BatchAnswer' },
);

export const BatchCancelled = Type.Object(
  { id: Id, action: Type.String(), messages: Type.Integer({ description: 'How many were pending' }) },
  { description: 'No provider is called for them any more', title: 'BatchCancelled' },
);

export const BatchListQuery = Type.Object(PageQuery, { additionalProperties: false, title: 'BatchListQuery' });

export type BatchJson = Static<typeof Batch>;
