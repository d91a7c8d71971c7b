import { expect, test } from 'vitest';
import { estimateSmsCost } from '../../src/domain/prices.ts';

const PRICES = { currency: 'USD', perSegment: { US: '0.0079', GB: '0.0400', CH: '1', '*': '0.05' } };

test.each([
  ['one segment', 'US', 1, '0.0079'],
  ['several segments, without rounding', 'US', 3, '0.0237'],
  ['an amount with a zero at its end', 'GB', 1, '0.0400'],
  ['a price without a fraction', 'CH', 2, '2'],
  ['another country', 'FR', 2, '0.10'],
  ['a number of no country', null, 1, '0.05'],
])('%s is priced', (_what, country, segments, amount) => {
  expect(estimateSmsCost(PRICES, country, segments)).toEqual({ amount, currency: 'USD' });
});

test('a country without a price costs nothing that is known', () => {
  expect(estimateSmsCost({ currency: 'USD', perSegment: { US: '0.0079' } }, 'FR', 1)).toBeNull();
});
