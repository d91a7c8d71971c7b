import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sentenceFor } from '../../src/domain/sentences.ts';

test('a code of our own has a sentence that says what to do', () => {
  expect(sentenceFor('no_address')).toBe(
    'The recipient has no address on this channel; add one to the recipient, or switch to another channel.',
  );
});

test('a code that has no sentence is named', () => {
  expect(sentenceFor('smtp_5.9.9')).toBe('The message failed with the code smtp_5.9.9.');
});

test('every code has a sentence, also one that reads like a word of the language', () => {
  const code = fc.oneof(fc.string(), fc.constantFrom('constructor', 'toString', '__proto__', 'hasOwnProperty'));
  fc.assert(
    fc.property(code, (text) => {
      expect(sentenceFor(text)).toMatch(/^The [\s\S]+\.$/);
    }),
  );
});
