import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { ServiceContext } from '../service/context.ts';
import { type ExportedMessage, exportRecipient, type RecipientExport } from '../service/export-recipient.ts';
import { callerOf } from './auth.ts';
import { IdParams, NullableString, Time } from './fields.ts';
import { messageDetailJson } from './message-json.ts';
import { MessageDetail } from './message-schemas.ts';
import { PROBLEMS } from './problem-schema.ts';
import { recipientJson } from './recipient-json.ts';
import { Recipient } from './recipient-schemas.ts';
import { Reply, replyJson } from './replies.ts';
import { Suppression, suppressionJson } from './suppressions.ts';

const Message = Type.Object(
  {
    ...MessageDetail.properties,
    html: NullableString({ description: 'As the sender wrote it' }),
    variables: Type.Unsafe<Readonly<Record<string, unknown>> | null>({ type: ['object', 'null'] }),
    media_url: NullableString(),
    reply_to: NullableString(),
    attachments: Type.Array(
      Type.Object({
        filename: Type.String(),
        content_type: Type.String(),
        size: Type.Integer({ description: 'Bytes' }),
      }),
    ),
  },
  { title: 'ExportedMessage' },
);

const Export = Type.Object(
  {
    exported_at: Time,
    recipient: Recipient,
    suppressions: Type.Array(Suppression),
    messages: Type.Array(Message, { description: 'The newest first' }),
    replies: Type.Array(Reply, { description: 'What they wrote, the newest first' }),
  },
  { title: 'RecipientExport' },
);

/** Everything known of one person, as one document that is written while it is read. */
export function recipientExportRoute(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/recipients/:id/export/',
      {
        // The document has the content of messages, so both are needed.
        config: { access: ['recipients:read', 'messages:read'] },
        schema: {
          ...{ tags: ['recipients'], summary: 'Export everything known of a person', params: IdParams },
          response: { ...PROBLEMS, 200: Export },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const exported = await exportRecipient(context, callerOf(request), id);
        reply.type('application/json; charset=utf-8');
        reply.header('content-disposition', `attachment; filename="recipient-${id}.json"`);
        // The schema describes the document, whose text is sent as it comes.
        return reply.send(Readable.from(exportText(exported), { objectMode: false }) as never);
      },
    );
  };
}

async function* exportText({ recipient, suppressions, messages, replies }: RecipientExport): AsyncGenerator<string> {
  const head: Omit<Static<typeof Export>, 'messages' | 'replies'> = {
    exported_at: new Date().toISOString(),
    recipient: recipientJson(recipient),
    suppressions: suppressions.map(suppressionJson),
  };
  yield `${JSON.stringify(head).slice(0, -1)},"messages":[`;
  yield* listText(messages, exportedMessageJson);
  yield '],"replies":[';
  yield* listText(replies, replyJson);
  yield ']}';
}

async function* listText<Item>(items: AsyncIterable<Item>, toJson: (item: Item) => object): AsyncGenerator<string> {
  let separator = '';
  for await (const item of items) {
    yield separator + JSON.stringify(toJson(item));
    separator = ',';
  }
}

function exportedMessageJson(message: ExportedMessage): Static<typeof Message> {
  const { html, variables, mediaUrl, replyTo } = message.body;
  return {
    ...messageDetailJson(message),
    ...{ html, variables, media_url: mediaUrl, reply_to: replyTo },
    attachments: message.attachments.map(({ filename, contentType, size }) => ({
      ...{ filename, content_type: contentType, size },
    })),
  };
}
