import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type AcceptedBatch, acceptBatch } from '../service/accept-batch.ts';
import { type BatchView, type CancelledBatch, cancelBatch, findBatches, getBatch } from '../service/batches.ts';
import type { ServiceContext } from '../service/context.ts';
import { answerOnce } from './answer-once.ts';
import { callerOf } from './auth.ts';
import { checkFrame, NewBatch, readBatch } from './batch-body.ts';
import { Batch, BatchAnswer, BatchCancelled, BatchDetail, type BatchJson, BatchListQuery } from './batch-schemas.ts';
import { IdParams, listOf } from './fields.ts';
import { listAnswer, pageRequest } from './list-answer.ts';
import { acceptedJson } from './message-json.ts';
import { MAX_FAULTS, problemOf } from './problem.ts';
import { PROBLEMS } from './problem-schema.ts';

type App = Parameters<FastifyPluginAsyncTypebox>[0];

const tags = ['batches'];

/** Sending many messages by one request, and what has become of them. */
export function batchRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    sendBatch(app, context);
    listAll(app, context);
    readOne(app, context);
    cancelOne(app, context);
  };
}

function sendBatch(app: App, context: ServiceContext): void {
  app.post(
    '/messages/batch/',
    {
      config: { access: 'messages:send', readsItems: true },
      validatorCompiler: checkFrame,
      schema: {
        ...{ tags, summary: 'Send up to 1,000 messages', body: NewBatch },
        response: { ...PROBLEMS, 200: BatchAnswer },
      },
    },
    async (request, reply) => {
      const inputs = await readBatch(request.body);
      return await answerOnce<AcceptedBatch>(
        context,
        request,
        reply,
        (beforeCommit) => acceptBatch(context, callerOf(request), inputs, beforeCommit),
        ({ batch, items }) => ({
          status: 200,
          location: `/api/batches/${batch.id}/`,
          json: { batch: batchJson(batch), results: resultsJson(items) },
        }),
      );
    },
  );
}

function listAll(app: App, context: ServiceContext): void {
  app.get(
    '/batches/',
    {
      config: { access: 'messages:read' },
      schema: {
        ...{ tags, summary: 'List batches, the newest first', querystring: BatchListQuery },
        response: { ...PROBLEMS, 200: listOf(Batch) },
      },
    },
    async (request) => listAnswer(request, await findBatches(context, pageRequest(request.query)), batchJson),
  );
}

function readOne(app: App, context: ServiceContext): void {
  app.get(
    '/batches/:id/',
    {
      config: { access: 'messages:read' },
      schema: {
        ...{ tags, summary: 'Read a batch, and how far its messages have come', params: IdParams },
        response: { ...PROBLEMS, 200: BatchDetail },
      },
    },
    async (request) => {
      const { counts, ...batch } = await getBatch(context, request.params.id);
      return { ...batchJson(batch), counts };
    },
  );
}

function cancelOne(app: App, context: ServiceContext): void {
  app.post(
    '/batches/:id/cancel/',
    {
      config: { access: 'messages:manage' },
      schema: {
        ...{ tags, summary: 'Cancel what is pending of a batch', params: IdParams },
        response: { ...PROBLEMS, 202: BatchCancelled },
      },
    },
    async (request, reply) =>
      answerOnce<CancelledBatch>(
        context,
        request,
        reply,
        (beforeCommit) => cancelBatch(context, callerOf(request), request.params.id, beforeCommit),
        ({ id, messages }) => ({ status: 202, location: null, json: { id, action: 'cancel', messages } }),
      ),
  );
}

/** Faults that the answer to a batch names of all its items together, but at least one of each. */
const MAX_BATCH_FAULTS = 1_000;

function resultsJson(items: AcceptedBatch['items']) {
  const found = items.reduce((sum, item) => sum + ('error' in item ? item.error.faults.length : 0), 0);
  const most = found > MAX_BATCH_FAULTS ? Math.ceil(MAX_BATCH_FAULTS / items.length) : MAX_FAULTS;
  return items.map((item) =>
    'error' in item ? { error: problemOf(item.error, most) } : { message: acceptedJson(item.accepted) },
  );
}

function batchJson({ id, api_key_id, size, accepted, cancel_requested_at, created_at }: BatchView): BatchJson {
  return {
    ...{ id, api_key: api_key_id, size, accepted, rejected: size - accepted },
    cancel_requested_at: cancel_requested_at?.toISOString() ?? null,
    created_at: created_at.toISOString(),
  };
}
