import { describe, expect, test } from 'vitest';
import { isOptedOut, optOutCode } from '../../src/domain/opt-outs.ts';

describe('somebody who opted out of', () => {
  const sms = { channel: 'sms', category: null } as const;
  const marketing = { channel: null, category: 'marketing' };
  const marketingBySms = { channel: 'sms', category: 'marketing' } as const;

  test.each([
    ['a channel', 'any category on it', [sms], 'sms', 'marketing'],
    ['a channel', 'messages without a category on it', [sms], 'sms', null],
    ['a category', 'it on any channel', [marketing], 'email', 'marketing'],
    ['a category on one channel', 'it there', [marketingBySms], 'sms', 'marketing'],
    ['several things', 'each of them', [sms, marketing], 'email', 'marketing'],
  ] as const)('%s does not want %s', (_of, _what, optOuts, channel, category) => {
    expect(isOptedOut(optOuts, channel, category)).toBe(true);
  });

  test.each([
    ['a channel', 'another channel', [sms], 'email', 'marketing'],
    ['a category', 'another category', [marketing], 'email', 'transactional'],
    ['a category', 'messages without a category', [marketing], 'email', null],
    ['a category on one channel', 'it on another one', [marketingBySms], 'email', 'marketing'],
    ['a category on one channel', 'other categories there', [marketingBySms], 'sms', 'transactional'],
    ['nothing', 'everything', [], 'sms', 'marketing'],
  ] as const)('%s still wants %s', (_of, _what, optOuts, channel, category) => {
    expect(isOptedOut(optOuts, channel, category)).toBe(false);
  });
});

test('an opt-out has a code for the audit log', () => {
  const optOuts = [
    { channel: 'sms', category: null },
    { channel: null, category: 'marketing' },
  ] as const;
  expect(optOuts.map(optOutCode)).toEqual(['sms/*', '*/marketing']);
});
