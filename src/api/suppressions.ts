import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { ServiceContext } from '../service/context.ts';
import {
  addSuppression,
  findSuppressions,
  type KeptSuppression,
  liftSuppression,
  type Suppression as SuppressionView,
} from '../service/suppressions.ts';
import { answerOnce } from './answer-once.ts';
import { callerOf } from './auth.ts';
import { ChannelField, Id, IdParams, listOf, NullableString, PageQuery, Time } from './fields.ts';
import { listAnswer, pageRequest } from './list-answer.ts';
import { PROBLEMS } from './problem-schema.ts';

type App = Parameters<FastifyPluginAsyncTypebox>[0];

const tags = ['suppressions'];
const closed = { additionalProperties: false };

export const Suppression = Type.Object(
  {
    id: Id,
    channel: ChannelField,
    reason: Type.String(),
    address_hint: NullableString({ description: 'What the address looks like; the address itself is not stored' }),
    created_at: Time,
  },
  { title: 'Suppression' },
);

const NewSuppression = Type.Object(
  {
    channel: ChannelField,
    address: Type.String({ maxLength: 320, description: 'An email address, or a phone number' }),
    reason: Type.String({ minLength: 1, maxLength: 200, description: 'Not encrypted, so keep personal data out' }),
  },
  { ...closed, title: 'NewSuppression' },
);

const SuppressionListQuery = Type.Object(
  {
    channel: Type.Optional(ChannelField),
    address: Type.Optional(Type.String({ minLength: 1, maxLength: 320 })),
    ...PageQuery,
  },
  { ...closed, title: 'SuppressionListQuery' },
);

/** Addresses that no message is sent to. */
export function suppressionRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    suppressAddress(app, context);
    listSuppressions(app, context);
    liftOne(app, context);
  };
}

export function suppressionJson(suppression: SuppressionView): Static<typeof Suppression> {
  const { addressHint, createdAt, ...same } = suppression;
  return { ...same, address_hint: addressHint, created_at: createdAt.toISOString() };
}

function suppressAddress(app: App, context: ServiceContext): void {
  app.post(
    '/suppressions/',
    {
      config: { access: 'recipients:write' },
      schema: {
        ...{ tags, summary: 'Suppress an address on a channel; 200 where it is already', body: NewSuppression },
        response: { ...PROBLEMS, 200: Suppression, 201: Suppression },
      },
    },
    async (request, reply) =>
      answerOnce<KeptSuppression>(
        context,
        request,
        reply,
        (beforeCommit) => addSuppression(context, callerOf(request), request.body, beforeCommit),
        ({ suppression, isNew }) => ({
          status: isNew ? 201 : 200,
          location: `/api/suppressions/${suppression.id}/`,
          json: suppressionJson(suppression),
        }),
      ),
  );
}

function listSuppressions(app: App, context: ServiceContext): void {
  app.get(
    '/suppressions/',
    {
      config: { access: 'recipients:read' },
      schema: {
        ...{ tags, summary: 'List suppressions, the newest first', querystring: SuppressionListQuery },
        response: { ...PROBLEMS, 200: listOf(Suppression) },
      },
    },
    async (request) => {
      const { channel, address } = request.query;
      const page = await findSuppressions(context, { channel, address }, pageRequest(request.query));
      return listAnswer(request, page, suppressionJson);
    },
  );
}

function liftOne(app: App, context: ServiceContext): void {
  app.delete(
    '/suppressions/:id/',
    {
      config: { access: 'recipients:write' },
      schema: {
        ...{ tags, summary: 'Lift a suppression, with the consent of the person', params: IdParams },
        response: { ...PROBLEMS, 204: Type.Null({ description: 'Lifted' }) },
      },
    },
    async (request, reply) => {
      await liftSuppression(context, callerOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );
}
