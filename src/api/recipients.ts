import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { ServiceContext } from '../service/context.ts';
import { eraseRecipientById } from '../service/erase-recipient.ts';
import {
  changeRecipient,
  createRecipient,
  findRecipients,
  getRecipient,
  profileFaults,
  type Recipient as RecipientView,
} from '../service/recipients.ts';
import { answerOnce } from './answer-once.ts';
import { callerOf } from './auth.ts';
import { isMatch } from './entity-tag.ts';
import { refuseUnsound } from './every-fault.ts';
import { IdParams, listOf } from './fields.ts';
import { listAnswer, pageRequest } from './list-answer.ts';
import { PROBLEMS } from './problem-schema.ts';
import { recipientJson, recipientTag, toProfileInput } from './recipient-json.ts';
import { NewRecipient, Recipient, RecipientListQuery } from './recipient-schemas.ts';

type App = Parameters<FastifyPluginAsyncTypebox>[0];

const tags = ['recipients'];

/** The people that messages go to. */
export function recipientRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    storeRecipient(app, context);
    listRecipients(app, context);
    readRecipient(app, context);
    replaceRecipient(app, context);
    eraseRecipient(app, context);
  };
}

function storeRecipient(app: App, context: ServiceContext): void {
  app.post(
    '/recipients/',
    {
      config: { access: 'recipients:write' },
      attachValidation: true,
      schema: {
        ...{ tags, summary: 'Store a recipient, or merge into the one who is the same person', body: NewRecipient },
        response: { ...PROBLEMS, 201: Recipient },
      },
    },
    async (request, reply) => {
      await refuseUnsoundProfile(request);
      return await answerOnce<RecipientView>(
        context,
        request,
        reply,
        (beforeCommit) => createRecipient(context, callerOf(request), toProfileInput(request.body), beforeCommit),
        (recipient) => ({
          status: 201,
          location: `/api/recipients/${recipient.id}/`,
          json: recipientJson(recipient),
        }),
      );
    },
  );
}

function listRecipients(app: App, context: ServiceContext): void {
  app.get(
    '/recipients/',
    {
      config: { access: 'recipients:read' },
      schema: {
        ...{ tags, summary: 'List recipients, the newest first', querystring: RecipientListQuery },
        response: { ...PROBLEMS, 200: listOf(Recipient) },
      },
    },
    async (request) => {
      const { external_id, email, phone, whatsapp, locale } = request.query;
      const given = { externalId: external_id, email, phone, whatsapp, locale };
      const page = await findRecipients(context, given, pageRequest(request.query));
      return listAnswer(request, page, recipientJson);
    },
  );
}

function readRecipient(app: App, context: ServiceContext): void {
  app.get(
    '/recipients/:id/',
    {
      config: { access: 'recipients:read' },
      schema: { tags, summary: 'Read a recipient', params: IdParams, response: { ...PROBLEMS, 200: Recipient } },
    },
    async (request, reply) => {
      const recipient = await getRecipient(context, request.params.id);
      reply.header('etag', recipientTag(recipient));
      return recipientJson(recipient);
    },
  );
}

function replaceRecipient(app: App, context: ServiceContext): void {
  app.put(
    '/recipients/:id/',
    {
      config: { access: 'recipients:write' },
      attachValidation: true,
      schema: {
        ...{ tags, summary: 'Replace what is known of a recipient', params: IdParams, body: NewRecipient },
        response: { ...PROBLEMS, 200: Recipient },
      },
    },
    async (request, reply) => {
      await refuseUnsoundProfile(request);
      const input = toProfileInput(request.body);
      const recipient = await changeRecipient(context, callerOf(request), request.params.id, input, (known) =>
        isMatch(request, recipientTag(known)),
      );
      reply.header('etag', recipientTag(recipient));
      return recipientJson(recipient);
    },
  );
}

async function refuseUnsoundProfile(request: FastifyRequest): Promise<void> {
  await refuseUnsound<Static<typeof NewRecipient>>(request, async (sound) => profileFaults(toProfileInput(sound)));
}

function eraseRecipient(app: App, context: ServiceContext): void {
  app.delete(
    '/recipients/:id/',
    {
      config: { access: 'recipients:write' },
      schema: {
        ...{ tags, summary: 'Erase a person from every table; their pending messages are cancelled', params: IdParams },
        response: { ...PROBLEMS, 204: Type.Null({ description: 'Erased' }) },
      },
    },
    async (request, reply) => {
      await eraseRecipientById(context, callerOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );
}
