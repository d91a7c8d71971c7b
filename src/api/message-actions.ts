import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, type TSchema, Type } from 'typebox';
import type { ServiceContext } from '../service/context.ts';
import { type MessageAction, operateMessage } from '../service/operate-message.ts';
import { answerOnce } from './answer-once.ts';
import { callerOf } from './auth.ts';
import { ChannelField, IdParams } from './fields.ts';
import { PROBLEMS } from './problem-schema.ts';

const closed = { additionalProperties: false };
const SwitchChannel = Type.Object({ channel: ChannelField }, closed);
const Resolve = Type.Object({ note: Type.String({ minLength: 1, maxLength: 1000 }) }, closed);
const Accepted = Type.Object(
  { id: Type.String(), action: Type.String() },
  { description: 'Passed on to the workflow' },
);

interface ActionRoute {
  readonly path: string;
  readonly summary: string;
  readonly body?: TSchema;
  readonly toAction: (body: unknown) => MessageAction;
}

const ACTIONS: readonly ActionRoute[] = [
  { path: 'retry', summary: 'Try a message again', toAction: () => ({ type: 'retry' }) },
  { path: 'cancel', summary: 'Cancel a message', toAction: () => ({ type: 'cancel' }) },
  {
    path: 'switch-channel',
    summary: 'Move a message to another channel',
    body: SwitchChannel,
    toAction: (body) => ({ type: 'switch_channel', channel: (body as Static<typeof SwitchChannel>).channel }),
  },
  {
    path: 'resolve',
    summary: 'Close a failed message that has been dealt with',
    body: Resolve,
    toAction: (body) => ({ type: 'resolve', note: (body as Static<typeof Resolve>).note }),
  },
];

/** What an operator can do with one message. */
export function messageActionRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    for (const { path, summary, body, toAction } of ACTIONS) {
      app.post(
        `/messages/:id/${path}/`,
        {
          config: { access: 'messages:manage' },
          schema: {
            ...{ tags: ['messages'], summary, params: IdParams, ...(body === undefined ? {} : { body }) },
            response: { ...PROBLEMS, 202: Accepted },
          },
        },
        async (request, reply) =>
          answerOnce<void>(
            context,
            request,
            reply,
            (beforeSignal) =>
              operateMessage(context, callerOf(request), request.params.id, toAction(request.body), beforeSignal),
            () => ({ status: 202, location: null, json: { id: request.params.id, action: path } }),
          ),
      );
    }
  };
}
