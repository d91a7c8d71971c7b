import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ACCURACY, FACTOR, quantileOf, SHORTEST } from '../../src/domain/duration-buckets.ts';

function bucketsOf(durations: readonly number[]): Map<number, number> {
  const buckets = new Map<number, number>();
  for (const duration of durations) {
    const bucket = Math.ceil(Math.log(Math.max(duration, SHORTEST)) / Math.log(FACTOR));
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  return buckets;
}

test.each([0, 0.5, 0.95, 1])('the quantile %d of any durations is within the accuracy of the true one', (share) => {
  const durations = fc.array(fc.double({ min: SHORTEST, max: 1e8, noNaN: true }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(durations, (all) => {
      const truth = all.toSorted((one, other) => one - other)[Math.floor(share * (all.length - 1))] as number;
      const error = Math.abs((quantileOf(bucketsOf(all), share) as number) - truth);
      expect(error / truth).toBeLessThanOrEqual(ACCURACY + 1e-9);
    }),
  );
});

test('no durations have no quantile', () => {
  expect(quantileOf(new Map(), 0.5)).toBeNull();
});
