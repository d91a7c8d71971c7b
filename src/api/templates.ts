import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { ServiceContext } from '../service/context.ts';
import {
  changeTemplate,
  createTemplate,
  findTemplates,
  getTemplate,
  removeTemplate,
  type TemplateInput,
  type TemplateView,
} from '../service/templates.ts';
import { answerOnce } from './answer-once.ts';
import { callerOf } from './auth.ts';
import { entityTag, isMatch } from './entity-tag.ts';
import { IdParams, listOf } from './fields.ts';
import { listAnswer, pageRequest } from './list-answer.ts';
import { ApiError } from './problem.ts';
import { PROBLEMS } from './problem-schema.ts';
import { NewTemplate, Template, TemplateChange, TemplateListQuery } from './template-schemas.ts';

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
      schema: { tags, summary: 'Store a template', body: NewTemplate, response: { ...PROBLEMS, 201: Template } },
    },
    async (request, reply) =>
      answerOnce<TemplateView>(
        context,
        request,
        reply,
        (beforeCommit) => {
          const input = { ...toContent(request.body), channel: request.body.channel };
          return createTemplate(context, callerOf(request), input, beforeCommit);
        },
        (template) => ({
          status: 201,
          location: `/api/templates/${template.id}/`,
          json: templateJson(template),
        }),
      ),
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
      schema: {
        ...{ tags, summary: 'Replace a template; new content makes a new version', params: IdParams },
        ...{ body: TemplateChange, response: { ...PROBLEMS, 200: Template } },
      },
    },
    async (request, reply) => {
      const template = await changeTemplate(
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
      reply.header('etag', templateTag(template));
      return templateJson(template);
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

function toContent(body: Static<typeof TemplateChange>): Omit<TemplateInput, 'channel'> {
  return {
    name: body.name,
    content: body.content,
    subject: body.subject ?? null,
    html: body.html ?? null,
    variables: body.variables ?? {},
    isActive: body.is_active ?? true,
  };
}

function templateJson(template: TemplateView): Static<typeof Template> {
  const { version_id: _, variables, created_at, updated_at, ...same } = template;
  return {
    ...same,
    variables: variables as Record<string, unknown>,
    created_at: created_at.toISOString(),
    updated_at: updated_at.toISOString(),
  };
}

function templateTag(template: TemplateView): string {
  return entityTag(template.id, template.version, template.updated_at);
}
