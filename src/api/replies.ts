import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { INBOUND_KINDS } from '../domain/inbound.ts';
import type { ServiceContext } from '../service/context.ts';
import { findReplies, type Reply as ReplyView } from '../service/replies.ts';
import { ChannelField, Id, IdParams, listOf, NullableId, NullableString, OneOf, PageQuery, Time } from './fields.ts';
import { listAnswer, pageRequest } from './list-answer.ts';
import { PROBLEMS } from './problem-schema.ts';

const Media = Type.Object({
  url: Type.String({ description: 'At the provider, which asks for its own credentials' }),
  content_type: NullableString(),
});

const Location = Type.Object({
  latitude: Type.Number({ description: 'Degrees' }),
  longitude: Type.Number({ description: 'Degrees' }),
  label: NullableString(),
  address: NullableString(),
});

export const Reply = Type.Object(
  {
    id: Id,
    message: NullableId,
    channel: ChannelField,
    kind: OneOf(INBOUND_KINDS),
    text: NullableString(),
    button_id: NullableString({ description: 'As the message that offered the button named it' }),
    button_text: NullableString({ description: 'What the person saw' }),
    list_id: NullableString({ description: 'As the message that offered the list named the item' }),
    list_title: NullableString({ description: 'What the person saw' }),
    location: Type.Union([Location, Type.Null()]),
    media: Type.Array(Media),
    profile_name: NullableString({ description: 'How the person calls themselves on WhatsApp' }),
    received_at: Time,
  },
  { title: 'Reply' },
);

const ReplyListQuery = Type.Object(PageQuery, { additionalProperties: false, title: 'ReplyListQuery' });

/** What people answer to messages. */
export function replyRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/messages/:id/replies/',
      {
        config: { access: 'messages:read' },
        schema: {
          ...{ tags: ['messages'], summary: 'List what was answered to a message, the newest first' },
          ...{ params: IdParams, querystring: ReplyListQuery },
          response: { ...PROBLEMS, 200: listOf(Reply) },
        },
      },
      async (request) => {
        const page = await findReplies(context, request.params.id, pageRequest(request.query));
        return listAnswer(request, page, replyJson);
      },
    );
  };
}

export function replyJson(reply: ReplyView): Static<typeof Reply> {
  const { id, messageId, channel, kind, text, choice, location, media, profileName, receivedAt } = reply;
  const [button, item] = kind === 'list' ? [null, choice] : [choice, null];
  return {
    ...{ id, message: messageId, channel, kind, text },
    ...{ button_id: button?.id ?? null, button_text: button?.title ?? null },
    ...{ list_id: item?.id ?? null, list_title: item?.title ?? null },
    location,
    media: media.map(({ url, contentType }) => ({ url, content_type: contentType })),
    ...{ profile_name: profileName, received_at: receivedAt.toISOString() },
  };
}
