import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findUnsafeText } from '../../src/domain/unsafe-text.ts';

describe('unsafe text', () => {
  it.each([
    ['a NUL character', { a: [{ 'b/c': 'x\0' }] }, '/a/0/b~1c'],
    ['a lone surrogate', { a: ['\ud800x'] }, '/a/0'],
    ['half an emoji', ['ok', '😀'.slice(0, 1)], '/1'],
    ['a text by itself', '\0', ''],
    ['a key', { a: { 'b\0': 1 } }, '/a'],
  ])('is found in %s', (_where, value, pointer) => {
    expect(findUnsafeText(value)).toBe(pointer);
  });

  it('is found where it comes first', () => {
    expect(findUnsafeText({ a: { b: '\0' }, c: '\0' })).toBe('/a/b');
  });

  it('is found at any depth', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}"\\u0000"${']'.repeat(100_000)}`);
    expect(findUnsafeText(deep)).toBe('/0'.repeat(100_000));
  });

  it.each([null, 1, true, '', 'مرحبا 👨‍👩‍👧', { constructor: ['x'] }])('is not found in %j', (value) => {
    expect(findUnsafeText(value)).toBeNull();
  });

  it('is not found in any JSON of whole characters', () => {
    const whole = fc
      .jsonValue({ stringUnit: 'grapheme' })
      .filter((value) => !JSON.stringify(value).includes('\\u0000'));
    fc.assert(
      fc.property(whole, (value) => {
        expect(findUnsafeText(value)).toBeNull();
      }),
    );
  });
});
