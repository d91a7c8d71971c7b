import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countSegments, SMS_MAX_LENGTH } from '../../src/templates/sms-segments.ts';

describe('a text', () => {
  it.each([
    ['of 160 letters', 'a'.repeat(160), 'GSM-7', 1, 160],
    ['of 161 letters', 'a'.repeat(161), 'GSM-7', 2, 161],
    ['of 80 euro signs', '€'.repeat(80), 'GSM-7', 1, 160],
    ['of 81 euro signs', '€'.repeat(81), 'GSM-7', 2, 162],
    ['of 159 letters and a bar', `${'a'.repeat(159)}|`, 'GSM-7', 2, 161],
    ['with an escape pair at the end of a part', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 'GSM-7', 3, 306],
    ['of 70 à and ÿ', `${'à'.repeat(70)}ÿ`, 'UCS-2', 2, 71],
    ['of 69 â and a brace', `${'â'.repeat(69)}{`, 'UCS-2', 1, 70],
    ['of brackets and an emoji', `this is a ${']'.repeat(74)}😀`, 'UCS-2', 2, 86],
    ['of 36 emoji', '😀'.repeat(36), 'UCS-2', 2, 72],
    ['of nothing', '', 'GSM-7', 1, 0],
  ])('%s is counted as it is billed', (_name, text, encoding, segments, length) => {
    expect(countSegments(text)).toEqual({ encoding, segments, length });
  });
});

describe('a text that is longer than an SMS may be', () => {
  it('is estimated', () => {
    expect(countSegments('a'.repeat(15_300))).toEqual({ encoding: 'GSM-7', segments: 100, length: 15_300 });
  });

  it('is UCS-2 for one letter anywhere', () => {
    expect(countSegments(`${'a'.repeat(SMS_MAX_LENGTH)}ÿ`)).toEqual({ encoding: 'UCS-2', segments: 24, length: 1601 });
  });

  it('takes time in proportion to its length', () => {
    const start = performance.now();
    countSegments('😀'.repeat(50_000));
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('whatever a text says', () => {
  const gsm = fc.string({ unit: fc.constantFrom(...'abcXYZ019 @£$éåÄ?'), maxLength: 600 });
  const anything = fc.string({ unit: 'grapheme', maxLength: 200 });

  it('in plain GSM letters it has one part up to 160, and parts of 153 beyond', () => {
    fc.assert(
      fc.property(gsm, (text) => {
        const segments = text.length <= 160 ? 1 : Math.ceil(text.length / 153);
        expect(countSegments(text)).toEqual({ encoding: 'GSM-7', segments, length: text.length });
      }),
    );
  });

  it('in another script it has one part up to 70, and parts of 67 beyond', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'абвгд世界'), minLength: 1, maxLength: 300 }), (text) => {
        const segments = text.length <= 70 ? 1 : Math.ceil(text.length / 67);
        expect(countSegments(text)).toEqual({ encoding: 'UCS-2', segments, length: text.length });
      }),
    );
  });

  it('no more text makes fewer parts', () => {
    fc.assert(
      fc.property(anything, anything, (text, more) => {
        expect(countSegments(text + more).segments).toBeGreaterThanOrEqual(countSegments(text).segments);
      }),
      { numRuns: 50 },
    );
  });
});
