/**
 * Durations are counted in buckets whose bounds grow by a constant factor, as DDSketch does (Masson, Rim and Lee, VLDB
 * 2019, section 2): bucket `i` holds what is in (FACTOR^(i-1), FACTOR^i] seconds. Buckets of several hours can be added,
 * and every quantile that is read from them is within ACCURACY of the true one.
 */

/** Relative error of a quantile. */
export const ACCURACY = 0.05;

export const FACTOR = (1 + ACCURACY) / (1 - ACCURACY);

/** In seconds; what is shorter counts as so long. */
export const SHORTEST = 0.001;

/**
 * The duration in seconds that a share of all durations does not exceed; null where there are none.
 * @param buckets how many durations are in each bucket
 * @param share between 0 and 1; 0.5 is the median
 */
export function quantileOf(buckets: ReadonlyMap<number, number>, share: number): number | null {
  const ascending = [...buckets].sort(([one], [other]) => one - other);
  const total = ascending.reduce((sum, [, count]) => sum + count, 0);
  let passed = 0;
  for (const [bucket, count] of ascending) {
    passed += count;
    if (passed > share * (total - 1)) return (2 * FACTOR ** bucket) / (FACTOR + 1);
  }
  return null;
}
