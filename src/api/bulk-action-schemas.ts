import { Type } from 'typebox';
import { BULK_ACTION_STATUSES, BULK_ACTION_TYPES } from '../domain/bulk-actions.ts';
import { CHANNELS } from '../domain/channels.ts';
import { ChannelField, Id, listOf, NullableTime, nullableOneOf, OneOf, PageQuery, Time } from './fields.ts';
import { MAX_FILTERS, METADATA_FILTERS, MessageListQuery } from './message-schemas.ts';

const closed = { additionalProperties: false };

const { cursor, limit, ...filters } = MessageListQuery.properties;

/** The filters of the list of messages, at least one of them. */
const Filter = Type.Object(filters, {
  ...{ ...closed, patternProperties: METADATA_FILTERS, minProperties: 1, maxProperties: MAX_FILTERS },
  description: 'As for the list of messages; at least one, because what fits none is everything',
});

export const NewBulkAction = Type.Object(
  {
    action: OneOf(BULK_ACTION_TYPES),
    channel: Type.Optional(ChannelField),
    note: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1000, description: 'For resolve: written on each message' }),
    ),
    filter: Filter,
    dry_run: Type.Optional(Type.Boolean({ description: 'Only counts what the filter finds' })),
  },
  { ...closed, title: 'NewBulkAction' },
);

export const Matches = Type.Object(
  { matched: Type.Integer({ description: 'Messages that the filter finds' }) },
  { title: 'BulkActionMatches', description: 'Of a dry run; nothing has been stored' },
);

const fields = {
  id: Id,
  action: OneOf(BULK_ACTION_TYPES),
  channel: nullableOneOf(CHANNELS),
  filter: Type.Record(Type.String(), Type.String(), { description: 'The recipient by their id' }),
  status: OneOf(BULK_ACTION_STATUSES),
  matched: Type.Integer({ description: 'Messages that the filter found when it began' }),
  done: Type.Integer(),
  refused: Type.Record(Type.String(), Type.Integer(), {
    description: 'Messages whose state did not allow it, counted by the code of the refusal',
  }),
  actor: Type.String(),
  workflow_id: Type.String(),
  created_at: Time,
  started_at: NullableTime,
  finished_at: NullableTime,
};

export const BulkAction = Type.Object(fields, { title: 'BulkAction' });
export const BulkActionList = listOf(BulkAction);

export const BulkActionDetail = Type.Object(
  {
    ...fields,
    refusals: Type.Array(Type.Object({ message: Id, code: Type.String() }), {
      description: 'The first hundred messages that it was refused by',
    }),
  },
  { title: 'BulkActionDetail' },
);

export const BulkActionListQuery = Type.Object(PageQuery, { ...closed, title: 'BulkActionListQuery' });
