import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { type AcceptedMessage, acceptMessage } from '../service/accept-message.ts';
import { changeFaults, changeMessage } from '../service/change-message.ts';
import type { ServiceContext } from '../service/context.ts';
import { eraseMessageById } from '../service/erase-message.ts';
import { findMessages, type MessageQuery } from '../service/find-messages.ts';
import { getMessage } from '../service/message-view.ts';
import { answerOnce } from './answer-once.ts';
import { callerOf } from './auth.ts';
import { isMatch } from './entity-tag.ts';
import { refuseUnsound } from './every-fault.ts';
import { IdParams, listOf } from './fields.ts';
import { listAnswer, pageRequest } from './list-answer.ts';
import {
  acceptedJson,
  messageDetailJson,
  messageJson,
  messageTag,
  toMessageChange,
  toMessageInput,
} from './message-json.ts';
import {
  ChangedMessage,
  Message,
  MessageChange,
  MessageDetail,
  MessageListQuery,
  MessageWithWarnings,
  NewMessage,
} from './message-schemas.ts';
import { PROBLEMS } from './problem-schema.ts';
import { refuseUnsoundMessage } from './unsound-message.ts';
import { warningsJson } from './warnings.ts';

type App = Parameters<FastifyPluginAsyncTypebox>[0];

const tags = ['messages'];

/** Sending, reading, changing and operating messages. */
export function messageRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    sendMessage(app, context);
    listMessages(app, context);
    readMessage(app, context);
    replaceMessage(app, context);
    deleteMessage(app, context);
  };
}

function sendMessage(app: App, context: ServiceContext): void {
  app.post(
    '/messages/',
    {
      config: { access: 'messages:send' },
      attachValidation: true,
      schema: {
        ...{ tags, summary: 'Send a message', body: NewMessage },
        response: { ...PROBLEMS, 201: MessageWithWarnings },
      },
    },
    async (request, reply) => {
      await refuseUnsoundMessage(context, request);
      return await answerOnce<AcceptedMessage>(
        context,
        request,
        reply,
        (beforeCommit) => acceptMessage(context, callerOf(request), toMessageInput(request.body), beforeCommit),
        (accepted) => ({
          status: 201,
          location: `/api/messages/${accepted.view.id}/`,
          json: acceptedJson(accepted),
        }),
      );
    },
  );
}

function listMessages(app: App, context: ServiceContext): void {
  app.get(
    '/messages/',
    {
      config: { access: 'messages:read' },
      schema: {
        ...{ tags, summary: 'List messages, the newest first', querystring: MessageListQuery },
        response: { ...PROBLEMS, 200: listOf(Message) },
      },
    },
    async (request) => {
      const page = await findMessages(context, toMessageQuery(request.query), pageRequest(request.query));
      return listAnswer(request, page, messageJson);
    },
  );
}

function readMessage(app: App, context: ServiceContext): void {
  app.get(
    '/messages/:id/',
    {
      config: { access: 'messages:read' },
      schema: {
        ...{ tags, summary: 'Read a message with its attempts and events', params: IdParams },
        response: { ...PROBLEMS, 200: MessageDetail },
      },
    },
    async (request, reply) => {
      const detail = await getMessage(context, request.params.id);
      reply.header('etag', messageTag(detail));
      return messageDetailJson(detail);
    },
  );
}

function replaceMessage(app: App, context: ServiceContext): void {
  app.put(
    '/messages/:id/',
    {
      config: { access: 'messages:manage' },
      attachValidation: true,
      schema: {
        ...{ tags, summary: 'Change a message that nothing has been sent of', params: IdParams, body: MessageChange },
        response: { ...PROBLEMS, 200: ChangedMessage },
      },
    },
    async (request, reply) => {
      await refuseUnsound<Static<typeof MessageChange>>(request, async (sound) =>
        changeFaults(context, request.params.id, toMessageChange(sound)),
      );
      const change = toMessageChange(request.body);
      const isExpected = (row: Parameters<typeof messageTag>[0]) => isMatch(request, messageTag(row));
      const { detail, warnings } = await changeMessage(
        context,
        callerOf(request),
        request.params.id,
        change,
        isExpected,
      );
      reply.header('etag', messageTag(detail));
      return { ...messageDetailJson(detail), warnings: warningsJson(warnings) };
    },
  );
}

function deleteMessage(app: App, context: ServiceContext): void {
  app.delete(
    '/messages/:id/',
    {
      config: { access: 'messages:manage' },
      schema: {
        ...{ tags, summary: 'Delete a message; a pending one is cancelled first', params: IdParams },
        response: { ...PROBLEMS, 204: Type.Null({ description: 'Deleted' }) },
      },
    },
    async (request, reply) => {
      await eraseMessageById(context, callerOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );
}

/** What the filters of a list, or of a bulk action, ask for. */
export function toMessageQuery(query: Static<typeof MessageListQuery>): MessageQuery {
  const metadata = Object.entries(query)
    .filter(([name]) => name.startsWith('metadata.'))
    .map(([name, value]) => [name.slice('metadata.'.length), String(value)] as const);
  const date = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
  const all = {
    status: query.status,
    channel: query.channel,
    deliveryStatus: query.delivery_status,
    waitingFor: query.waiting_for,
    recipient: query.recipient,
    batchId: query.batch_id,
    templateId: query.template_id,
    errorCode: query.error_code,
    priority: query.priority,
    createdAfter: date(query.created_after),
    createdBefore: date(query.created_before),
    sentAfter: date(query.sent_after),
    sentBefore: date(query.sent_before),
    failedAfter: date(query.failed_after),
    failedBefore: date(query.failed_before),
    metadata: metadata.length === 0 ? undefined : Object.fromEntries(metadata),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as MessageQuery;
}
