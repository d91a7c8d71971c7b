import { describe, expect, test } from 'vitest';
import { isMoreThan, plainAmount } from '../../src/domain/money.ts';
import type { SmsRules } from '../../src/domain/sending-rules.ts';
import { judgeText } from '../../src/domain/sms-limits.ts';

const PRICES = { currency: 'USD', perSegment: { US: '0.0079', GB: '0.04' } };
const FREE: SmsRules = {
  ...{ countries: null, sendersByCountry: [], prices: PRICES, costLimit: null, costLimitPerDay: null },
};

test('a text that no rule stands against costs what its segments do', () => {
  expect(judgeText(FREE, { country: 'US', segments: 3 })).toEqual({ cost: { amount: '0.0237', currency: 'USD' } });
});

test('a text whose price is not known goes all the same where costs are not limited', () => {
  expect(judgeText(FREE, { country: 'DE', segments: 1 })).toEqual({ cost: null });
});

describe('a text is refused', () => {
  test.each([
    ['to a country that is not on the list', { countries: ['US'] }, 'GB', 1, 'country_not_allowed'],
    ['to no country at all where there is a list', { countries: ['US'] }, null, 1, 'country_not_allowed'],
    ['that costs more than one may', { costLimit: '0.10' }, 'GB', 3, 'cost_limit_message'],
    ['whose cost is not known where one may cost only so much', { costLimit: '0.10' }, 'DE', 1, 'cost_unknown'],
    ['whose cost is not known where a day may cost only so much', { costLimitPerDay: '5' }, 'DE', 1, 'cost_unknown'],
  ] as const)('%s', (_, rules, country, segments, refusal) => {
    expect(judgeText({ ...FREE, ...rules }, { country, segments })).toMatchObject({ refusal });
  });
});

test('a text may cost as much as the limit', () => {
  expect(judgeText({ ...FREE, costLimit: '0.12' }, { country: 'GB', segments: 3 })).toHaveProperty('cost');
});

test.each([
  ['0.1', '0.10', false],
  ['0.100001', '0.1', true],
  ['10', '9.999999', true],
  ['0.000001', '0', true],
])('%s is more than %s: %s', (amount, other, isMore) => {
  expect(isMoreThan(amount, other)).toBe(isMore);
});

test.each([
  ['0.080000', '0.08'],
  ['10.000000', '10'],
  ['100', '100'],
])('%s is written as %s', (amount, plain) => {
  expect(plainAmount(amount)).toBe(plain);
});
