import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { type AuditFilter, type AuditRow, findAuditEntries } from '../service/audit-log.ts';
import type { ServiceContext } from '../service/context.ts';
import { Id, listOf, NullableId, PageQuery, Time } from './fields.ts';
import { listAnswer, pageRequest } from './list-answer.ts';
import { PROBLEMS } from './problem-schema.ts';

const AuditEntry = Type.Object(
  {
    id: Id,
    at: Time,
    actor: Type.String({ description: 'Such as key:{id}' }),
    action: Type.String({ description: 'Such as recipient.saved' }),
    resource_type: Type.String(),
    resource_id: NullableId,
    detail: Type.Record(Type.String(), Type.Unknown(), { description: 'Codes and counts; nothing personal' }),
  },
  { title: 'AuditEntry' },
);

const Word = Type.String({ minLength: 1, maxLength: 100 });

const AuditListQuery = Type.Object(
  {
    actor: Type.Optional(Word),
    action: Type.Optional(Word),
    resource_type: Type.Optional(Word),
    resource_id: Type.Optional(Id),
    after: Type.Optional({ ...Time, description: 'RFC 3339; not before this moment' }),
    before: Type.Optional({ ...Time, description: 'RFC 3339; before this moment' }),
    ...PageQuery,
  },
  { additionalProperties: false, title: 'AuditListQuery' },
);

/** Who did what. */
export function auditRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/audit/',
      {
        config: { access: 'audit:read' },
        schema: {
          ...{ tags: ['audit'], summary: 'List audit entries, the newest first', querystring: AuditListQuery },
          response: { ...PROBLEMS, 200: listOf(AuditEntry) },
        },
      },
      async (request) => {
        const page = await findAuditEntries(context, toFilter(request.query), pageRequest(request.query));
        return listAnswer(request, page, auditJson);
      },
    );
  };
}

function toFilter(query: Static<typeof AuditListQuery>): AuditFilter {
  const { actor, action, resource_type, resource_id, after, before } = query;
  return {
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
    ...(resource_type === undefined ? {} : { resourceType: resource_type }),
    ...(resource_id === undefined ? {} : { resourceId: resource_id }),
    ...(after === undefined ? {} : { after: new Date(after) }),
    ...(before === undefined ? {} : { before: new Date(before) }),
  };
}

function auditJson({ at, detail, ...entry }: AuditRow): Static<typeof AuditEntry> {
  return { ...entry, at: at.toISOString(), detail: detail as Record<string, unknown> };
}
