import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import {
  type ApiKeyView,
  findApiKeys,
  handOutApiKey,
  newKeyFaults,
  revokeApiKeyById,
  rotateApiKey,
  SCOPES,
} from '../service/api-keys.ts';
import type { ServiceContext } from '../service/context.ts';
import { callerOf } from './auth.ts';
import { refuseUnsound } from './every-fault.ts';
import { Id, IdParams, listOf, NullableTime, OneOf, PageQuery, Time } from './fields.ts';
import { listAnswer, pageRequest } from './list-answer.ts';
import { PROBLEMS } from './problem-schema.ts';

type App = Parameters<FastifyPluginAsyncTypebox>[0];

const tags = ['keys'];
const closed = { additionalProperties: false };

const keyFields = {
  id: Id,
  name: Type.String(),
  scopes: Type.Array(OneOf(SCOPES)),
  created_at: Time,
  expires_at: NullableTime,
  revoked_at: NullableTime,
  last_used_at: NullableTime,
};
const Key = Type.Object(keyFields, { title: 'Key' });
const KeyWithSecret = Type.Object(
  { ...keyFields, secret: Type.String({ description: 'Shown this once' }) },
  { title: 'KeyWithSecret' },
);
const NewKey = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    scopes: Type.Array(OneOf(SCOPES), { minItems: 1, maxItems: SCOPES.length }),
    expires_at: Type.Optional(NullableTime),
  },
  { ...closed, title: 'NewKey' },
);

/** API keys. A secret is shown once, so these answers are not kept for idempotent replay. */
export function keyRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    makeKey(app, context);
    listKeys(app, context);
    rotateKey(app, context);
    revokeKey(app, context);
  };
}

function makeKey(app: App, context: ServiceContext): void {
  app.post(
    '/keys/',
    {
      config: { access: 'keys:manage' },
      attachValidation: true,
      schema: { tags, summary: 'Make a key', body: NewKey, response: { ...PROBLEMS, 201: KeyWithSecret } },
    },
    async (request, reply) => {
      await refuseUnsound<Static<typeof NewKey>>(request, async ({ scopes = [], expires_at }) =>
        newKeyFaults(context, callerOf(request), { scopes, expiresAt: toDate(expires_at) }),
      );
      const { name, scopes, expires_at } = request.body;
      const expiresAt = toDate(expires_at);
      const key = await handOutApiKey(context, callerOf(request), { name, scopes, expiresAt });
      return reply.code(201).send({ ...keyJson(key), secret: key.secret });
    },
  );
}

function listKeys(app: App, context: ServiceContext): void {
  app.get(
    '/keys/',
    {
      config: { access: 'keys:manage' },
      schema: {
        ...{ tags, summary: 'List keys, the newest first', querystring: Type.Object(PageQuery, closed) },
        response: { ...PROBLEMS, 200: listOf(Key) },
      },
    },
    async (request) => listAnswer(request, await findApiKeys(context, pageRequest(request.query)), keyJson),
  );
}

function rotateKey(app: App, context: ServiceContext): void {
  app.post(
    '/keys/:id/rotate/',
    {
      config: { access: 'keys:manage' },
      schema: {
        ...{ tags, summary: 'Give a key a new secret; the old one stops working at once', params: IdParams },
        response: { ...PROBLEMS, 200: KeyWithSecret },
      },
    },
    async (request) => {
      const key = await rotateApiKey(context, callerOf(request), request.params.id);
      return { ...keyJson(key), secret: key.secret };
    },
  );
}

function revokeKey(app: App, context: ServiceContext): void {
  app.delete(
    '/keys/:id/',
    {
      config: { access: 'keys:manage' },
      schema: {
        ...{ tags, summary: 'Revoke a key', params: IdParams },
        response: { ...PROBLEMS, 204: Type.Null({ description: 'Revoked' }) },
      },
    },
    async (request, reply) => {
      await revokeApiKeyById(context, callerOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );
}

function toDate(text: string | null | undefined): Date | null {
  return text == null ? null : new Date(text);
}

function keyJson(key: ApiKeyView): Static<typeof Key> {
  return {
    id: key.id,
    name: key.name,
    scopes: key.scopes as Static<typeof Key>['scopes'],
    created_at: key.created_at.toISOString(),
    expires_at: key.expires_at?.toISOString() ?? null,
    revoked_at: key.revoked_at?.toISOString() ?? null,
    last_used_at: key.last_used_at?.toISOString() ?? null,
  };
}
