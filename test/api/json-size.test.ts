import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasTooManyValues } from '../../src/api/json-size.ts';

const has = (text: string, limit: number) => hasTooManyValues(Buffer.from(text), limit);

describe('the values of a JSON text are counted before it is parsed:', () => {
  test.each([
    ['items of a list', '[1,2,3,4]', 3],
    ['names and values', '{"a":1,"b":2}', 3],
    ['values in lists in lists', '[[1,2],[3,4]]', 3],
  ])('%s', (_what, text, count) => {
    expect({ below: has(text, count), above: has(text, count - 1) }).toEqual({ below: false, above: true });
  });

  test.each([
    ['commas in a text', '["a,b,c,d"]'],
    ['commas behind an escaped quotation mark', String.raw`["\",,,,"]`],
    ['commas behind two backslashes and a mark', String.raw`["\\",[",,,"]]`],
    ['brackets in a name', '{"[[[{{{":1}'],
    ['what is no JSON', '"'],
    ['nothing', ''],
  ])('but not %s', (_what, text) => {
    expect(has(text, 1)).toBe(false);
  });

  test('lists in lists without end', () => {
    expect({ few: has('['.repeat(6), 3), many: has('['.repeat(7), 3) }).toEqual({ few: false, many: true });
  });
});

test('no JSON of fewer values is refused', () => {
  const check = fc.property(fc.jsonValue(), (value) => {
    const text = JSON.stringify(value);
    // Each comma, colon and bracket outside of a text stands for a value or more.
    expect(has(text, text.length)).toBe(false);
  });
  fc.assert(check, { numRuns: 300 });
});
