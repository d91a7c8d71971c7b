/** Noncharacters, which no text that people exchange contains (Unicode, section 23.7). */
const OPEN = '\uFDD0';
const CLOSE = '\uFDD1';
const SHIELDED = new RegExp(`${OPEN}([0-9a-f]*)${CLOSE}`, 'g');

/** A text as one word that Markdown finds no mark in, wherever it stands; `unshield` brings the text back. */
export function shield(text: string): string {
  return `${OPEN}${Buffer.from(text).toString('hex')}${CLOSE}`;
}

/**
 * @param show what each shielded text becomes
 * @param around what becomes of the rest
 */
export function unshield(
  text: string,
  show: (literal: string) => string,
  around: (rest: string) => string = (rest) => rest,
): string {
  // Split by one group gives what lies between matches at even places and the groups at odd ones.
  return text
    .split(SHIELDED)
    .map((part, index) => (index % 2 === 0 ? around(part) : show(Buffer.from(part, 'hex').toString())))
    .join('');
}
