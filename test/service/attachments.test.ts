import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSealer } from '../../src/db/sealer.ts';
import {
  MAX_ATTACHMENT_BYTES,
  MAX_ATTACHMENTS,
  readAttachments,
  sealAttachments,
} from '../../src/service/attachments.ts';
import type { AttachmentInput } from '../../src/service/message-input.ts';

const PDF: AttachmentInput = {
  ...{ filename: 'invoice.pdf', contentType: 'application/pdf', contentBase64: 'JVBERg==' },
  contentId: null,
};

function faultsOf(...inputs: Partial<AttachmentInput>[]): { pointer: string; code: string }[] {
  const { faults } = readAttachments(inputs.map((input) => ({ ...PDF, ...input })));
  return faults.map(({ pointer, code }) => ({ pointer, code }));
}

test('an attachment is decoded', () => {
  expect(readAttachments([PDF])).toEqual({
    files: [{ filename: 'invoice.pdf', contentType: 'application/pdf', contentId: null, content: Buffer.from('%PDF') }],
    faults: [],
  });
});

test('no attachments are no fault', () => {
  expect(readAttachments([])).toEqual({ files: [], faults: [] });
});

describe('a file name', () => {
  test.each(['Rechnung für März.pdf', '請求書.pdf', '👨‍👩‍👧.png', 'archive.tar.gz'])('may be %s', (filename) => {
    expect(faultsOf({ filename })).toEqual([]);
  });

  test.each([
    ['empty', ''],
    ['spaces', '  '],
    ['a path', '../../etc/passwd'],
    ['a path of Windows', 'C:\\temp\\x.exe'],
    ['another header', 'a.pdf\r\nBcc: e@e.ee'],
    ['a NUL', 'a\0.pdf'],
    ['half a character', 'a\ud83d.pdf'],
  ])('may not be %s', (_, filename) => {
    expect(faultsOf({ filename })).toEqual([{ pointer: '/attachments/0/filename', code: 'invalid_filename' }]);
  });
});

describe('a content type', () => {
  test.each(['image/svg+xml', 'text/plain; charset=utf-8', 'application/vnd.ms-excel', 'text/csv;header=present'])(
    'may be %s',
    (contentType) => {
      expect(faultsOf({ contentType })).toEqual([]);
    },
  );

  test.each(['', 'pdf', 'application/', '/pdf', 'text/plain\r\nX: y', 'text/plain; charset', 'a/b/c', 'text /plain'])(
    'may not be %j',
    (contentType) => {
      expect(faultsOf({ contentType })).toEqual([
        { pointer: '/attachments/0/content_type', code: 'invalid_media_type' },
      ]);
    },
  );
});

describe('base64', () => {
  test('may be broken into lines', () => {
    const { files } = readAttachments([{ ...PDF, contentBase64: 'JVBE\r\nRg==\n' }]);
    expect(files[0]?.content).toEqual(Buffer.from('%PDF'));
  });

  test.each(['JVBERg=', 'JVBERg', 'JVBER', 'J=BERg==', '====', 'JVBE-_==', 'data:;base64,JVBERg==', 'é'])(
    'may not be %s',
    (contentBase64) => {
      expect(faultsOf({ contentBase64 })).toEqual([
        { pointer: '/attachments/0/content_base64', code: 'invalid_base64' },
      ]);
    },
  );
});

describe('the limits', () => {
  const half = Buffer.alloc(MAX_ATTACHMENT_BYTES / 2).toString('base64');

  test('count decoded bytes: exactly the largest size is allowed', () => {
    expect(faultsOf({ contentBase64: half }, { contentBase64: half })).toEqual([]);
  });

  test('count all attachments together: one byte more is refused', () => {
    expect(faultsOf({ contentBase64: half }, { contentBase64: half }, { contentBase64: 'AA==' })).toEqual([
      { pointer: '/attachments', code: 'attachments_too_large' },
    ]);
  });

  test('allow the largest number of attachments', () => {
    expect(faultsOf(...Array.from({ length: MAX_ATTACHMENTS }, () => PDF))).toEqual([]);
  });

  test('refuse one attachment more', () => {
    expect(faultsOf(...Array.from({ length: MAX_ATTACHMENTS + 1 }, () => PDF))).toEqual([
      { pointer: '/attachments', code: 'attachments_too_large' },
    ]);
  });
});

test('every fault of every attachment is named', () => {
  const pointers = faultsOf({ filename: '', contentType: '' }, {}, { contentBase64: '?' }).map(
    ({ pointer }) => pointer,
  );
  expect(pointers).toEqual(['/attachments/0/filename', '/attachments/0/content_type', '/attachments/2/content_base64']);
});

describe('sealed attachments', () => {
  const sealer = createSealer([{ id: 'one', key: randomBytes(32) }], randomBytes(32));
  const { files } = readAttachments([PDF, { ...PDF, filename: 'terms.pdf' }]);
  const { rows, chunks } = sealAttachments(sealer, 'message', files);

  test('keep the order and the size', () => {
    expect(rows.map(({ message_id, position, size }) => ({ message_id, position, size }))).toEqual([
      { message_id: 'message', position: 0, size: 4 },
      { message_id: 'message', position: 1, size: 4 },
    ]);
  });

  test('open to the file', () => {
    const [row] = rows;
    if (row === undefined) throw new Error('nothing was sealed');
    const details = sealer.open(row.details_sealed, `attachments.details:${row.id}`);
    const [chunk] = chunks.filter((one) => one.attachment_id === row.id);
    const content = sealer.openBytes(chunk?.content_sealed ?? Buffer.alloc(0), `attachments.chunk:${row.id}:0`);
    expect([details, content]).toEqual([
      { filename: 'invoice.pdf', contentType: 'application/pdf', contentId: null },
      Buffer.from('%PDF'),
    ]);
  });

  test('do not show the name of the file', () => {
    expect(rows.some(({ details_sealed }) => details_sealed.includes('invoice'))).toBe(false);
  });
});

test('a big file is sealed in parts that together are the file', () => {
  const sealer = createSealer([{ id: 'one', key: randomBytes(32) }], randomBytes(32));
  const content = randomBytes(600_000);
  const files = [{ filename: 'big.bin', contentType: 'application/octet-stream', contentId: null, content }];
  const { chunks } = sealAttachments(sealer, 'message', files);
  const opened = chunks.map((chunk) =>
    sealer.openBytes(chunk.content_sealed, `attachments.chunk:${chunk.attachment_id}:${chunk.position}`),
  );
  expect([chunks.length, Buffer.concat(opened).equals(content)]).toEqual([3, true]);
});

test.each(['virus.exe', 'script.JS', 'macro.vbs ', 'trick.scr.'])(
  'a file that would run is refused: %s',
  (filename) => {
    expect(faultsOf({ filename })).toEqual([
      { pointer: '/attachments/0/filename', code: 'attachment_type_not_allowed' },
    ]);
  },
);

test.each(['invoice.pdf', 'exe', 'notes.exe.txt', 'photo.jpeg'])(
  'a file of a harmless kind is taken: %s',
  (filename) => {
    expect(faultsOf({ filename })).toEqual([]);
  },
);

describe('a file that the HTML shows', () => {
  test('is an image', () => {
    expect(faultsOf({ contentId: 'logo' })).toEqual([{ pointer: '/attachments/0/content_id', code: 'not_an_image' }]);
  });

  test('has a name of its own', () => {
    const logo = { filename: 'logo.png', contentType: 'image/png', contentId: 'logo' };
    expect(faultsOf(logo, logo)).toEqual([{ pointer: '/attachments/1/content_id', code: 'duplicate_content_id' }]);
  });
});
