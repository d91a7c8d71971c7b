import { v7 as uuidv7 } from 'uuid';
import type { AttachmentRow } from '../db/attachments.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import type { Sealer } from '../db/sealer.ts';
import type { AttachmentInput } from './message-input.ts';
import type { Fault } from './service-error.ts';

/** Limits on what one email carries, in bytes once decoded; common mail servers refuse more than 25 MB encoded. */
export const MAX_ATTACHMENTS = 10;
export const MAX_ATTACHMENT_BYTES = 10_000_000;

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
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
    }
    if (!MEDIA_TYPE.test(contentType)) {
      const message = 'Not a media type such as application/pdf.';
      faults.push({ pointer: `${pointer}/content_type`, code: 'invalid_media_type', message });
    }
    const compact = contentBase64.replace(/\s+/g, '');
    if (!BASE64.test(compact) || compact.length % 4 !== 0) {
      const message = 'Not base64 (RFC 4648, section 4).';
      faults.push({ pointer: `${pointer}/content_base64`, code: 'invalid_base64', message });
    }
    return { filename, contentType, contentId, content: Buffer.from(compact, 'base64') };
  });
  const total = files.reduce((sum, { content }) => sum + content.length, 0);
  if (files.length > MAX_ATTACHMENTS || total > MAX_ATTACHMENT_BYTES) {
    const message = `At most ${MAX_ATTACHMENTS} attachments of ${MAX_ATTACHMENT_BYTES} bytes together, decoded.`;
    faults.push({ pointer: '/attachments', code: 'attachments_too_large', message });
  }
  return { files, faults };
}

export function sealAttachments(sealer: Sealer, messageId: string, files: readonly AttachmentFile[]): AttachmentRow[] {
  return files.map(({ filename, contentType, contentId, content }, position) => {
    const id = uuidv7();
    return {
      id,
      message_id: messageId,
      position,
      details_sealed: sealer.seal({ filename, contentType, contentId }, sealedPlaces.attachmentDetails(id)),
      content_sealed: sealer.sealBytes(content, sealedPlaces.attachmentContent(id)),
      size: content.length,
    };
  });
}
