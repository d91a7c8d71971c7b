import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { parseInbound } from '../channels/twilio-inbound.ts';
import type { InboundMessage } from '../domain/inbound.ts';
import type { ServiceContext } from '../service/context.ts';
import { takeInbound } from '../service/take-inbound.ts';
import { ApiError } from './problem.ts';
import { PROBLEMS } from './problem-schema.ts';
import { keepForms, MAX_FORM_BYTES, signedForm, type TwilioOptions } from './twilio-request.ts';

export interface InboundOptions extends TwilioOptions {
  /** What people who text HELP are told; null or left out where the provider tells them. */
  readonly smsHelpText?: string | null;
}

const Twiml = { description: 'Taken', content: { 'text/xml': { schema: Type.String({ description: 'TwiML' }) } } };

const NO_ANSWER = '<Response/>';

/** What people write to our numbers. It needs no key: it carries the provider's signature. */
export function inboundWebhook(context: ServiceContext, options: InboundOptions): FastifyPluginAsyncTypebox {
  return async (app) => {
    keepForms(app);

    app.post(
      '/webhooks/twilio/inbound/',
      {
        config: { access: 'public', audience: 'webhook' },
        bodyLimit: MAX_FORM_BYTES,
        schema: {
          ...{ tags: ['webhooks'], summary: 'What people write to the numbers at Twilio' },
          consumes: ['application/x-www-form-urlencoded'],
          response: { ...PROBLEMS, 200: Twiml },
        },
      },
      async (request, reply) => {
        const inbound = parseInbound(signedForm(context, request, options));
        if (inbound === null) throw new ApiError(400, 'invalid_callback', 'This is not a message that somebody wrote.');
        await takeInbound(context, inbound);
        return reply.type('text/xml; charset=utf-8').send(answerTo(inbound, options));
      },
    );
  };
}

/** Only a text that asks for help is answered: the provider itself confirms that somebody has opted out or in. */
function answerTo({ channel, kind, isAnswered }: InboundMessage, { smsHelpText = null }: InboundOptions): string {
  if (channel !== 'sms' || kind !== 'help' || isAnswered || smsHelpText === null) return NO_ANSWER;
  return `<Response><Message>${escapeXml(smsHelpText)}</Message></Response>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
