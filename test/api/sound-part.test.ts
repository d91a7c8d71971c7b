import { expect, test } from 'vitest';
import { soundPart } from '../../src/api/sound-part.ts';

const at = (...pointers: string[]) => pointers.map((pointer) => ({ pointer, code: 'wrong_type', message: '' }));
const missing = (pointer: string) => [{ pointer, code: 'required', message: '' }];

test.each([
  ['a field', { a: 1, b: 2 }, at('/a'), { b: 2 }],
  ['a field whose name has a slash', { 'a/b': 1, c: 2 }, at('/a~1b'), { c: 2 }],
  ['a field deep inside', { a: { b: [{ c: 1, d: 2 }] } }, at('/a/b/0/c'), { a: { b: [{ d: 2 }] } }],
  ['items of a list', { a: [0, 1, 2, 3] }, at('/a/0', '/a/2'), { a: [1, 3] }],
  ['the object that lacks a field', { a: [{ b: 1 }, { c: 2 }] }, missing('/a/0/c'), { a: [{ c: 2 }] }],
  ['nothing for a field that the body lacks', { a: 1 }, missing('/b'), { a: 1 }],
  ['nothing for a place that is not there', { a: 1 }, at('/b/c'), { a: 1 }],
])('leaves out %s', (_what, body, faults, expected) => {
  expect(soundPart(body, faults)?.value).toEqual(expected);
});

test.each([
  ['/a/0', '/a/1'],
  ['/a/1/b', '/a/3/b'],
  ['/c/0', '/c/0'],
  ['/a', '/a'],
  ['', ''],
])('knows where %s was', (pointer, expected) => {
  const part = soundPart({ a: [0, 1, 2, 3], c: [0] }, at('/a/0', '/a/2'));
  expect(part?.placed(pointer)).toBe(expected);
});

test.each([
  ['a body that is no object', [1], at('/0')],
  ['a body that is wrong as a whole', {}, at('')],
  ['more faults than are named', { a: 1 }, at(...Array.from({ length: 101 }, (_, index) => `/a${index}`))],
])('gives nothing for %s', (_what, body, faults) => {
  expect(soundPart(body, faults)).toBeNull();
});

test('leaves the body as it is', () => {
  const body = { a: [{ b: 1 }] };
  soundPart(body, at('/a/0/b'));
  expect(body).toEqual({ a: [{ b: 1 }] });
});
