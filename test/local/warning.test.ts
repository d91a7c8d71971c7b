import { expect, test } from 'vitest';
import { warningIn } from '../../local/warning.ts';

test('what is merely informed of stays in the log file', () => {
  expect(warningIn('{"level":30,"msg":"started"}')).toBeNull();
  expect(warningIn('{"level":"info","msg":"started"}')).toBeNull();
});

test('a warning is shown without its other fields', () => {
  expect(warningIn('{"level":40,"time":1,"msg":"slow"}')).toBe('slow');
  expect(warningIn('{"level":"warn","msg":"slow"}')).toBe('slow');
});

test('an error is shown with its reason', () => {
  expect(warningIn('{"level":50,"msg":"cannot connect","err":{"message":"refused","stack":"at x"}}')).toBe(
    'cannot connect: refused',
  );
});

test('a line that is no log entry is shown as it is', () => {
  expect(warningIn('SyntaxError: unexpected')).toBe('SyntaxError: unexpected');
  expect(warningIn('{ not JSON')).toBe('{ not JSON');
});

test('an empty line is not shown', () => {
  expect(warningIn(' ')).toBeNull();
});
