import { expect, test } from 'vitest';
import { requestHash } from '../../src/service/request-hash.ts';

const hashOf = (body: unknown, path = '/api/messages/') => requestHash({ method: 'POST', path, body }).toString('hex');
const read = (json: string) => hashOf(JSON.parse(json));

test.each([
  ['names in another order', '{"a":1,"b":2}', '{"b":2,"a":1}'],
  [
    'names in another order deep inside',
    '[{"x":{"b":[1,{"d":1,"c":2}],"a":0}}]',
    '[{"x":{"a":0,"b":[1,{"c":2,"d":1}]}}]',
  ],
  ['numbers as names in another order', '{"10":1,"9":2}', '{"9":2,"10":1}'],
  ['spaces', '{"a":[1,2]}', '{ "a" : [ 1,\n2 ] }'],
  ['a number in another form', '{"a":100}', '{"a":1.00e2}'],
  ['a zero with a sign', '{"a":0}', '{"a":-0}'],
  ['a character that is escaped', '{"a":"é/"}', '{"a":"\\u00e9\\/"}'],
  ['a name that is escaped', '{"é":1}', '{"\\u00e9":1}'],
  ['a name that comes twice, of which the last counts', '{"a":2}', '{"a":1,"a":2}'],
])('%s are the same request', (_what, one, other) => {
  expect(read(one)).toBe(read(other));
});

test.each([
  ['a list in another order', '[1,2]', '[2,1]'],
  ['a text in place of a number', '{"a":1}', '{"a":"1"}'],
  ['null in place of nothing', '{"a":null}', '{}'],
  ['another form of the same character', '{"a":"\\u00e9"}', '{"a":"e\\u0301"}'],
  ['a number with another last digit', '{"a":0.1}', '{"a":0.2}'],
  ['a name in capitals', '{"a":1}', '{"A":1}'],
  ['a number beyond all limits in place of null', '[1e999]', '[null]'],
  ['half a character in place of another', '["\\ud800"]', '["\\ud801"]'],
])('%s is another request', (_what, one, other) => {
  expect(read(one)).not.toBe(read(other));
});

test('another path is another request', () => {
  expect(hashOf({}, '/api/messages/')).not.toBe(hashOf({}, '/api/recipients/'));
});

test('bytes that are no JSON are the same only if each of them is', () => {
  const [one, other] = ['{"a":1,"b":2}', '{"b":2,"a":1}'].map((text) => hashOf(Buffer.from(text)));
  expect(one).not.toBe(other);
});

test('bytes and JSON that look alike are two requests', () => {
  expect(hashOf(Buffer.from('{"a":1}'))).not.toBe(read('{"a":1}'));
});

test('a body with a thousand items is read in any order of names', () => {
  const item = (index: number) => ({ recipient: { email: `a${index}@example.com`, name: 'Ada' }, channel: 'email' });
  const turned = (index: number) => ({ channel: 'email', recipient: { name: 'Ada', email: `a${index}@example.com` } });
  const bodies = [item, turned].map((make) => hashOf({ messages: Array.from({ length: 1000 }, (_, n) => make(n)) }));
  expect(bodies[0]).toBe(bodies[1]);
});
