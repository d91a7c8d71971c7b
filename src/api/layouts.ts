import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { ServiceContext } from '../service/context.ts';
import {
  findLayouts,
  getLayout,
  type LayoutSummary as LayoutSummaryView,
  type LayoutView,
  removeLayout,
  saveLayout,
} from '../service/layouts.ts';
import { callerOf } from './auth.ts';
import { entityTag, isMatch } from './entity-tag.ts';
import { listOf, PageQuery, Time } from './fields.ts';
import { listAnswer, pageRequest } from './list-answer.ts';
import { PROBLEMS } from './problem-schema.ts';
import { LayoutChange, ResourceName } from './template-schemas.ts';

type App = Parameters<FastifyPluginAsyncTypebox>[0];

const closed = { additionalProperties: false };
const tags = ['layouts'];

const summary = { name: Type.String(), version: Type.Integer(), created_at: Time, updated_at: Time };
const LayoutSummary = Type.Object(summary, { title: 'LayoutSummary' });
const Layout = Type.Object({ ...summary, html: Type.String() }, { title: 'Layout' });
const LayoutParams = Type.Object({ name: ResourceName });
const LayoutListQuery = Type.Object(PageQuery, { ...closed, title: 'LayoutListQuery' });

/** The HTML around the body of emails, by name. */
export function layoutRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    listLayouts(app, context);
    readLayout(app, context);
    storeLayout(app, context);
    archiveLayout(app, context);
  };
}

function listLayouts(app: App, context: ServiceContext): void {
  app.get(
    '/layouts/',
    {
      config: { access: 'templates:read' },
      schema: {
        ...{ tags, summary: 'List layouts, the newest first', querystring: LayoutListQuery },
        response: { ...PROBLEMS, 200: listOf(LayoutSummary) },
      },
    },
    async (request) => listAnswer(request, await findLayouts(context, pageRequest(request.query)), summaryJson),
  );
}

function readLayout(app: App, context: ServiceContext): void {
  app.get(
    '/layouts/:name/',
    {
      config: { access: 'templates:read' },
      schema: { tags, summary: 'Read a layout', params: LayoutParams, response: { ...PROBLEMS, 200: Layout } },
    },
    async (request, reply) => {
      const layout = await getLayout(context, request.params.name);
      reply.header('etag', layoutTag(layout));
      return layoutJson(layout);
    },
  );
}

function storeLayout(app: App, context: ServiceContext): void {
  app.put(
    '/layouts/:name/',
    {
      config: { access: 'templates:write' },
      schema: {
        ...{ tags, summary: 'Store a layout, or a new version of it; messages keep the version they have' },
        ...{ params: LayoutParams, body: LayoutChange },
        response: { ...PROBLEMS, 200: Layout, 201: Layout },
      },
    },
    async (request, reply) => {
      const input = { name: request.params.name, html: request.body.html };
      const { layout, isNew } = await saveLayout(context, callerOf(request), input, (known) =>
        known === null ? request.headers['if-match'] === undefined : isMatch(request, layoutTag(known)),
      );
      reply.header('etag', layoutTag(layout));
      if (isNew) reply.header('location', `/api/layouts/${layout.name}/`);
      return reply.code(isNew ? 201 : 200).send(layoutJson(layout));
    },
  );
}

function archiveLayout(app: App, context: ServiceContext): void {
  app.delete(
    '/layouts/:name/',
    {
      config: { access: 'templates:write' },
      schema: {
        ...{ tags, summary: 'Archive a layout that no template uses; messages that were accepted with it still go' },
        ...{ params: LayoutParams, response: { ...PROBLEMS, 204: Type.Null({ description: 'Archived' }) } },
      },
    },
    async (request, reply) => {
      await removeLayout(context, callerOf(request), request.params.name);
      return reply.code(204).send(null);
    },
  );
}

function layoutJson(layout: LayoutView): Static<typeof Layout> {
  return { ...summaryJson(layout), html: layout.html };
}

function summaryJson({ name, version, created_at, updated_at }: LayoutSummaryView): Static<typeof LayoutSummary> {
  return { name, version, created_at: created_at.toISOString(), updated_at: updated_at.toISOString() };
}

function layoutTag(layout: LayoutView): string {
  return entityTag(layout.id, layout.version);
}
