import { describe, expect, test } from 'vitest';
import { readablePart } from '../../src/channels/mail-limits.ts';

const part = (mail: string) => readablePart(Buffer.from(mail)).toString();

describe('a mail', () => {
  test.each([
    ['an ordinary one', 'From: a\r\nTo: b\r\n\r\nHello\r\n'],
    ['one with bare line feeds', 'From: a\n\nHello\n'],
    ['one without a body', 'From: a\r\n'],
    ['one without a header', '\r\nHello'],
    ['one of a single long line', `From: a\r\n\r\n${'x'.repeat(900_000)}`],
    ['nothing', ''],
  ])('is read as it is: %s', (_what, mail) => {
    expect(part(mail)).toBe(mail);
  });

  test('is read up to its three thousandth line', () => {
    expect(part(`From: a\r\n\r\n${'x\r\n'.repeat(10_000)}`)).toBe(`From: a\r\n\r\n${'x\r\n'.repeat(3_000)}`);
  });

  test.each([
    ['fields', 'X: y\r\n'.repeat(20_000)],
    ['one field', `To: ${'a@example.com, '.repeat(20_000)}\r\n`],
    ['one folded field', `X: y\r\n${' z\r\n'.repeat(20_000)}`],
  ])('with a header of too much of %s is read with the first part of it, and with its body', (_what, header) => {
    const read = part(`${header}\r\nHello\r\n`);
    expect({ isCut: read.length < 64_100, start: read.slice(0, 5), end: read.slice(-9) }).toEqual({
      ...{ isCut: true, start: header.slice(0, 5), end: '\r\nHello\r\n' },
    });
  });
});
