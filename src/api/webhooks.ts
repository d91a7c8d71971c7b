import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { parseStatusCallback, verifyTwilioSignature } from '../channels/twilio-receipts.ts';
import { findUnsafeText } from '../domain/unsafe-text.ts';
import type { ServiceContext } from '../service/context.ts';
import { takeReceipt } from '../service/take-receipt.ts';
import { ApiError } from './problem.ts';
import { PROBLEMS } from './problem-schema.ts';

export interface WebhookOptions {
  /** The URL under which providers reach this service; what they sign is made of it. */
  readonly publicUrl: string;
  /** Null where no Twilio account is configured. */
  readonly twilioAuthToken: string | null;
}

/** What m and a of a status callback's address say is checked by its signature. */
const TwilioStatusQuery = Type.Object({
  m: Type.Optional(Type.String({ description: 'Message id' })),
  a: Type.Optional(Type.String({ description: 'Attempt id' })),
});

const Nothing = Type.Unsafe<undefined>({ type: 'null', description: 'Taken' });

/** Receipts from providers. They need no key: each carries the provider's signature. */
export function webhookRoutes(context: ServiceContext, options: WebhookOptions): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
      done(null, body);
    });

    app.post(
      '/webhooks/twilio/status/',
      {
        config: { access: 'public' },
        schema: {
          ...{ tags: ['webhooks'], summary: 'Status callbacks of Twilio', querystring: TwilioStatusQuery },
          consumes: ['application/x-www-form-urlencoded'],
          response: { ...PROBLEMS, 200: Nothing },
        },
      },
      async (request, reply) => {
        const body = typeof request.body === 'string' ? request.body : '';
        if (!isFromTwilio(request, body, options)) {
          context.telemetry.receiptTaken({ provider: 'twilio', result: 'forged' });
          throw new ApiError(403, 'invalid_signature', 'The signature does not fit the request and the public URL.');
        }
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

function isFromTwilio(request: FastifyRequest, body: string, { publicUrl, twilioAuthToken }: WebhookOptions): boolean {
  const header = request.headers['x-twilio-signature'];
  const signature = typeof header === 'string' ? header : undefined;
  const url = `${publicUrl}${request.raw.url ?? ''}`;
  return twilioAuthToken !== null && verifyTwilioSignature({ authToken: twilioAuthToken, signature, url, body });
}
