import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { parse as parseUuid, stringify as stringifyUuid } from 'uuid';

/** What a signed link is for; the tokens of one purpose are worth nothing for another. */
export type LinkPurpose = 'open' | 'click' | 'unsubscribe' | 'acknowledge';

/** What a valid token says. */
export interface LinkTarget {
  readonly attemptId: string;
  /** Where a click leads to; empty for other purposes. */
  readonly url: string;
}

/** Makes and checks the tokens in links of mails and in return paths: nobody else can make one, and they never expire. */
export interface LinkSigner {
  /** A public URL such as `https://…/u/{token}`. */
  link(purpose: LinkPurpose, target: { attemptId: string; url?: string }): string;
  /** Null where the token is not one of ours for this purpose; each link has exactly one token that is. */
  read(purpose: LinkPurpose, token: string): LinkTarget | null;
  /** A URL as long as those of attempts, whose token is none of ours: shows what a message will look like. */
  placeholder(purpose: Exclude<LinkPurpose, 'click'>): string;
  /** Whether a URL is one that `link` makes, of whatever purpose. */
  isOwn(url: string): boolean;
  /** What tells bounces of an attempt apart, for the local part of a return path: hexadecimal, 48 characters. */
  returnPathTag(attemptId: string): string;
  /** The attempt that a return path's tag was made for; null where it is not one of ours. */
  readReturnPathTag(tag: string): string | null;
}

const ID_BYTES = 16;
/** RFC 2104, section 5: half of the hash at least. */
const LINK_MAC_BYTES = 16;
/** Of a token without a URL, in base64url without padding. */
const TOKEN_LENGTH = Math.ceil(((LINK_MAC_BYTES + ID_BYTES) * 4) / 3);
/** A local part has 64 octets (RFC 5321, section 4.5.3.1.1), so the tag is short; a guess costs a mail. */
const TAG_MAC_BYTES = 8;

const PATHS: Readonly<Record<LinkPurpose, string>> = {
  open: '/t/o',
  click: '/t/c',
  unsubscribe: '/u',
  acknowledge: '/a',
};

/**
 * @param key the secret that the keys of all purposes are derived from (RFC 5869)
 * @param publicUrl without a trailing slash
 */
export function createLinkSigner(key: Buffer, publicUrl: string): LinkSigner {
  const keyOf = (purpose: string) => Buffer.from(hkdfSync('sha256', key, '', `keryu-link:${purpose}`, 32));
  const keys = {
    open: keyOf('open'),
    click: keyOf('click'),
    unsubscribe: keyOf('unsubscribe'),
    acknowledge: keyOf('acknowledge'),
    bounce: keyOf('bounce'),
  };

  function sign(purpose: keyof typeof keys, signed: Buffer, length: number): Buffer {
    return createHmac('sha256', keys[purpose]).update(signed).digest().subarray(0, length);
  }

  return {
    link(purpose, { attemptId, url = '' }) {
      const signed = Buffer.concat([parseUuid(attemptId), Buffer.from(url)]);
      const token = Buffer.concat([sign(purpose, signed, LINK_MAC_BYTES), signed]).toString('base64url');
      return `${publicUrl}${PATHS[purpose]}/${token}`;
    },
    read(purpose, token) {
      const bytes = Buffer.from(token, 'base64url');
      // The decoder skips what it does not know and ignores spare bits (RFC 4648, sections 3.3 and 3.5).
      if (bytes.length < LINK_MAC_BYTES + ID_BYTES || bytes.toString('base64url') !== token) return null;
      const signed = bytes.subarray(LINK_MAC_BYTES);
      if (!timingSafeEqual(bytes.subarray(0, LINK_MAC_BYTES), sign(purpose, signed, LINK_MAC_BYTES))) return null;
      return { attemptId: idOf(signed), url: signed.subarray(ID_BYTES).toString() };
    },
    placeholder(purpose) {
      return `${publicUrl}${PATHS[purpose]}/${'x'.repeat(TOKEN_LENGTH)}`;
    },
    isOwn(url) {
      return Object.values(PATHS).some((path) => url.startsWith(`${publicUrl}${path}/`));
    },
    returnPathTag(attemptId) {
      const id = Buffer.from(parseUuid(attemptId));
      return Buffer.concat([id, sign('bounce', id, TAG_MAC_BYTES)]).toString('hex');
    },
    readReturnPathTag(tag) {
      if (!/^[0-9a-f]{48}$/i.test(tag)) return null;
      const bytes = Buffer.from(tag, 'hex');
      const id = bytes.subarray(0, ID_BYTES);
      return timingSafeEqual(bytes.subarray(ID_BYTES), sign('bounce', id, TAG_MAC_BYTES)) ? idOf(id) : null;
    },
  };
}

function idOf(bytes: Buffer): string {
  // Not `stringify` of uuid on a slice of a pool: it reads from the start of what it is given.
  return stringifyUuid(Uint8Array.from(bytes.subarray(0, ID_BYTES)));
}
