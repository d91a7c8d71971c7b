import type { MailPart } from './mail-parts.ts';

/** What a report says to people, and what it quotes of the mail that came back. */
export interface ReportText {
  readonly report: string;
  /** The mail that came back, if it is quoted as text. */
  readonly copy: string;
}

/** What a mail system gives back of a mail. */
export const RETURNED_TYPES = [
  'message/rfc822',
  'text/rfc822-headers',
  'message/global',
  'message/global-headers',
  'message/partial',
  'message/external-body',
];

const MAX_LENGTH = 32_000;

/**
 * The text that a mail system wrote: that of the parts before the mail that came back, up to a copy of it in the text.
 * Nothing that we wrote ourselves and that is quoted back may count.
 */
export function readReportText(parts: readonly MailPart[]): ReportText {
  const end = parts.findIndex(({ type }) => RETURNED_TYPES.includes(type));
  const status = parts.findIndex(({ type }) => type.endsWith('delivery-status') || type === 'message/feedback-report');
  const ends = [end, status].filter((index) => index > 0);
  const before = parts.slice(0, ends.length === 0 ? parts.length : Math.min(...ends)).filter(({ isFile }) => !isFile);
  const plain = textOf(before, 'text/plain');
  const text = plain.trim() === '' ? htmlToText(textOf(before, 'text/html')) : plain;
  return splitAtCopy(text.slice(0, MAX_LENGTH));
}

/** Without the lines that name or quote our mail. */
export function withoutQuotes(report: string, subject: string): string {
  const plain = subject.length < MIN_SUBJECT ? report : report.replaceAll(subject, ' ');
  const lines = plain.split('\n');
  return lines.filter((line, index) => !isQuote(line) && !isFolded(lines, index)).join('\n');
}

/** A shorter subject may be a word that the report needs. */
const MIN_SUBJECT = 8;

const SUBJECT_LINE =
  /^[\s*>#-]*(?:(?:the |your |message |original |mail )*subject(?: of the message)?(?: was| is)?|with subject|betreff|objet|asunto|oggetto|assunto|onderwerp|temat|тема|件名|主题|主旨|제목|amne|emne|predmet|konu|sujet|x400-content-\w+)\s*[:：]?\s/i;

function isQuote(line: string): boolean {
  return (
    /^>(?!>>)/.test(line) ||
    SUBJECT_LINE.test(line.slice(0, 200)) ||
    /with subject|regarding "/i.test(line.slice(0, 200))
  );
}

/** The rest of a subject in the next line, which stands further in. */
function isFolded(lines: readonly string[], index: number): boolean {
  const before = lines[index - 1] ?? '';
  return SUBJECT_LINE.test(before.slice(0, 200)) && indentOf(lines[index] ?? '') > indentOf(before);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** What separates a report from the copy of the mail that came back. */
const COPY_BEGINS = new RegExp(
  [
    '^[-=*_|> \\t]{0,80}(?:(?:Below|Above|Attach\\w*|Included|Here) (?:the next line |this line |is |are )?(?:is )?a copy|This is a copy of|Original (?:message|mail)(?: |:|-)(?!headers? )|The original message follows|Original message (?:as received|follows|attached)|Returned (?:mail|message)|RETURNED MAIL FOLLOWS|START OF RETURNED|Unsent message|Message (?:header|headers|text|body|contents?) follow|The headers? (?:and|of the)|Header of the|Your message reads|The first \\d+ lines|Message headers|Original message (?:details|headers)|A (?:copy|summary) of the (?:original|undelivered)|Included is a copy|Undelivered message follows)',
    '^[-=*_ \\t]{2,80}(?:Ursprüngliche Nachricht|Originalnachricht|Der Header|Message d.origine|Message original|Mensaje original|Messaggio originale|Mensagem original|Oorspronkelijk bericht|Oryginalna wiadomo|Исходное сообщение|Копия|Ниже|元のメッセージ|原邮件|原始邮件|附件)',
    '^[ \\t]*(?:Old message|Original message|Original Message|Message d.origine|Mensaje original)[ \\t]*:[ \\t]*$',
    '^-{2,} ?(?:Below this line|Attachment is a copy)',
  ].join('|'),
  'imu',
);

function splitAtCopy(text: string): ReportText {
  const marker = COPY_BEGINS.exec(text)?.index ?? text.length;
  const header = headerBlockIn(text.slice(0, marker)) ?? marker;
  const at = Math.min(marker, header);
  const rest = text.slice(at);
  const copy = at === header && header < marker ? rest : rest.slice(rest.indexOf('\n') + 1);
  return { report: text.slice(0, at), copy: copy.trimStart() };
}

const FIELD = /^[A-Za-z][A-Za-z0-9-]{1,40}:/;
const TRACE = /^(?:received|return-path|message-id|mime-version|dkim-signature):/i;

/** Where the header of a mail begins that nothing announces; null for nowhere. */
function headerBlockIn(text: string): number | null {
  const lines = text.split('\n');
  let at = 0;
  for (const [index, line] of lines.entries()) {
    const next = lines.slice(index, index + 8);
    const isTrace = index > 1 && TRACE.test(line) && next.filter((field) => FIELD.test(field)).length >= 3;
    if (isTrace) return at;
    at += line.length + 1;
  }
  return null;
}

function textOf(parts: readonly MailPart[], type: string): string {
  return parts
    .filter((part) => part.type === type)
    .map(({ text }) => text)
    .join('\n')
    .slice(0, MAX_LENGTH * 2);
}

const ENTITIES: Readonly<Record<string, string>> = { nbsp: ' ', lt: '<', gt: '>', amp: '&', quot: '"' };

function htmlToText(html: string): string {
  return withoutBlocks(withoutBlocks(html, 'style'), 'script')
    .replace(/<(?:br|\/p|\/div|\/tr|\/td|\/h\d|\/li)\b[^<>]*>/gi, '\n')
    .replace(/<[^<>]*>/g, '')
    .replace(/&(nbsp|lt|gt|amp|quot);/g, (_match, name: string) => ENTITIES[name] ?? ' ')
    .replace(/&#(\d{1,6});/g, (_match, code: string) => String.fromCodePoint(Math.min(Number(code), 0x10ffff)));
}

function withoutBlocks(html: string, tag: string): string {
  const lower = html.toLowerCase();
  let kept = '';
  let at = 0;
  for (;;) {
    const begin = lower.indexOf(`<${tag}`, at);
    const end = begin === -1 ? -1 : lower.indexOf(`</${tag}`, begin);
    if (end === -1) return kept + html.slice(at, begin === -1 ? undefined : begin);
    kept += html.slice(at, begin);
    at = end;
  }
}
