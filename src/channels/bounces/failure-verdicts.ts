import type { BounceCategory, BounceVerdict } from '../../domain/bounces.ts';
import { type Parties, type Refusal, refusalIn } from '../refusal-words.ts';

/** All that is known of a mail that one recipient did not get. */
export interface FailureEvidence {
  /** The enhanced code that the report gives; null for none. */
  readonly status: string | null;
  /** What the last server said, such as `smtp; 550 5.1.1 …`; may be empty. */
  readonly diagnostic: string;
  /** What the report says to people, without what it quotes; may be empty. */
  readonly report: string;
  readonly parties: Parties;
}

interface BounceReason {
  readonly category: BounceCategory;
  readonly suppressAfter?: number;
  readonly isKnown?: false;
}

const NO_MAILBOX: BounceReason = { category: 'hard', suppressAfter: 1 };
/** A domain can be away because of a mistake in its DNS, so it has to be away twice. */
const NO_DOMAIN: BounceReason = { category: 'hard', suppressAfter: 2 };
const MAILBOX_FULL: BounceReason = { category: 'soft', suppressAfter: 3 };
const UNREACHABLE: BounceReason = { category: 'soft', suppressAfter: 3 };
const GIVEN_UP: BounceReason = { category: 'soft' };
const BLOCKED: BounceReason = { category: 'block' };
const CONTENT: BounceReason = { category: 'content' };
const UNCLEAR: BounceReason = { category: 'failed' };
const UNKNOWN: BounceReason = { category: 'failed', isKnown: false };

/** What the words mean; null leaves it to the codes, unless they speak of the mailbox. */
const WORD_REASONS: Readonly<Record<Refusal, BounceReason | null>> = {
  sender: BLOCKED,
  rate: BLOCKED,
  full: MAILBOX_FULL,
  too_big: CONTENT,
  sure_no_mailbox: NO_MAILBOX,
  policy: BLOCKED,
  no_mailbox: NO_MAILBOX,
  unreachable: UNREACHABLE,
  no_domain: NO_DOMAIN,
  trouble: null,
  refused: BLOCKED,
};

/**
 * Why a mail came back if no words say it: by enhanced status code (RFC 3463 and the IANA registry), else by its first
 * two numbers, else by its class, else by the basic code (RFC 5321, section 4.2.3). A mail that comes back with a code of
 * class 4 was tried until the other server gave up.
 */
const BOUNCE_CODES: Readonly<Record<string, BounceReason>> = {
  '4.1.8': BLOCKED,
  '4.2.2': MAILBOX_FULL,
  '4.4': UNREACHABLE,
  '4.7': BLOCKED,
  '4': GIVEN_UP,
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
  '5.4.7': UNREACHABLE,
  '5.5': UNCLEAR,
  '5.6': CONTENT,
  '5.7': BLOCKED,
  '5': UNKNOWN,
  '521': NO_DOMAIN,
  '530': BLOCKED,
  '535': BLOCKED,
  '552': CONTENT,
  '556': NO_DOMAIN,
  '571': BLOCKED,
};

/**
 * Why a mail was not delivered. The words are asked first: a code that contradicts them suppresses nobody. What a server
 * says of the mailbox counts in full if its own code says the same or nothing, and if it was not said of the mail itself.
 */
export function failureVerdict(evidence: FailureEvidence): BounceVerdict {
  const said = innerReply(evidence.diagnostic);
  const enhanced = moreSpecific(evidence.status, readEnhancedCode(said));
  const basic = readBasicCode(said);
  const known = enhanced !== null && !GENERIC.test(enhanced) ? enhanced : null;
  const reason = reasonOf(evidence, said, known ?? basic ?? enhanced);
  return {
    category: reason.category,
    code: `smtp_${known ?? basic ?? enhanced ?? 'unknown'}`,
    suppressAfter: reason.suppressAfter ?? null,
    ...(known !== null && reason.isKnown === false && { isKnown: false }),
  };
}

function reasonOf(evidence: FailureEvidence, said: string, code: string | null): BounceReason {
  const { report, parties } = evidence;
  const byCode = lookUp(code);
  const wordsOfServer = refusalIn(said, parties);
  const asksReport = wordsOfServer === null && (said.trim() === '' || !isSpecific(code));
  const words = asksReport ? refusalIn(report, parties) : wordsOfServer;
  const reason = words === null ? byCode : meaningOf(words, byCode);
  if (reason.category !== 'hard' && reason.category !== 'failed') return reason;
  if (isAboutMailFrom(`${said}\n${report}`)) return BLOCKED;
  if (reason.category !== 'hard') return reason;
  if (code === NULL_MX) return byCode;
  const isGuess = asksReport && byCode.category !== 'hard' && HEDGED.test(report);
  return isCertain(words, said, code, evidence) && !isGuess ? reason : unsure(reason);
}

