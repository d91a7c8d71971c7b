import { v7 as uuidv7 } from 'uuid';
import type { AttachmentChunk, AttachmentRow } from '../db/attachments.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { Sealer } from '../db/sealer.ts';
import type { AttachmentInput } from './message-input.ts';
import type { Fault } from './service-error.ts';

/** Limits on what one email carries, in bytes once decoded; common mail servers refuse more than 25 MB encoded. */
export const MAX_ATTACHMENTS = 10;
export const MAX_ATTACHMENT_BYTES = 10_000_000;

/** Bytes of a file that are in memory at once while a mail goes out. */
const CHUNK_BYTES = 256 * 1024;

/** Kinds of files that mail services refuse because they run (https://support.google.com/mail/answer/6590). */
const RUNNING =
  /\.(ade|adp|apk|app|appx|bat|cab|chm|cmd|com|cpl|dll|dmg|exe|hta|ins|iso|isp|jar|js|jse|lib|lnk|mde|msc|msi|msp|mst|nsh|pif|ps1|scr|sct|sys|vb|vbe|vbs|vhd|vxd|wsc|wsf|wsh|xll)\.?$/i;

const MEDIA_TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(; ?[\w-]+=[\w.-]+)*$/;

/** A decoded attachment. */
export interface AttachmentFile {
  readonly filename: string;
  readonly contentType: string;
  readonly contentId: string | null;
  readonly content: Buffer;
}

/** Decodes attachments and checks their names, types and sizes. */
export function readAttachments(inputs: readonly AttachmentInput[]): { files: AttachmentFile[]; faults: Fault[] } {
  const faults: Fault[] = [];
  const files = inputs.map(({ filename, contentType, contentBase64, contentId }, index) => {
    const pointer = `/attachments/${index}`;
    if (/[\p{Cc}/\\]/u.test(filename) || filename.trim() === '' || !filename.isWellFormed()) {
      const message = 'A file name has no slashes or control characters and is not empty.';
      faults.push({ pointer: `${pointer}/filename`, code: 'invalid_filename', message });
    } else if (RUNNING.test(filename.trim())) {
      const message = 'Mail services refuse files of this kind; send a link to it.';
      faults.push({ pointer: `${pointer}/filename`, code: 'attachment_type_not_allowed', message });
    }
    faults.push(...inlineFaults(inputs, index));
    if (!MEDIA_TYPE.test(contentType)) {
      const message = 'Not a media type such as application/pdf.';
      faults.push({ pointer: `${pointer}/content_type`, code: 'invalid_media_type', message });
    }
    if (!isBase64(contentBase64)) {
      const message = 'Not base64 (RFC 4648, section 4).';
      faults.push({ pointer: `${pointer}/content_base64`, code: 'invalid_base64', message });
    }
    return { filename, contentType, contentId, content: Buffer.from(contentBase64, 'base64') };
  });
  const total = files.reduce((sum, { content }) => sum + content.length, 0);
  if (files.length > MAX_ATTACHMENTS || total > MAX_ATTACHMENT_BYTES) {
    const message = `At most ${MAX_ATTACHMENTS} attachments of ${MAX_ATTACHMENT_BYTES} bytes together, decoded.`;
    faults.push({ pointer: '/attachments', code: 'attachments_too_large', message });
  }
  return { files, faults };
}

/** Letters of base64 and, anywhere, white space; any other character is of no kind. */
const [LETTER, PADDING, SPACE] = [1, 2, 3];
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[A-Za-z0-9+/]/.test(character)) return LETTER;
  if (character === '=') return PADDING;
  return /\s/.test(character) ? SPACE : 0;
});

/** One pass, because a pattern that meets ten million spaces takes seconds. */
function isBase64(text: string): boolean {
  let letters = 0;
  let paddings = 0;
  for (let at = 0; at < text.length; at += 1) {
    const kind = KINDS[text.charCodeAt(at)];
    if (kind === SPACE) continue;
    if (kind === PADDING) paddings += 1;
    else if (kind === LETTER && paddings === 0) letters += 1;
    else return false;
  }
  return paddings <= 2 && (letters + paddings) % 4 === 0;
}

/** What is wrong with the name by which the HTML of a mail shows a file. */
function inlineFaults(inputs: readonly AttachmentInput[], index: number): Fault[] {
  const { contentId = null, contentType = '' } = inputs[index] ?? {};
  if (contentId === null) return [];
  const pointer = `/attachments/${index}/content_id`;
  if (!contentType.startsWith('image/')) {
    return [{ pointer, code: 'not_an_image', message: 'Only images are shown within the HTML.' }];
  }
  const isTaken = inputs.slice(0, index).some((other) => other.contentId === contentId);
  return isTaken ? [{ pointer, code: 'duplicate_content_id', message: 'Another file has this content_id.' }] : [];
}

/** Seals files for storage, in chunks that are opened one at a time while a mail goes out. */
export function sealAttachments(
  sealer: Sealer,
  messageId: string,
  files: readonly AttachmentFile[],
): { rows: AttachmentRow[]; chunks: AttachmentChunk[] } {
  const rows: AttachmentRow[] = [];
  const chunks: AttachmentChunk[] = [];
  for (const [position, { filename, contentType, contentId, content }] of files.entries()) {
    const id = uuidv7();
    rows.push({
      ...{ id, message_id: messageId, position, size: content.length, content_sealed: null },
      details_sealed: sealer.seal({ filename, contentType, contentId }, sealedPlaces.attachmentDetails(id)),
    });
    for (let start = 0, part = 0; start < content.length; start += CHUNK_BYTES, part += 1) {
      const bytes = content.subarray(start, start + CHUNK_BYTES);
      const content_sealed = sealer.sealBytes(bytes, sealedPlaces.attachmentChunk(id, part));
      chunks.push({ attachment_id: id, position: part, content_sealed });
    }
  }
  return { rows, chunks };
}
