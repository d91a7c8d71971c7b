import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { DeliveryFailure } from './channel.ts';
import { isPrivateAddress, lookUpPublic } from './private-addresses.ts';

const MB = 1_000_000;

/** What WhatsApp takes, and how much of it in bytes (https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages). */
const LIMITS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(['image/jpeg', 'image/jpg', 'image/png', 'image/webp'].map((type) => [type, 5 * MB])),
  ...Object.fromEntries(
    [
      ...['audio/ogg', 'audio/amr', 'audio/3gpp', 'audio/aac', 'audio/mpeg', 'audio/mp4', 'video/mp4', 'video/3gpp'],
      ...['application/pdf', 'application/msword', 'application/vnd.ms-excel', 'application/vnd.ms-powerpoint'],
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'application/vnd.openxmlformats-officedocument.presentationml.presentation',
      ...['text/vcard', 'text/x-vcard', 'text/directory'],
    ].map((type) => [type, 16 * MB]),
  ),
};

const TIMEOUT_MS = 5_000;
const MAX_REDIRECTS = 3;
/** What servers say that take no HEAD, or links that are signed for GET only. */
const LOOK_REFUSED: ReadonlySet<number> = new Set([400, 401, 403, 405, 501]);

/**
 * Looks at a media file before WhatsApp does. Only what is certain keeps a message back: where the file cannot be looked
 * at from here, the provider decides.
 * @param allowPrivate whether it may lie in a private network, which nobody outside could fetch
 * @throws {DeliveryFailure} `rejected` where the file is of a wrong type, too big, or not there
 */
export async function checkMedia(url: string, allowPrivate: boolean): Promise<void> {
  const answer = await look(url, allowPrivate, MAX_REDIRECTS);
  if (answer === null) return;
  const { status, type, length } = answer;
  if (status === 404 || status === 410) {
    throw rejected('media_missing', `There is no file at the media URL (${status}); correct it.`);
  }
  if (status !== 200 && status !== 206) return;
  const limit = LIMITS[type];
  if (limit === undefined) {
    throw rejected('media_type_not_allowed', 'WhatsApp takes no files of that type; send another one.');
  }
  if (length !== null && length > limit) {
    throw rejected(
      'media_too_large',
      `The file is too big for WhatsApp, which takes ${limit / MB} MB; make it smaller.`,
    );
  }
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly length: number | null;
}

/** Null where nothing certain can be said. */
async function look(address: string, allowPrivate: boolean, redirects: number): Promise<Answer | null> {
  const url = URL.parse(address);
  if (url === null || !(url.protocol === 'https:' || (allowPrivate && url.protocol === 'http:'))) return null;
  if (!allowPrivate && isPrivateAddress(url.hostname.replace(/^\[|\]$/g, ''))) {
    throw rejected('media_missing', 'The media URL leads into a private network, where WhatsApp cannot fetch it.');
  }
  const response = await ask(url, allowPrivate);
  if (response === null) return null;
  const { statusCode: status = 0, headers } = response;
  if (status >= 300 && status < 400 && headers.location !== undefined && redirects > 0) {
    const next = URL.parse(headers.location, url.href);
    return next === null ? null : await look(next.href, allowPrivate, redirects - 1);
  }
  const length = Number(status === 206 ? headers['content-range']?.split('/')[1] : headers['content-length']);
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return { status, type, length: Number.isInteger(length) ? length : null };
}

/** Some servers let nobody look before fetching; those are asked for a first byte, and left before the rest. */
async function ask(url: URL, allowPrivate: boolean): Promise<IncomingMessage | null> {
  const response = await call('HEAD', url, allowPrivate);
  const isRefused = LOOK_REFUSED.has(response?.statusCode ?? 0);
  return isRefused ? await call('GET', url, allowPrivate) : response;
}

function call(method: 'HEAD' | 'GET', url: URL, allowPrivate: boolean): Promise<IncomingMessage | null> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const calling = request(url, {
      ...{ method, agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) },
      ...(method === 'GET' && { headers: { range: 'bytes=0-0' } }),
      ...(!allowPrivate && { lookup: lookUpPublic }),
    });
    calling.on('response', (response) => {
      resolve(response);
      response.destroy();
    });
    // Whatever went wrong on the way, the provider may have a better one.
    calling.on('error', () => resolve(null));
    calling.end();
  });
}

function rejected(code: string, sentence: string): DeliveryFailure {
  return new DeliveryFailure('rejected', code, sentence);
}
