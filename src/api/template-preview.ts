import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { ServiceContext } from '../service/context.ts';
import { previewTemplate, type TemplatePreview as TemplatePreviewView } from '../service/preview-template.ts';
import { getVariablesSchema } from '../service/templates.ts';
import { IdParams } from './fields.ts';
import { previewJson, TemplatePreview, TemplatePreviewRequest } from './preview-schemas.ts';
import { PROBLEMS } from './problem-schema.ts';
import { warningsJson } from './warnings.ts';

type App = Parameters<FastifyPluginAsyncTypebox>[0];

const tags = ['templates'];

const VariablesSchema = {
  description: 'JSON Schema 2020-12 of the variables of a message',
  content: { 'application/schema+json': { schema: Type.Object({}, { additionalProperties: true }) } },
};

/** What a template says, and what it needs to say it. */
export function templatePreviewRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    showTemplate(app, context);
    describeVariables(app, context);
  };
}

/** Changes nothing, so that it needs no idempotency key. */
function showTemplate(app: App, context: ServiceContext): void {
  app.post(
    '/templates/:id/preview/',
    {
      config: { access: 'templates:read' },
      schema: {
        ...{ tags, summary: 'Show a template with variables, or else with its defaults and examples' },
        ...{ params: IdParams, body: TemplatePreviewRequest, response: { ...PROBLEMS, 200: TemplatePreview } },
      },
    },
    async (request) => {
      const { variables = {}, recipient = null, locale = null } = request.body ?? {};
      return templatePreviewJson(await previewTemplate(context, request.params.id, { variables, recipient, locale }));
    },
  );
}

function describeVariables(app: App, context: ServiceContext): void {
  app.get(
    '/templates/:id/schema/',
    {
      config: { access: 'templates:read' },
      schema: {
        ...{ tags, summary: 'Describe the variables that messages by a template take' },
        ...{ params: IdParams, response: { ...PROBLEMS, 200: VariablesSchema } },
      },
    },
    async (request, reply) => {
      const schema = await getVariablesSchema(context, request.params.id);
      return reply.type('application/schema+json').send(schema);
    },
  );
}

function templatePreviewJson(preview: TemplatePreviewView): Static<typeof TemplatePreview> {
  const { locale, warnings, variants, ...content } = preview;
  return { locale, ...previewJson(content), warnings: warningsJson(warnings), variants: [...variants] };
}
