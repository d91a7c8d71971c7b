import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { ServiceContext } from '../service/context.ts';
import {
  changeTemplate,
  createTemplate,
  findTemplates,
  getTemplate,
  removeTemplate,
  type SavedTemplate as SavedTemplateView,
  templateFaults,
} from '../service/templates.ts';
import { answerOnce } from './answer-once.ts';
import { callerOf } from './auth.ts';
import { isMatch } from './entity-tag.ts';
import { refuseUnsound } from './every-fault.ts';
import { IdParams, listOf } from './fields.ts';
import { listAnswer, pageRequest } from './list-answer.ts';
import { ApiError } from './problem.ts';
import { PROBLEMS } from './problem-schema.ts';
import { toContent, toSoundTemplate } from './template-input.ts';
import { savedTemplateJson, templateJson, templateTag } from './template-json.ts';
import { NewTemplate, SavedTemplate, Template, TemplateChange, TemplateListQuery } from './template-schemas.ts';

type App = Parameters<FastifyPluginAsyncTypebox>[0];

const tags = ['templates'];

/** Templates: named content with variables, one variant per channel. */
export function templateRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    storeTemplate(app, context);
    listTemplates(app, context);
    readTemplate(app, context);
    replaceTemplate(app, context);
    archiveTemplate(app, context);
  };
}

function storeTemplate(app: App, context: ServiceContext): void {
  app.post(
    '/templates/',
    {
      config: { access: 'templates:write' },
      attachValidation: true,
      schema: { tags, summary: 'Store a template', body: NewTemplate, response: { ...PROBLEMS, 201: SavedTemplate } },
    },
    async (request, reply) => {
      await refuseUnsound<Static<typeof NewTemplate>>(request, async (sound) =>
        templateFaults(context, toSoundTemplate(sound), null),
      );
      return await answerOnce<SavedTemplateView>(
        context,
        request,
        reply,
        (beforeCommit) => {
          const input = { ...toContent(request.body), channel: request.body.channel };
          return createTemplate(context, callerOf(request), input, beforeCommit);
        },
        (saved) => ({
          status: 201,
          location: `/api/templates/${saved.template.id}/`,
          json: savedTemplateJson(saved),
        }),
      );
    },
  );
}

function listTemplates(app: App, context: ServiceContext): void {
  app.get(
    '/templates/',
    {
      config: { access: 'templates:read' },
      schema: {
        ...{ tags, summary: 'List templates, the newest first', querystring: TemplateListQuery },
        response: { ...PROBLEMS, 200: listOf(Template) },
      },
    },
    async (request) => {
      const { name, channel, is_active: isActive } = request.query;
      const filter = {
        ...(name === undefined ? {} : { name }),
        ...(channel === undefined ? {} : { channel }),
        ...(isActive === undefined ? {} : { isActive }),
      };
      return listAnswer(request, await findTemplates(context, filter, pageRequest(request.query)), templateJson);
    },
  );
}

function readTemplate(app: App, context: ServiceContext): void {
  app.get(
    '/templates/:id/',
    {
      config: { access: 'templates:read' },
      schema: { tags, summary: 'Read a template', params: IdParams, response: { ...PROBLEMS, 200: Template } },
    },
    async (request, reply) => {
      const template = await getTemplate(context, request.params.id);
      reply.header('etag', templateTag(template));
      return templateJson(template);
    },
  );
}

function replaceTemplate(app: App, context: ServiceContext): void {
  app.put(
    '/templates/:id/',
    {
      config: { access: 'templates:write' },
      attachValidation: true,
      schema: {
        ...{ tags, summary: 'Replace a template; new content makes a new version', params: IdParams },
        ...{ body: TemplateChange, response: { ...PROBLEMS, 200: SavedTemplate } },
      },
    },
    async (request, reply) => {
      await refuseUnsound<Static<typeof TemplateChange>>(request, async (sound) =>
        templateFaults(context, { ...toSoundTemplate(sound), channel: null }, request.params.id),
      );
      const saved = await changeTemplate(
        context,
        callerOf(request),
        request.params.id,
        toContent(request.body),
        (known) => {
          if (request.body.channel !== undefined && request.body.channel !== known.channel) {
            throw new ApiError(409, 'channel_fixed', 'The channel of a template does not change; make a new one.');
          }
          return isMatch(request, templateTag(known));
        },
      );
      reply.header('etag', templateTag(saved.template));
      return savedTemplateJson(saved);
    },
  );
}

function archiveTemplate(app: App, context: ServiceContext): void {
  app.delete(
    '/templates/:id/',
    {
      config: { access: 'templates:write' },
      schema: {
        ...{ tags, summary: 'Archive a template; messages that were accepted with it still go', params: IdParams },
        response: { ...PROBLEMS, 204: Type.Null({ description: 'Archived' }) },
      },
    },
    async (request, reply) => {
      await removeTemplate(context, callerOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );
}
