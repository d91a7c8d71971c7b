import type { BounceVerdict } from '../domain/bounces.ts';
import { failureVerdict, readBasicCode, readEnhancedCode } from './bounce-codes.ts';
import type { HeaderFields } from './header-fields.ts';

/** A notice without a part for machines. */
export interface Notice {
  readonly header: HeaderFields;
  readonly subject: string;
  readonly text: string;
  /** Of the envelope: empty for none (RFC 5321, section 4.5.5), null where it is not known. */
  readonly sender: string | null;
}

/** Who reports. */
const REPORTERS = /mailer-daemon|mail-?daemon|postmaster|mailadmin|mail[ ._-]delivery|MicrosoftExchange[0-9a-f]{32}@/i;

const FAILURE_SUBJECTS = [
  // Exim, Postfix, Sendmail, qmail, Gmail, Exchange and Outlook, Domino, InterScan
  /mail delivery (failed|failure|system)/i,
  /undeliver(ed|able)/i,
  /returned mail|mail system error/i,
  /failure notice/i,
  /delivery (status notification ?\(failure\)|failure|has failed|incomplete)/i,
  /returning message to sender|could not be delivered|message not delivered/i,
  // German, French, Spanish, Italian, Dutch, Portuguese, Japanese, Chinese
  /unzustellbar|nicht zugestellt|zustellung fehlgeschlagen/i,
  /non remis|échec de (la )?remise|non distribu/i,
  /no se puede entregar|no entregado|mensaje no entregado/i,
  /non recapitabile|impossibile recapitare|mancato recapito/i,
  /onbestelbaar|niet bezorgd/i,
  /não (foi possível )?entreg(ue|ar)/i,
  /配信不能|配信できません|配送できません|未送達/,
  /退信|无法投递|無法傳遞|系统退信/,
];

const DELAY_SUBJECTS =
  /delay|still being retried|could not send message for past|verzögert|retard[ée]|in ritardo|vertraagd|遅延|延迟/i;

/** What separates a report from the copy of the mail that came back. */
const COPY_BEGINS =
  /^-{2,} ?(Below this line is a copy|This is a copy of|Original message|Returned mail|Unsent message below|The header of the original)|^-{3,} ?Ursprüngliche Nachricht/im;

/**
 * What a mail is that has no report for machines: what its words say where they are known well, an automatic answer of a
 * person (RFC 3834), or neither. Only who is known to report bounces is listened to.
 */
export function readLegacyNotice(notice: Notice): BounceVerdict | 'auto_reply' | 'not_a_bounce' {
  if (isOldHotmailComplaint(notice)) return { category: 'complaint', code: 'arf_abuse', suppressAfter: 1 };
  const { header, subject } = notice;
  const report = withoutCopy(notice.text);
  const failsByHeader = header.has('x-failed-recipients');
  if (!failsByHeader && !isFromReporter(notice)) return isAutomatic(header) ? 'auto_reply' : 'not_a_bounce';
  if (failsByHeader || FAILURE_SUBJECTS.some((form) => form.test(subject)) || isFromQmail(report)) {
    return failureVerdict(readEnhancedCode(report), diagnosticOf(report));
  }
  if (isAutomatic(header) && !DELAY_SUBJECTS.test(subject)) return 'auto_reply';
  const category = DELAY_SUBJECTS.test(subject) ? 'delayed' : 'other';
  return { category, code: 'smtp_unknown', suppressAfter: null };
}

/** The mail that came back, where a notice quotes it as text. */
export function quotedMail(text: string): string {
  const match = COPY_BEGINS.exec(text);
  const rest = match === null ? '' : text.slice(match.index);
  return rest.slice(rest.indexOf('\n') + 1).trimStart();
}

function withoutCopy(text: string): string {
  const match = COPY_BEGINS.exec(text);
  return match === null ? text : text.slice(0, match.index);
}

/** The line with a code, or else all of it: its words are all there is. */
function diagnosticOf(report: string): string {
  const lines = report.split('\n');
  const at = lines.findIndex((line) => readEnhancedCode(line) !== null || readBasicCode(line) !== null);
  return at === -1 ? report : lines.slice(at, at + 3).join('\n');
}

function isFromReporter({ header, sender }: Notice): boolean {
  return REPORTERS.test(header.get('from') ?? '') || REPORTERS.test(sender ?? '') || hasNullSender(header, sender);
}

function hasNullSender(header: HeaderFields, sender: string | null): boolean {
  return sender === '' || /^<\s*>$/.test(header.get('return-path') ?? '');
}

function isFromQmail(report: string): boolean {
  return /^Hi\. This is the qmail-send program|^I'm afraid I wasn't able to deliver your message/im.test(report);
}

/** The form in which Outlook.com passed complaints on before it took up ARF. */
function isOldHotmailComplaint({ header, subject }: Notice): boolean {
  return /\bstaff@hotmail\.com\b/i.test(header.get('from') ?? '') && /^complaint about message from/i.test(subject);
}

function isAutomatic(header: HeaderFields): boolean {
  const submitted = header.get('auto-submitted') ?? 'no';
  if (!/^no\b/i.test(submitted)) return true;
  if (header.has('x-autoreply') || header.has('x-autorespond') || header.has('x-auto-response-suppress')) return true;
  return /^(auto_reply|bulk|junk)$/i.test(header.get('precedence') ?? '');
}
