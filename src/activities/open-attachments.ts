import { Readable } from 'node:stream';
import { type Attachment, UnreadableContent } from '../channels/channel.ts';
import { type AttachmentRow, findChunk, listAttachments } from '../db/attachments.ts';
import { sealedPlaces } from '../db/sealed-places.ts';
import { SealError } from '../db/sealer.ts';
import type { ActivityDependencies } from './dependencies.ts';

type Opener = Pick<ActivityDependencies, 'db' | 'sealer'>;

/**
 * The files of a message, whose contents are read while they are sent.
 * @throws {UnreadableContent} where what is kept of a file does not open
 */
export async function openAttachments(opener: Opener, messageId: string): Promise<Attachment[]> {
  return (await listAttachments(opener.db, messageId)).map((row) => {
    const details = readable(() =>
      opener.sealer.open<Details>(row.details_sealed, sealedPlaces.attachmentDetails(row.id)),
    );
    const { filename, contentType, contentId = null } = details;
    return { filename, contentType, contentId, content: () => Readable.from(readContent(opener, row)) };
  });
}

/** As sealed; what earlier versions kept has no `contentId`. */
type Details = Pick<Attachment, 'filename' | 'contentType'> & { readonly contentId?: string | null };

/** One chunk at a time is in memory. A file that has lost a part fails rather than arriving as a torso. */
async function* readContent({ db, sealer }: Opener, row: AttachmentRow): AsyncGenerator<Buffer> {
  if (row.content_sealed !== null) {
    const whole = row.content_sealed;
    yield readable(() => sealer.openBytes(whole, sealedPlaces.attachmentContent(row.id)));
    return;
  }
  let size = 0;
  for (let position = 0; size < row.size; position += 1) {
    const chunk = await findChunk(db, row.id, position);
    if (chunk === undefined) throw new UnreadableContent('A part of an attachment is missing.');
    const bytes = readable(() =>
      sealer.openBytes(chunk.content_sealed, sealedPlaces.attachmentChunk(row.id, position)),
    );
    size += bytes.length;
    yield bytes;
  }
}

function readable<Opened>(open: () => Opened): Opened {
  try {
    return open();
  } catch (error) {
    if (error instanceof SealError) throw new UnreadableContent('An attachment does not open.', { cause: error });
    throw error;
  }
}
