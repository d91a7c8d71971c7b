import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { ServiceContext } from '../service/context.ts';
import { findVersions, getVersion, restoreVersion, type VersionView } from '../service/template-versions.ts';
import type { SavedTemplate } from '../service/templates.ts';
import { answerOnce } from './answer-once.ts';
import { callerOf } from './auth.ts';
import { Id, IdParams, listOf } from './fields.ts';
import { listAnswer, pageRequest } from './list-answer.ts';
import { PROBLEMS } from './problem-schema.ts';
import { savedTemplateJson, versionJson } from './template-json.ts';
import { SavedTemplate as SavedTemplateSchema } from './template-schemas.ts';
import { Restore, Version, VersionDetail, VersionListQuery, VersionNumber, VersionQuery } from './version-schemas.ts';

type App = Parameters<FastifyPluginAsyncTypebox>[0];

const tags = ['templates'];

const VersionParams = Type.Object({ id: Id, version: VersionNumber });

/** The versions of a template: what it said, who changed it and why, and the way back. */
export function templateVersionRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    listVersions(app, context);
    readVersion(app, context);
    restore(app, context);
  };
}

function listVersions(app: App, context: ServiceContext): void {
  app.get(
    '/templates/:id/versions/',
    {
      config: { access: 'templates:read' },
      schema: {
        ...{ tags, summary: 'List the versions of a template, the newest first', params: IdParams },
        ...{ querystring: VersionListQuery, response: { ...PROBLEMS, 200: listOf(Version) } },
      },
    },
    async (request) => {
      const page = await findVersions(context, request.params.id, pageRequest(request.query));
      return listAnswer(request, page, wholeVersionJson);
    },
  );
}

function readVersion(app: App, context: ServiceContext): void {
  app.get(
    '/templates/:id/versions/:version/',
    {
      config: { access: 'templates:read' },
      schema: {
        ...{ tags, summary: 'Read a version of a template, and what has changed since another', params: VersionParams },
        ...{ querystring: VersionQuery, response: { ...PROBLEMS, 200: VersionDetail } },
      },
    },
    async (request) => {
      const { id, version } = request.params;
      const { changes, ...found } = await getVersion(context, id, version, request.query.compare_with ?? null);
      return { ...wholeVersionJson(found), ...(changes === null ? {} : { changes: [...changes] }) };
    },
  );
}

function restore(app: App, context: ServiceContext): void {
  app.post(
    '/templates/:id/versions/:version/restore/',
    {
      config: { access: 'templates:write' },
      schema: {
        ...{ tags, summary: 'Make the content of a version current again, as a new version', params: VersionParams },
        ...{ body: Restore, response: { ...PROBLEMS, 200: SavedTemplateSchema } },
      },
    },
    async (request, reply) =>
      answerOnce<SavedTemplate>(
        context,
        request,
        reply,
        (beforeCommit) => {
          const { id: templateId, version } = request.params;
          const wanted = { templateId, version, note: request.body?.note ?? null };
          return restoreVersion(context, callerOf(request), wanted, beforeCommit);
        },
        (saved) => ({ status: 200, location: null, json: savedTemplateJson(saved) }),
      ),
  );
}

function wholeVersionJson(version: VersionView): Static<typeof Version> {
  const { version: number, author, note, created_at } = version;
  return { version: number, author, note, created_at: created_at.toISOString(), ...versionJson(version) };
}
