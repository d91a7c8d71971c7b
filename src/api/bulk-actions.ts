import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from 'typebox';
import {
  type BulkActionInput,
  type BulkActionView,
  countBulkAction,
  findBulkActions,
  getBulkAction,
  startBulkAction,
  stopBulkAction,
} from '../service/bulk-actions.ts';
import type { ServiceContext } from '../service/context.ts';
import { type Answer, answerOnce } from './answer-once.ts';
import { callerOf } from './auth.ts';
import {
  BulkAction,
  BulkActionDetail,
  BulkActionList,
  BulkActionListQuery,
  Matches,
  NewBulkAction,
} from './bulk-action-schemas.ts';
import { IdParams } from './fields.ts';
import { listAnswer, pageRequest } from './list-answer.ts';
import { toMessageQuery } from './messages.ts';
import { PROBLEMS } from './problem-schema.ts';

type App = Parameters<FastifyPluginAsyncTypebox>[0];

const tags = ['bulk actions'];

/** What an operator can do with all messages that a filter finds. */
export function bulkActionRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    startOne(app, context);
    listAll(app, context);
    readOne(app, context);
    stopOne(app, context);
  };
}

function startOne(app: App, context: ServiceContext): void {
  app.post(
    '/bulk-actions/',
    {
      config: { access: 'messages:manage' },
      schema: {
        ...{ tags, summary: 'Act on all messages that a filter finds', body: NewBulkAction },
        response: { ...PROBLEMS, 200: Matches, 202: BulkAction },
      },
    },
    async (request, reply) => {
      const input = toInput(request.body);
      if (request.body.dry_run === true) return { matched: await countBulkAction(context, input) };
      return await answerOnce<BulkActionView>(
        context,
        request,
        reply,
        (beforeCommit) => startBulkAction(context, callerOf(request), input, beforeCommit),
        accepted,
      );
    },
  );
}

function listAll(app: App, context: ServiceContext): void {
  app.get(
    '/bulk-actions/',
    {
      config: { access: 'messages:read' },
      schema: {
        ...{ tags, summary: 'List bulk actions, the newest first', querystring: BulkActionListQuery },
        response: { ...PROBLEMS, 200: BulkActionList },
      },
    },
    async (request) => listAnswer(request, await findBulkActions(context, pageRequest(request.query)), bulkActionJson),
  );
}

function readOne(app: App, context: ServiceContext): void {
  app.get(
    '/bulk-actions/:id/',
    {
      config: { access: 'messages:read' },
      schema: {
        ...{ tags, summary: 'Read how far a bulk action has come', params: IdParams },
        response: { ...PROBLEMS, 200: BulkActionDetail },
      },
    },
    async (request) => {
      const { refusals, ...view } = await getBulkAction(context, request.params.id);
      return {
        ...bulkActionJson(view),
        refusals: refusals.map(({ messageId, code }) => ({ message: messageId, code })),
      };
    },
  );
}

function stopOne(app: App, context: ServiceContext): void {
  app.post(
    '/bulk-actions/:id/stop/',
    {
      config: { access: 'messages:manage' },
      schema: {
        ...{ tags, summary: 'Stop a bulk action; what it has done stays done', params: IdParams },
        response: { ...PROBLEMS, 202: BulkAction },
      },
    },
    async (request, reply) =>
      answerOnce<BulkActionView>(
        context,
        request,
        reply,
        (beforeCommit) => stopBulkAction(context, callerOf(request), request.params.id, beforeCommit),
        accepted,
      ),
  );
}

function accepted(view: BulkActionView): Answer {
  return { status: 202, location: `/api/bulk-actions/${view.id}/`, json: bulkActionJson(view) };
}

function toInput({ action, channel, note, filter }: Static<typeof NewBulkAction>): BulkActionInput {
  return { action, channel: channel ?? null, note: note ?? null, filter: toMessageQuery(filter) };
}

function bulkActionJson(view: BulkActionView): Static<typeof BulkAction> {
  const { id, action, channel, status, matched, done, refused, actor } = view;
  return {
    ...{ id, action, channel, filter: filterJson(view.filter), status, matched, done, refused, actor },
    workflow_id: `bulk-action-${id}`,
    created_at: view.created_at.toISOString(),
    started_at: view.started_at?.toISOString() ?? null,
    finished_at: view.finished_at?.toISOString() ?? null,
  };
}

/** Under the names that the filters have in a request. */
function filterJson({ metadata = {}, ...filter }: BulkActionView['filter']): Record<string, string> {
  const plain = Object.entries(filter).map(([name, value]) => [snakeCase(name), String(value)]);
  const labels = Object.entries(metadata).map(([name, value]) => [`metadata.${name}`, value]);
  return Object.fromEntries([...plain, ...labels]);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
