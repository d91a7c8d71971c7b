import type { BounceVerdict } from '../../domain/bounces.ts';
import { type Parties, refusalIn } from '../refusal-words.ts';
import { failureVerdict } from './failure-verdicts.ts';
import type { HeaderFields } from './header-fields.ts';
import { GAVE_UP_FORM, NOT_DELIVERED_FORM, OPENING_FORM, STILL_TRYING_FORM } from './notice-phrases.ts';
import { hasNullSender, isAutomatic, isFromMailProgram, type Reporter, reporterOf } from './reporters.ts';
import { isReplySubject, subjectFamily } from './subjects.ts';

/** A mail without a part for machines that says something of recipients. */
export interface Notice {
  readonly header: HeaderFields;
  readonly subject: string;
  /** What the mail says, without what it quotes. */
  readonly report: string;
  /** Whether the mail that came back is in it. */
  readonly hasCopy: boolean;
  /** Of the envelope: empty for none (RFC 5321, section 4.5.5), null where it is not known. */
  readonly sender: string | null;
  readonly parties: Parties;
}

/**
 * What a mail is that has no report for machines: what its words say if a mail system wrote it, an automatic answer of a
 * person (RFC 3834), or neither.
 */
export function readNotice(notice: Notice): BounceVerdict | 'auto_reply' | 'not_a_bounce' {
  const { header, subject, sender } = notice;
  if (isOldHotmailComplaint(notice)) return { category: 'complaint', code: 'arf_abuse', suppressAfter: 1 };
  const reporter = reporterOf(header, sender);
  const answersItself = subjectFamily(subject) === 'auto_reply' && !header.has('x-failed-recipients');
  if (answersItself) return 'auto_reply';
  const isSystem = reporter === 'system';
  if (!isSystem && !isReport(notice, reporter)) return isAutomatic(header) ? 'auto_reply' : 'not_a_bounce';
  switch (outcomeOf(notice) ?? (isSystem && tellsOfMailbox(notice) ? 'failed' : null)) {
    case 'failed':
      return failureVerdict({ ...notice, status: null, diagnostic: repliesIn(notice.report) });
    case 'delayed':
      return { category: 'delayed', code: 'smtp_unknown', suppressAfter: null };
    case 'delivered':
      return { category: 'delivered', code: 'smtp_unknown', suppressAfter: null };
    default:
      return isAutomatic(header) ? 'auto_reply' : { category: 'other', code: 'smtp_unknown', suppressAfter: null };
  }
}

/** A mail system that says this of a recipient says it because a mail did not arrive. */
function tellsOfMailbox({ report, parties }: Notice): boolean {
  const words = refusalIn(report, parties);
  return (
    words === 'no_mailbox' ||
    words === 'no_domain' ||
    words === 'full' ||
    words === 'too_big' ||
    words === 'unreachable'
  );
}

/** Whether the mail did not arrive, is still on its way, or arrived; null if nothing of it says so. */
export function outcomeOf({ header, subject, report }: Notice): 'failed' | 'delayed' | 'delivered' | null {
  const text = report.replace(/\s+/g, ' ');
  const family = subjectFamily(subject);
  const isOver = GAVE_UP_FORM.test(text) || header.has('x-failed-recipients');
  if (STILL_TRYING_FORM.test(text) && !isOver) return 'delayed';
  if (family === 'delayed' || family === 'delivered') return family;
  if (family === 'failed' || isOver) return 'failed';
  return NOT_DELIVERED_FORM.test(text) || repliesIn(report) !== '' ? 'failed' : null;
}

/** The replies of mail servers in a text, each with the lines around it that belong to it; empty for none. */
export function repliesIn(report: string): string {
  const lines = report.split('\n').map((line) => line.slice(0, MAX_REPLY_LENGTH));
  const replies: string[] = [];
  for (let index = 0; index < lines.length && replies.length < MAX_REPLIES; index += 1) {
    if (!REPLY.test(lines[index] ?? '')) continue;
    const before = lines.slice(Math.max(0, index - 2), index).reverse();
    const after = lines.slice(index + 1, index + 1 + MAX_REPLY_LINES);
    const reply = [...upToBlank(before).reverse(), lines[index], ...upToBlank(after)];
    replies.push(reply.join('\n').slice(0, MAX_REPLY_LENGTH));
    index += upToBlank(after).length;
  }
  return replies.join('\n');
}

function upToBlank(lines: readonly string[]): string[] {
  const blank = lines.findIndex((line) => line.trim() === '');
  return lines.slice(0, blank === -1 ? undefined : blank);
}