/** A text for people that only says what may be the reason. */
const HEDGED =
  /\b(?:may|might) (?:not exist|no longer|be|have)\b|possible (?:reason|cause)|(?:following|possible) reasons|usually|most likely|perhaps|probably|\bm[oö]glicherweise|vielleicht|peut-[eê]tre|probablement|quiz[aá]|posiblemente|forse|talvez|misschien|by[cć] mo[zż]e|возможно|可能性|可能/i;

function meaningOf(words: Refusal, byCode: BounceReason): BounceReason {
  return WORD_REASONS[words] ?? (byCode.category === 'hard' ? UNCLEAR : byCode);
}

/** The domain says for good that it takes no mail (RFC 7505). */
const NULL_MX = '5.1.10';

/** It is one of those that say why. */
function isSpecific(code: string | null): boolean {
  return code?.includes('.') === true && !GENERIC.test(code) && lookUp(code).category !== 'failed';
}

function unsure({ category }: BounceReason): BounceReason {
  return { category };
}

/**
 * Whether the code is from the server that refused. Sendmail makes 5.1.1 of every bare 550 to RCPT TO, so a text that
 * nobody understands may stand beside it.
 */
function isSaidByServer(said: string, status: string | null): boolean {
  const words = said.replace(/^[\w-]*;/, '').replace(/[^\p{L}]+/gu, '');
  return words === '' || readEnhancedCode(said) !== null || status === null || readBasicCode(said) === null;
}

/**
 * No mailbox is certain if it is not said for now only, if no policy is the code of it, and if it is not said of the mail
 * itself, whose recipient had been taken before: some mobile networks answer so to what a person does not want to get.
 * What a mail service does not even try, because of its own list, is not certain either.
 */
function isCertain(words: Refusal | null, said: string, code: string | null, evidence: FailureEvidence): boolean {
  const { status, report, parties } = evidence;
  const text = `${said}\n${report}`.replace(/\s+/g, ' ');
  const toldToPeople = refusalIn(report, parties);
  if (toldToPeople !== null && CONTRADICTIONS.includes(toldToPeople)) return false;
  if (words === null)
    return isSaidByServer(said, status) && (toldToPeople === null || !POLICIES.includes(toldToPeople));
  if (code?.startsWith('4') === true || /\btempor|suppress/i.test(text)) return false;
  if (words === 'sure_no_mailbox') return code?.startsWith('5.7') !== true;
  const isAboutMail = AFTER_DATA.test(text) && /unknown user|user unknown|no such user/i.test(text);
  return !isAboutMail || /[45]\.1\.\d/.test(code ?? '');
}

/** What may be told to people of a mail and makes doubtful that there is no mailbox. */
const CONTRADICTIONS: readonly Refusal[] = ['full', 'too_big', 'rate'];
/** The same, but it is also said in general, so it counts only against a code without words. */
const POLICIES: readonly Refusal[] = ['sender', 'policy'];

/** As Postfix, Exim, Sendmail, qmail and Gmail say that the answer came after the mail had been sent. */
const AFTER_DATA = /\bend of data\b|>>> DATA <<< [45]\d\d|failed after I sent|failed on DATA|\(state 1[5-8]\)/i;

/** The server refused before it was told the recipient. */
function isAboutMailFrom(text: string): boolean {
  const words = text.replace(/\s+/g, ' ');
  return (
    /in reply to MAIL FROM|after MAIL FROM:|>>> ?MAIL FROM/i.test(words) &&
    !/in reply to RCPT|after RCPT TO/i.test(words)
  );
}

/** Gateways wrap the reply of the server behind them in words of their own: `5.1.0 - Unknown address error 550-'5.7.1 …'`. */
function innerReply(diagnostic: string): string {
  const match = /[45]\.\d{1,3}\.\d{1,3} - [^\n]{0,100}?([45]\d\d)[ -]['"]([^\n]{3,2000})/.exec(diagnostic);
  return match === null ? diagnostic : `${match[1]} ${match[2]}`;
}

const GENERIC = /^[245]\.0\.\d{1,3}$/;

/** The enhanced code in what a server said; null where it said none. */
function readEnhancedCode(text: string): string | null {
  const match =
    /(?:^|[^\d.])[45]\d\d[ -]{1,3}#?([45]\.\d{1,3}\.\d{1,3})(?![\d.]\d)/.exec(text) ??
    /\(#([45]\.\d{1,3}\.\d{1,3})(?: - \w+)?\)/.exec(text) ??
    /(?:^|;|:)[ \t-]*#?([45]\.\d{1,3}\.\d{1,3})(?=[\s:]|$)/m.exec(text);
  return match?.[1] ?? null;
}

/** The reply code in what a server said; null where it said none. */
function readBasicCode(text: string): string | null {
  return /(?:^|;|:|#|\[|\bsaid|<<<)[ \t]*([45][0-7]\d)(?=[ :-]|$)/m.exec(text)?.[1] ?? null;
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
  return code?.startsWith('4') ? GIVEN_UP : UNCLEAR;
}
