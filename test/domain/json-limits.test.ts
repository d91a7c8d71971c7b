import { expect, test } from 'vitest';
import { findExcess, MAX_JSON_DEPTH } from '../../src/domain/json-limits.ts';

const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

test('ordinary JSON has no excess', () => {
  expect(findExcess({ a: [1, null, 'x', { b: true, c: -1.5e300 }] })).toBeNull();
});

test('a number that is infinite once it is read is found', () => {
  expect(findExcess(JSON.parse('{"a/b":[1,-1e400]}'))).toEqual({ pointer: '/a~1b/1', code: 'number_too_large' });
});

test('as many levels as are allowed are no excess', () => {
  expect(findExcess(nested(MAX_JSON_DEPTH))).toBeNull();
});

test('one level more is found', () => {
  const pointer = '/0'.repeat(MAX_JSON_DEPTH);
  expect(findExcess(nested(MAX_JSON_DEPTH + 1))).toEqual({ pointer, code: 'nested_too_deeply' });
});

test('a million levels are found as well', () => {
  expect(findExcess(nested(1_000_000))).toMatchObject({ code: 'nested_too_deeply' });
});
