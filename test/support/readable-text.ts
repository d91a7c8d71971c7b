/**
 * All that could be read out of a value, as one lower-case text: bytes are read as UTF-8, so that the payloads of a
 * workflow's history show what is in them.
 */
export function readableText(value: unknown): string {
  const texts: string[] = [];
  collect(value, texts);
  return texts.join('\n').toLowerCase();
}

/** The words that are found in a text, in plain, in hexadecimal or in Base64. */
export function wordsIn(text: string, words: readonly string[]): string[] {
  return words.filter((word) => disguisesOf(word).some((form) => text.includes(form.toLowerCase())));
}

function collect(value: unknown, texts: string[]): void {
  if (value instanceof Uint8Array) {
    texts.push(Buffer.from(value).toString('utf8'));
  } else if (value instanceof Map) {
    collect([...value], texts);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      texts.push(key);
      collect(child, texts);
    }
  } else {
    texts.push(String(value));
  }
}

function disguisesOf(word: string): string[] {
  const bytes = Buffer.from(word);
  return [word, bytes.toString('hex'), ...[0, 1, 2].map((offset) => base64Core(bytes, offset))];
}

/** What Base64 makes of some bytes that begin at an offset within a group of three, without what their neighbours change. */
function base64Core(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  return text.slice(offset === 0 ? 0 : offset + 1, -1);
}
