import type { BounceReferences } from '../../domain/bounces.ts';
import type { HeaderFields } from './header-fields.ts';

/** Where the mail that came back may be named. */
export interface ReferenceSources {
  /** Whom the notice was sent to, by its envelope. */
  readonly recipients: readonly string[];
  readonly noticeHeader: HeaderFields;
  /** The header of the mail that came back, as far as it was returned. */
  readonly returnedHeader: HeaderFields;
  readonly envelopeIds: readonly string[];
  /** The return path of the mail that came back, as the notice names it. */
  readonly originalMailFrom: string;
}

/** Nobody needs more, and each one is looked up. */
const MAX_OF_A_KIND = 10;
/** A look-up costs nothing more with it, and a line has 998 characters at most (RFC 5322, section 2.1.1). */
const MAX_LENGTH = 998;

const NOTICE_RECIPIENTS = ['delivered-to', 'x-original-to', 'x-envelope-to', 'envelope-to', 'x-delivered-to', 'to'];
const RETURNED_SENDERS = ['return-path', 'x-return-path', 'x-envelope-from', 'envelope-from'];

/** Gathers what may name the mail that came back, the surest first. */
export function readReferences(sources: ReferenceSources): BounceReferences {
  const { recipients, noticeHeader, returnedHeader, originalMailFrom } = sources;
  const values = (header: HeaderFields, names: readonly string[]) => names.map((name) => header.get(name) ?? '');
  const paths = [
    ...recipients,
    ...values(noticeHeader, NOTICE_RECIPIENTS),
    originalMailFrom,
    ...values(returnedHeader, RETURNED_SENDERS),
  ];
  const ids = [
    ...values(returnedHeader, ['message-id', 'x-original-message-id']),
    ...values(noticeHeader, ['x-original-message-id', 'in-reply-to', 'references']),
  ];
  return {
    // Anywhere in the address: forwarding hosts wrap it in one of their own (SRS).
    returnPathTags: matches(paths, /(?<![0-9a-f])[0-9a-f]{48}(?![0-9a-f])/gi),
    envelopeIds: matches(sources.envelopeIds, /^[!-~]{1,100}$/g),
    messageIds: matches(ids, /<[^<>\s]{1,250}>/g),
  };
}

/** The addresses in some fields of a header. */
export function addressesOf(header: HeaderFields, names: readonly string[]): string[] {
  const values = names.map((name) => header.get(name) ?? '');
  return matches(values, /[^\s<>"(),;:]{1,100}@[^\s<>"(),;:]{1,255}/g);
}

function matches(texts: readonly string[], pattern: RegExp): string[] {
  const found = texts.flatMap((text) => text.slice(0, MAX_LENGTH).match(pattern) ?? []);
  return [...new Set(found)].slice(0, MAX_OF_A_KIND);
}
