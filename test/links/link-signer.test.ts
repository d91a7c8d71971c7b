import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { createLinkSigner, type LinkPurpose } from '../../src/links/link-signer.ts';

const PUBLIC_URL = 'https://messages.example.com/keryu';
const PURPOSES: readonly LinkPurpose[] = ['open', 'click', 'unsubscribe', 'acknowledge'];
const signer = createLinkSigner(Buffer.alloc(32, 1), PUBLIC_URL);
const attemptId = uuidv7();

const tokenOf = (link: string) => link.slice(link.lastIndexOf('/') + 1);
const clickToken = (url: string, by = signer) => tokenOf(by.link('click', { attemptId, url }));
const flipBit = (token: string, at: number) => {
  const bytes = Buffer.from(token, 'base64url');
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes.toString('base64url');
};

describe('a link', () => {
  test.each([
    ['open', `${PUBLIC_URL}/t/o/`],
    ['click', `${PUBLIC_URL}/t/c/`],
    ['unsubscribe', `${PUBLIC_URL}/u/`],
    ['acknowledge', `${PUBLIC_URL}/a/`],
  ] as const)('to %s is below %s', (purpose, start) => {
    expect(signer.link(purpose, { attemptId }).startsWith(start)).toBe(true);
  });

  test('has a token that can stand in a path as it is', () => {
    expect(clickToken('https://example.com/?a=ü&b=/+')).toMatch(/^[\w-]+$/);
  });

  test.each(PURPOSES)('to %s is known as our own', (purpose) => {
    expect(signer.isOwn(signer.link(purpose, { attemptId }))).toBe(true);
  });

  test.each(['https://example.com/u/x', 'https://messages.example.com.evil.example/u/x', `${PUBLIC_URL}/api/`])(
    'of somebody else, such as %s, is not',
    (url) => {
      expect(signer.isOwn(url)).toBe(false);
    },
  );
});

describe('a placeholder', () => {
  test.each(['open', 'unsubscribe', 'acknowledge'] as const)('to %s is as long as a link', (purpose) => {
    expect(signer.placeholder(purpose)).toHaveLength(signer.link(purpose, { attemptId }).length);
  });

  test('leads nowhere', () => {
    expect(signer.read('acknowledge', tokenOf(signer.placeholder('acknowledge')))).toBeNull();
  });
});

describe('a token', () => {
  test.each(PURPOSES)('to %s says which attempt it was made for', (purpose) => {
    expect(signer.read(purpose, tokenOf(signer.link(purpose, { attemptId })))).toEqual({ attemptId, url: '' });
  });

  test('says the URL exactly, however long and odd it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 6_000 }), (path) => {
        const url = `https://example.com/${path}`;
        expect(signer.read('click', clickToken(url))).toEqual({ attemptId, url });
      }),
    );
  });

  test.each(
    PURPOSES.flatMap((made) => PURPOSES.filter((asked) => asked !== made).map((asked) => [made, asked] as const)),
  )('to %s is worth nothing to %s', (made, asked) => {
    expect(signer.read(asked, tokenOf(signer.link(made, { attemptId })))).toBeNull();
  });

  test('of another key is worth nothing', () => {
    const other = createLinkSigner(Buffer.alloc(32, 2), PUBLIC_URL);
    expect(signer.read('click', clickToken('https://example.com/', other))).toBeNull();
  });

  test('with any bit changed is worth nothing', () => {
    const token = clickToken('https://example.com/');
    const forged = Array.from(Buffer.from(token, 'base64url'), (_, at) => flipBit(token, at));
    expect(forged.map((other) => signer.read('click', other)).filter((read) => read !== null)).toEqual([]);
  });

  test('that is cut off anywhere is worth nothing', () => {
    const token = clickToken('https://example.com/');
    const cut = Array.from(token, (_, length) => token.slice(0, length));
    expect(cut.map((other) => signer.read('click', other)).filter((read) => read !== null)).toEqual([]);
  });

  test.each([
    ['padding', (token: string) => `${token}==`],
    ['white space', (token: string) => `${token.slice(0, 5)} ${token.slice(5)}`],
    ['a foreign character', (token: string) => `${token}.`],
    ['more behind it', (token: string) => `${token}AAAA`],
    ['the other alphabet', (token: string) => token.replaceAll('-', '+').replaceAll('_', '/')],
  ])('with %s is not the one that was made', (_what, change) => {
    // Long enough to hold every character of the alphabet.
    const token = clickToken(`https://example.com/${'ÿþ?>~'.repeat(200)}`);
    expect(signer.read('click', change(token))).toBeNull();
  });

  test('with other spare bits at its end is not the one that was made', () => {
    // 49 bytes leave four spare bits in the last character.
    const token = clickToken('https://a.example');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const others = [...alphabet].map((last) => token.slice(0, -1) + last).filter((other) => other !== token);
    expect(others.map((other) => signer.read('click', other)).filter((read) => read !== null)).toEqual([]);
  });

  test('can be any text without harm', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...PURPOSES), (token, purpose) => {
        expect(signer.read(purpose, token)).toBeNull();
      }),
    );
  });

  test('can be any bytes without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(signer.read('unsubscribe', Buffer.from(bytes).toString('base64url'))).toBeNull();
      }),
    );
  });
});

describe("a return path's tag", () => {
  test('is 48 hexadecimal characters', () => {
    expect(signer.returnPathTag(attemptId)).toMatch(/^[0-9a-f]{48}$/);
  });

  test.each([
    ['as it is', (tag: string) => tag],
    ['in capitals, as some mail servers write it', (tag: string) => tag.toUpperCase()],
  ])('%s says which attempt it was made for', (_how, write) => {
    expect(signer.readReturnPathTag(write(signer.returnPathTag(attemptId)))).toBe(attemptId);
  });

  test('with any bit changed is worth nothing', () => {
    const bytes = Buffer.from(signer.returnPathTag(attemptId), 'hex');
    const forged = Array.from(bytes, (byte, at) =>
      Buffer.from(bytes)
        .fill(byte ^ 1, at, at + 1)
        .toString('hex'),
    );
    expect(forged.map((tag) => signer.readReturnPathTag(tag)).filter((read) => read !== null)).toEqual([]);
  });

  test('of another key is worth nothing', () => {
    const other = createLinkSigner(Buffer.alloc(32, 2), PUBLIC_URL);
    expect(signer.readReturnPathTag(other.returnPathTag(attemptId))).toBeNull();
  });

  test('can be any text without harm', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[0-9a-f]{48}$/)), (tag) => {
        expect(signer.readReturnPathTag(tag)).toBeNull();
      }),
    );
  });
});
