import { describe, expect, test } from 'vitest';
import { cutToLimits } from '../../src/api/size-limits.ts';
import { compileBounded, createValidator } from '../../src/api/validation.ts';

const closed = { additionalProperties: false };
const SCHEMA = {
  ...{ type: 'object', properties: { list: { type: 'array', maxItems: 2, items: { type: 'string' } } } },
  ...closed,
};

describe('a value within the limits of its schema', () => {
  test.each([
    ['a list', { list: ['a', 'b'] }],
    ['a wrong type', { list: 7 }],
    ['unknown names', { a: 1, b: { c: 2 } }],
    ['nothing', null],
  ])('stays the same: %s', (_what, value) => {
    const cut = cutToLimits(SCHEMA, value);
    expect({ isSame: cut.value === value, faults: cut.faults }).toEqual({ isSame: true, faults: [] });
  });
});

describe('what is over a limit is cut, and named:', () => {
  const cases: [string, object, unknown, unknown, string][] = [
    ['a list', SCHEMA, { list: ['a', 'b', 'c'] }, { list: ['a', 'b'] }, '/list'],
    ['a map', { maxProperties: 1 }, { a: 1, b: 2 }, { a: 1 }, ''],
    ['a list in a list', { items: { maxItems: 1 } }, [[1], [1, 2]], [[1], [1]], '/1'],
    ['a list in a map', { patternProperties: { '^.*$': { maxItems: 0 } } }, { 'a/b': [1] }, { 'a/b': [] }, '/a~1b'],
    ['the widest of a union', { anyOf: [{ maxItems: 1 }, { maxItems: 2 }] }, [1, 2, 3], [1, 2], ''],
  ];

  test.each(cases)('%s', (_what, schema, value, expected, instancePath) => {
    const cut = cutToLimits(schema, value);
    expect({ value: { ...cut, faults: cut.faults.length }, at: cut.faults[0]?.instancePath }).toEqual({
      ...{ value: { value: expected, faults: 1 }, at: instancePath },
    });
  });
});

test('of unknown names, known ones are kept and a hundred and one others', () => {
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`n${index}`, 1]));
  const { value } = cutToLimits(SCHEMA, { ...many, list: [] });
  expect({ count: Object.keys(value as object).length, list: (value as { list: unknown }).list }).toEqual({
    ...{ count: 102, list: [] },
  });
});

test('a check names the list that is too long, and what is wrong with the items before the limit', () => {
  const check = compileBounded(createValidator(false), SCHEMA);
  const isValid = check({ list: [1, 'b', 3, 4], other: 1 });
  const found = check.errors?.map(({ keyword, instancePath }) => `${keyword} ${instancePath}`).sort();
  expect({ isValid, found }).toEqual({
    isValid: false,
    found: ['additionalProperties ', 'maxItems /list', 'type /list/0'],
  });
});
