import type { Times } from './magic.ts';

/** Counts how often rules have struck. */
export interface Strikes {
  /** Whether a rule that strikes `times` times strikes this time too; counts it where it does. */
  strike(key: string, times: Times, n: number): boolean;
}

/** @param capacity how many keys are remembered; the oldest are forgotten first */
export function createStrikes(capacity: number): Strikes {
  const counts = new Map<string, number>();
  return {
    strike(key, times, n) {
      if (times === 'always') return true;
      const count = counts.get(key) ?? 0;
      if (count >= (times === 'N' ? n : times)) return false;
      counts.delete(key);
      counts.set(key, count + 1);
      const oldest = counts.keys().next();
      if (counts.size > capacity && !oldest.done) counts.delete(oldest.value);
      return true;
    },
  };
}
