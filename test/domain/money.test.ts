import { expect, test } from 'vitest';
import { addAmounts } from '../../src/domain/money.ts';

test.each([
  ['0.1', '0.2', '0.300000'],
  ['0', '0.000001', '0.000001'],
  ['999999999.999999', '0.000001', '1000000000.000000'],
])('%s and %s are %s', (one, other, sum) => {
  expect(addAmounts(one, other)).toBe(sum);
});
