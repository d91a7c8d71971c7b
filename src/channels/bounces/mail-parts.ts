import { decodeWords } from 'postal-mime';
import { decodeBody } from './body-encodings.ts';
import { type HeaderFields, readHeaderLines } from './header-fields.ts';

/** A part of a mail that has no parts of its own. A mail inside a mail is such a part: nobody looks into it here. */
export interface MailPart {
  /** In lower case, such as `text/plain`. */
  readonly type: string;
  /** Decoded, with line feeds only. */
  readonly text: string;
  /** Whether the part is a file that comes with the mail. */
  readonly isFile: boolean;
}

export interface ReceivedMail {
  readonly header: HeaderFields;
  /** Decoded; empty for none. */
  readonly subject: string;
  /** In the order of the mail. */
  readonly parts: readonly MailPart[];
}

/**
 * What is read of a mail, so that the work stays bounded whatever somebody sends. Reports come first in a mail, and what
 * came back last.
 */
const MAX_BYTES = 300_000;
const MAX_DEPTH = 8;
const MAX_PARTS = 60;
const MAX_PART_LENGTH = 64_000;

/**
 * Takes a mail apart (RFC 2045, RFC 2046). It is written for mails that keep no rule: bare carriage returns, boundaries
 * that are not there, unknown kinds of `multipart`, wrong charsets. Never throws.
 */
export function readMailParts(raw: Buffer): ReceivedMail {
  const text = raw.subarray(0, MAX_BYTES).toString('latin1').replace(/\r\n?/g, '\n').replace(/^\n+/, '');
  const { header, body } = splitEntity(text.replace(/^>?From [^\n]*\n/, ''));
  const parts: MailPart[] = [];
  collectParts({ header, body }, 0, parts);
  return { header, subject: headerText(header, 'subject'), parts };
}

/** The value of a field as a person reads it (RFC 2047, or 8-bit letters). */
export function headerText(header: HeaderFields, name: string): string {
  const value = (header.get(name) ?? '').slice(0, 2_000);
  return decodeWords(/[\x80-\xff]/.test(value) ? decodeBody(value, '', '') : value);
}

interface Entity {
  readonly header: HeaderFields;
  readonly body: string;
}

function splitEntity(text: string): Entity {
  const { fields, end } = readHeaderLines(text);
  return { header: fields, body: text.slice(end) };
}

function collectParts(entity: Entity, depth: number, parts: MailPart[]): void {
  if (parts.length >= MAX_PARTS) return;
  const contentType = (entity.header.get('content-type') ?? 'text/plain').slice(0, 1_000);
  const type = /^\s*([\w!#$&^.+-]+\/[\w!#$&^.+-]+)/.exec(contentType)?.[1]?.toLowerCase() ?? 'text/plain';
  const inner = splitParts(entity.body, boundaryOf(entity, type, contentType, depth));
  if (inner.length === 0 || depth >= MAX_DEPTH) {
    parts.push(readPart(entity, type.startsWith('multipart/') ? 'text/plain' : type, contentType));
    return;
  }
  for (const part of inner) collectParts(splitEntity(part), depth + 1, parts);
}

/** A mail that has lost its Content-Type still shows where its parts begin. */
function boundaryOf({ body }: Entity, type: string, contentType: string, depth: number): string {
  if (type.startsWith('multipart/')) return parameter(contentType, 'boundary');
  if (depth > 0 || type !== 'text/plain') return '';
  return /^--(\S{6,70})\nContent-Type:/im.exec(body.slice(0, 400))?.[1] ?? '';
}

function readPart({ header, body }: Entity, type: string, contentType: string): MailPart {
  const encoding = (header.get('content-transfer-encoding') ?? '').trim().toLowerCase();
  return {
    type,
    text: decodeBody(body.slice(0, MAX_PART_LENGTH), encoding, parameter(contentType, 'charset')),
    isFile: /^\s*attachment/i.test(header.get('content-disposition') ?? ''),
  };
}

function splitParts(body: string, boundary: string): string[] {
  if (boundary === '') return [];
  const found: string[] = [];
  let start = delimiterIn(body, boundary, 0);
  while (start !== -1 && found.length < MAX_PARTS) {
    const begin = start + boundary.length + 2;
    if (body.startsWith('--', begin)) break;
    const next = delimiterIn(body, boundary, begin);
    found.push(body.slice(body.indexOf('\n', begin) + 1 || body.length, next === -1 ? undefined : next));
    start = next;
  }
  return found;
}

/** Where the next line begins with the boundary, perhaps after spaces; -1 for nowhere. */
function delimiterIn(body: string, boundary: string, from: number): number {
  let at = body.indexOf(`--${boundary}`, from);
  while (at > 0) {
    const before = body.slice(Math.max(0, at - MAX_INDENT), at);
    if (/(?:^|\n)[ \t]*$/.test(before) && (at <= MAX_INDENT || before.includes('\n'))) return at;
    at = body.indexOf(`--${boundary}`, at + 1);
  }
  return at;
}

/** How far in a boundary is seen. */
const MAX_INDENT = 8;

function parameter(contentType: string, name: string): string {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]*))`, 'i').exec(contentType);
  return (match?.[1] ?? match?.[2] ?? '').trim();
}
