import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { parseStatusCallback } from '../channels/twilio-receipts.ts';
import { findUnsafeText } from '../domain/unsafe-text.ts';
import type { ServiceContext } from '../service/context.ts';
import { takeReceipt } from '../service/take-receipt.ts';
import { ApiError } from './problem.ts';
import { PROBLEMS } from './problem-schema.ts';
import { keepForms, MAX_FORM_BYTES, signedForm, type TwilioOptions } from './twilio-request.ts';

/** What m and a of a status callback's address say is checked by its signature. */
const TwilioStatusQuery = Type.Object({
  m: Type.Optional(Type.String({ maxLength: 100, description: 'Message id' })),
  a: Type.Optional(Type.String({ maxLength: 100, description: 'Attempt id' })),
});

const Nothing = Type.Unsafe<undefined>({ type: 'null', description: 'Taken' });

/** Receipts from providers. They need no key: each carries the provider's signature. */
export function webhookRoutes(context: ServiceContext, options: TwilioOptions): FastifyPluginAsyncTypebox {
  return async (app) => {
    keepForms(app);

    app.post(
      '/webhooks/twilio/status/',
      {
        config: { access: 'public', audience: 'webhook' },
        bodyLimit: MAX_FORM_BYTES,
        schema: {
          ...{ tags: ['webhooks'], summary: 'Status callbacks of Twilio', querystring: TwilioStatusQuery },
          consumes: ['application/x-www-form-urlencoded'],
          response: { ...PROBLEMS, 200: Nothing },
        },
      },
      async (request, reply) => {
        const body = signedForm(context, request, options);
        const callback = parseStatusCallback(body);
        if (callback === null || findUnsafeText(callback) !== null)
          throw new ApiError(400, 'invalid_callback', 'This is not a status callback.');
        const { providerMessageId, status, failure, dedupeKey } = callback;
        await takeReceipt(context, {
          ...{
            provider: 'twilio',
            attemptId: request.query.a ?? null,
            providerMessageId,
            status,
            dedupeKey,
            raw: body,
          },
          failure,
        });
        return reply.code(200).send(undefined);
      },
    );
  };
}
