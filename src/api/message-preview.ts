import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from 'typebox';
import type { ServiceContext } from '../service/context.ts';
import { type MessagePreview as MessagePreviewView, previewMessage } from '../service/preview-message.ts';
import { callerOf } from './auth.ts';
import { toMessageInput } from './message-json.ts';
import { NewMessage } from './message-schemas.ts';
import { MessagePreview, previewJson } from './preview-schemas.ts';
import { PROBLEMS } from './problem-schema.ts';
import { refuseUnsoundMessage } from './unsound-message.ts';
import { warningsJson } from './warnings.ts';

const NOTHING = { content: null, subject: null, html: null, whatsapp: null, sms: null, cost: null };

/** What a message would say, before it is sent. Changes nothing, so that it needs no idempotency key. */
export function messagePreviewRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/messages/preview/',
      {
        config: { access: 'messages:send' },
        attachValidation: true,
        schema: {
          ...{ tags: ['messages'], summary: 'Show a message on each channel of its plan; nothing is stored or sent' },
          ...{ body: NewMessage, response: { ...PROBLEMS, 200: MessagePreview } },
        },
      },
      async (request) => {
        await refuseUnsoundMessage(context, request);
        return messagePreviewJson(await previewMessage(context, callerOf(request), toMessageInput(request.body)));
      },
    );
  };
}

function messagePreviewJson({ recipient, plan, warnings }: MessagePreviewView): Static<typeof MessagePreview> {
  const { name, locale, timeZone } = recipient;
  return {
    recipient: { name, locale, time_zone: timeZone },
    plan: plan.map(({ channel, preview, warnings: own }) => ({
      channel,
      ...(preview === null ? NOTHING : previewJson(preview)),
      warnings: warningsJson(own),
    })),
    warnings: warningsJson(warnings),
  };
}