const MAX_REPLIES = 5;
const MAX_REPLY_LINES = 6;
const MAX_REPLY_LENGTH = 1_000;
const REPLY =
  /(?:^|[\s:;>("'[#])(?:[45][0-7]\d(?=[ :-](?:[#<"'[(:-]|\p{L}|\d\.\d| ))|#?[45]\.\d{1,3}\.\d{1,3}(?=[\s:)]|$))|\(#[45]\.\d{1,3}\.\d{1,3}/u;

/** An address that stands alone, begins a line that says more of it, or is named as the one that failed. */
const LISTED_RECIPIENT =
  /^[ \t*>•-]{0,20}["']?<?[^\s<>@"':]{1,100}@[^\s<>@,]{1,200}>?["']?[ \t]*(?:[:([,;—-]|\.{3}|$)|^[^\n@]{0,80}(?:recipient|to|address|user|error-for|userid|size|attempts?)s?(?: is)?[ \t]*[:=]?[ \t]*["'[]?(?:smtp:)?<?[^\s<>@"']{1,100}@[^\s<>@]{1,200}>?[^\s@]{0,3}[ \t]*$/im;

const GREETING =
  /^\s*(?:hi|hello|dear|hey|good (?:morning|day)|hallo|guten tag|sehr geehrte|liebe[rs]?|bonjour|ch[eè]re?|madame|hola|estimad|buenos|ciao|buongiorno|gentile|ol[áa]|prezad|beste|geachte|dzie[ńn] dobry|szanown|здравствуйте|добрый|уважаем)(?![^\n]*(?:program|system|mailer))[^\n]{0,40}$/imu;
const CLOSING =
  /^\s*(?:(?:kind|best|warm|many)?\s?(?:regards|thanks|thank you|wishes)|cheers|sincerely|yours|mit freundlich|viele gr|(?:bien )?cordialement|bien [àa] vous|salutations|un saludo|saludos|cordiali saluti|distinti saluti|atenciosamente|met vriendelijke|groet|pozdrawiam|с уважением)[^\n]{0,40}$/imu;

/** Whether the text has the form of a report, although its sender may be a person. */
function isReport(notice: Notice, reporter: Reporter): boolean {
  const { header, subject, report, hasCopy, sender } = notice;
  if (outcomeOf(notice) === null || hasFailureList(report)) return hasFailureList(report);
  const isUnanswerable = hasNullSender(header, sender) || /^\s*(?:bulk|junk)/i.test(header.get('precedence') ?? '');
  if (!isUnanswerable && (GREETING.test(report) || CLOSING.test(report) || isFromMailProgram(header))) return false;
  const opens = firstLines(report).some((line) => OPENING_FORM.test(line));
  const family = subjectFamily(subject);
  const isNamed = (family === 'failed' || family === 'delayed') && !isReplySubject(subject);
  const replies = repliesIn(report);
  const proofs = [isNamed, hasCopy, LISTED_RECIPIENT.test(report), replies !== ''];
  const count = proofs.filter(Boolean).length;
  if (reporter === 'possible' && isUnanswerable && isNamed) return opens || count > 1;
  return opens && count >= PROOFS_NEEDED[isUnanswerable ? 'possible' : reporter] && (isNamed || replies !== '');
}

const PROOFS_NEEDED: Readonly<Record<Reporter, number>> = { system: 0, possible: 1, person: 3 };

const NOT_DELIVERED_LINE =
  /(?:could|can|was|has|did) ?n[o'’]t (?:\S+ ){0,4}(?:deliver|reach)|cannot (?:be )?deliver|n.a pas pu|unable to deliver|undeliverable|nicht zugestellt/i;
const ADDRESS_LINE = /^[\s"'<*>-]{0,20}[^\s<>@"']{1,100}@[^\s<>@"']{1,200}[\s">'.:]{0,10}$/;

/** The text begins with a sentence that a mail was not delivered to, and an address in the next line. */
function hasFailureList(report: string): boolean {
  const lines = firstLines(report);
  return lines.some((line, index) => NOT_DELIVERED_LINE.test(line) && ADDRESS_LINE.test(lines[index + 1] ?? ''));
}

function firstLines(report: string): string[] {
  return report
    .slice(0, 3_000)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 5);
}

/** The form in which Outlook.com passed complaints on before it took up ARF. */
function isOldHotmailComplaint({ header, subject }: Notice): boolean {
  return /\bstaff@hotmail\.com\b/i.test(header.get('from') ?? '') && /^complaint about message from/i.test(subject);
}
