import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { EMAIL_RECEIPT_SIZE_LIMIT, parseEmailReceipt } from '../channels/email-receipts.ts';
import type { ServiceContext } from '../service/context.ts';
import { takeBounce } from '../service/take-bounce.ts';
import { ApiError } from './problem.ts';
import { PROBLEMS } from './problem-schema.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** A mail that was posted as it is; null elsewhere. */
    mail: Buffer | null;
  }
}

/** Longest address (RFC 5321, section 4.5.3.1), with room for what a forwarding host adds. */
const MAX_ADDRESS_LENGTH = 512;

const MEDIA_TYPES = ['message/rfc822', 'message/global', 'text/plain', 'application/octet-stream'];

const BounceQuery = Type.Object({
  recipient: Type.Optional(
    Type.String({
      maxLength: MAX_ADDRESS_LENGTH,
      description: 'Whom the mail was sent to by its envelope; the header X-Envelope-To does as well',
    }),
  ),
});

const Nothing = Type.Unsafe<undefined>({ type: 'null', description: 'Taken, or an automatic reply, which is ignored' });

/**
 * What comes back to the return path, from a mail server that pipes it here. It needs no key: what tells an attempt for
 * sure is signed, and nothing else leads to a suppression.
 */
export function bounceWebhook(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.decorateRequest('mail', null);
    // Not as the body, which is looked through as JSON is.
    app.addContentTypeParser(MEDIA_TYPES, { parseAs: 'buffer' }, (request, body, done) => {
      request.mail = body as Buffer;
      done(null, undefined);
    });
    app.addContentTypeParser('*', (_request, _body, done) => {
      done(new ApiError(415, 'unsupported_media_type', 'Send the mail as it is, as message/rfc822.'));
    });

    app.post(
      '/webhooks/email/bounce/',
      {
        config: { access: 'public', audience: 'webhook' },
        bodyLimit: EMAIL_RECEIPT_SIZE_LIMIT,
        schema: {
          ...{ tags: ['webhooks'], summary: 'Bounces and complaints', querystring: BounceQuery },
          description: 'A delivery status notification (RFC 3464) or a feedback report (RFC 5965), as it came.',
          consumes: MEDIA_TYPES,
          response: { ...PROBLEMS, 200: Nothing },
        },
      },
      async (request, reply) => {
        const { mail } = request;
        const recipients = [request.query.recipient ?? '', envelopeHeader(request)];
        const bounce = mail === null ? 'not_a_bounce' : await parseEmailReceipt(mail, { sender: null, recipients });
        if (mail === null || bounce === 'not_a_bounce') {
          throw new ApiError(400, 'not_a_bounce', 'This is neither a report of a mail server nor an automatic reply.');
        }
        if (bounce !== 'auto_reply') await takeBounce(context, bounce, mail);
        return reply.code(200).send(undefined);
      },
    );
  };
}

function envelopeHeader(request: FastifyRequest): string {
  const header = request.headers['x-envelope-to'];
  return (Array.isArray(header) ? header.join(' ') : (header ?? '')).slice(0, MAX_ADDRESS_LENGTH);
}
