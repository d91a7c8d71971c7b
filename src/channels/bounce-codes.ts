import type { BounceCategory, BounceVerdict } from '../domain/bounces.ts';

interface BounceReason {
  readonly category: BounceCategory;
  readonly suppressAfter?: number;
  readonly isKnown?: false;
}

const NO_MAILBOX: BounceReason = { category: 'hard', suppressAfter: 1 };
/** A domain can be away because of a mistake in its DNS, so it has to be away twice. */
const NO_DOMAIN: BounceReason = { category: 'hard', suppressAfter: 2 };
const MAILBOX_FULL: BounceReason = { category: 'soft', suppressAfter: 3 };
const BLOCKED: BounceReason = { category: 'block' };
const CONTENT: BounceReason = { category: 'content' };
const UNCLEAR: BounceReason = { category: 'failed' };
const UNKNOWN: BounceReason = { ...UNCLEAR, isKnown: false };

/**
 * Why a mail came back, by enhanced status code (RFC 3463 and the IANA registry), else by its first two numbers, else by
 * its class, else by the basic code (RFC 5321, section 4.2.3). A mail that comes back with a code of class 4 was tried
 * until the other server gave up.
 */
const BOUNCE_CODES: Readonly<Record<string, BounceReason>> = {
  '4.1.8': BLOCKED,
  '4.7': BLOCKED,
  '4': MAILBOX_FULL,
  '5.1': NO_MAILBOX,
  '5.1.2': NO_DOMAIN,
  '5.1.4': UNCLEAR,
  // 5.1.7 and 5.1.8 are about the address of the sender.
  '5.1.7': BLOCKED,
  '5.1.8': BLOCKED,
  '5.1.9': UNCLEAR,
  '5.2': UNCLEAR,
  '5.2.1': NO_MAILBOX,
  '5.2.2': MAILBOX_FULL,
  '5.2.3': CONTENT,
  '5.3': UNCLEAR,
  '5.3.4': CONTENT,
  '5.4': UNCLEAR,
  '5.4.4': NO_DOMAIN,
  '5.4.7': MAILBOX_FULL,
  '5.5': UNCLEAR,
  '5.6': CONTENT,
  '5.7': BLOCKED,
  '5': UNKNOWN,
  '552': CONTENT,
};

/** Said by servers of all kinds in place of a code that says it, or against one that is wrong. */
const POLICY_WORDS =
  /spam|\bblock(ed|list)|black ?list|reputation|\bpolicy\b|\bdmarc\b|\bspf\b|\bdkim\b|\brbl\b|\bdnsbl\b|rate.?limit|banned|reject(ed)? (due to|for) (content|security)|virus|malware/i;
const NO_MAILBOX_WORDS =
  /(no such|unknown|invalid|nonexistent|non-existent) (local )?(user|recipient|mailbox|address|person)|(user|recipient|mailbox|account|address) (is )?(unknown|not found|invalid|does(n't| not) exist|not known|not listed)|no mailbox here by that name|doesn't have an? .{0,40}account/i;
const MAILBOX_FULL_WORDS =
  /over.?quota|quota exceeded|exceeded.{0,20}quota|mailbox( is)? full|insufficient (disk|storage)/i;

/** What the words are looked for in, in characters. */
const MAX_DIAGNOSTIC = 2_000;

const GENERIC = /^[245]\.0\.0$/;

/**
 * Why a mail was not delivered. A hard failure is believed only where no word speaks of policy, because servers report
 * what they refuse as spam under all codes, and a suppression is not noticed.
 * @param status the enhanced code that the report gives; null for none
 * @param diagnostic what the last server said, such as `smtp; 550 5.1.1 …`; may be empty
 */
export function failureVerdict(status: string | null, diagnostic: string): BounceVerdict {
  const enhanced = moreSpecific(status, readEnhancedCode(diagnostic));
  const basic = readBasicCode(diagnostic);
  const known = enhanced !== null && !GENERIC.test(enhanced) ? enhanced : null;
  const reason = byWords(lookUp(known ?? basic ?? enhanced), withoutAddresses(diagnostic), known !== null);
  return {
    category: reason.category,
    code: `smtp_${known ?? basic ?? enhanced ?? 'unknown'}`,
    suppressAfter: reason.suppressAfter ?? null,
    ...(known !== null && reason.isKnown === false && { isKnown: false }),
  };
}

/** The enhanced code in what a server said; null where it said none. */
export function readEnhancedCode(text: string): string | null {
  const match =
    /(?:^|[^\d.])[45]\d\d[ -]#?([45]\.\d{1,3}\.\d{1,3})(?![\d.])/.exec(text) ??
    /\(#([45]\.\d{1,3}\.\d{1,3})\)/.exec(text) ??
    /(?:^|;)[ \t]*#?([45]\.\d{1,3}\.\d{1,3})(?=[\s:]|$)/m.exec(text);
  return match?.[1] ?? null;
}

/** The reply code in what a server said; null where it said none. */
export function readBasicCode(text: string): string | null {
  return /(?:^|;|:|\bsaid)[ \t]*([45][0-5]\d)(?=[ :-]|$)/m.exec(text)?.[1] ?? null;
}

/** The server that refused knows better than the one that reports, whose code is often made up. */
function moreSpecific(status: string | null, said: string | null): string | null {
  if (said === null || GENERIC.test(said)) return status ?? said;
  if (status === null || GENERIC.test(status)) return said;
  return said[0] === status[0] ? said : status;
}

function lookUp(code: string | null): BounceReason {
  const keys = [code, code?.split('.', 2).join('.'), code?.includes('.') ? code[0] : undefined];
  for (const key of keys) {
    const reason = key == null ? undefined : BOUNCE_CODES[key];
    if (reason !== undefined) return reason;
  }
  return code?.startsWith('4') ? MAILBOX_FULL : UNCLEAR;
}

function byWords(reason: BounceReason, words: string, isKnown: boolean): BounceReason {
  if (reason.category === 'hard') return POLICY_WORDS.test(words) ? BLOCKED : reason;
  if (isKnown) return reason;
  if (POLICY_WORDS.test(words)) return BLOCKED;
  if (MAILBOX_FULL_WORDS.test(words)) return MAILBOX_FULL;
  return reason.category === 'failed' && NO_MAILBOX_WORDS.test(words) ? NO_MAILBOX : reason;
}

/** The names of mailboxes are no words of the server. */
function withoutAddresses(text: string): string {
  return text.slice(0, MAX_DIAGNOSTIC).replace(/<[^<>]*>|[^\s<>"]{1,64}@[^\s<>"]+/g, ' ');
}
