import type { FastifyInstance, FastifyRequest } from 'fastify';
import { verifyTwilioSignature } from '../channels/twilio-receipts.ts';
import type { ServiceContext } from '../service/context.ts';
import { ApiError } from './problem.ts';

export interface TwilioOptions {
  /** The URL under which providers reach this service; what they sign is made of it. */
  readonly publicUrl: string;
  /** Null where no Twilio account is configured. */
  readonly twilioAuthToken: string | null;
}

/** Twilio's largest forms have some sixty names and, with a text of 1,600 characters, 20,000 bytes. */
export const MAX_FORM_BYTES = 64 * 1024;
const MAX_FORM_NAMES = 200;

/**
 * Leaves forms as they are, because their text is what was signed. One with too many names is refused before anything is
 * worked out: anybody can post one, and the signature is checked over all of them.
 */
export function keepForms(app: FastifyInstance): void {
  const options = { parseAs: 'string', bodyLimit: MAX_FORM_BYTES } as const;
  app.addContentTypeParser('application/x-www-form-urlencoded', options, (_request, body, done) => {
    const refusal = hasMorePairs(String(body), MAX_FORM_NAMES) ? TOO_MANY_NAMES : null;
    done(refusal, body);
  });
}

const TOO_MANY_NAMES = new ApiError(413, 'form_too_large', `A form has at most ${MAX_FORM_NAMES} fields here.`);

function hasMorePairs(form: string, limit: number): boolean {
  let at = -1;
  for (let count = 1; count <= limit; count += 1) {
    at = form.indexOf('&', at + 1);
    if (at === -1) return false;
  }
  return true;
}

/** Comes with a signature of another kind (HMAC-SHA256 with a shared key), which Twilio's library cannot check yet. */
const OTHER_SIGNATURE = 'x-twilio-webhooks-signature-settings';

/**
 * The form that Twilio posted, as received. A forged one is counted, as is one whose signature cannot be checked.
 * @throws {ApiError} 403 invalid_signature or unsupported_signature
 */
export function signedForm({ telemetry }: ServiceContext, request: FastifyRequest, options: TwilioOptions): string {
  const body = typeof request.body === 'string' ? request.body : '';
  if (request.headers[OTHER_SIGNATURE] !== undefined) {
    telemetry.receiptTaken({ provider: 'twilio', result: 'unverifiable' });
    throw new ApiError(
      403,
      'unsupported_signature',
      'Only signatures by X-Twilio-Signature alone can be checked here.',
    );
  }
  if (!isFromTwilio(request, body, options)) {
    telemetry.receiptTaken({ provider: 'twilio', result: 'forged' });
    throw new ApiError(403, 'invalid_signature', 'The signature does not fit the request and the public URL.');
  }
  return body;
}

function isFromTwilio(request: FastifyRequest, body: string, { publicUrl, twilioAuthToken }: TwilioOptions): boolean {
  const header = request.headers['x-twilio-signature'];
  const signature = typeof header === 'string' ? header : undefined;
  const url = `${publicUrl}${request.raw.url ?? ''}`;
  return twilioAuthToken !== null && verifyTwilioSignature({ authToken: twilioAuthToken, signature, url, body });
}
