import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = join(import.meta.dirname, 'bounce-mails');

/** The attempt that all the mails in the folder are about, as its Message-ID and ENVID name it. */
export const ATTEMPT_ID = '0198c0de-1234-7abc-8def-0123456789ab';
export const MESSAGE_ID = `<${ATTEMPT_ID}@example.com>`;
/** The tag of its return path. */
export const TAG = '0198c0de12347abc8def0123456789ab0011223344556677';

/** Mails as servers of many kinds write them, without their ending. */
export const BOUNCE_MAILS = readdirSync(DIRECTORY).map((file) => file.replace(/\.eml$/, ''));

/** A mail as it comes by SMTP, about another attempt where one is given. */
export function bounceMail(name: string, about: { attemptId?: string; tag?: string } = {}): Buffer {
  const text = readFileSync(join(DIRECTORY, `${name}.eml`), 'utf8')
    .replaceAll(TAG, about.tag ?? TAG)
    .replaceAll(ATTEMPT_ID, about.attemptId ?? ATTEMPT_ID);
  return Buffer.from(text.replaceAll('\n', '\r\n'));
}
