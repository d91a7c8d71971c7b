import { setTimeout as sleep } from 'node:timers/promises';

export interface Load {
  /** How many things are done. */
  count: number;
  /** How many are under way at most. */
  clients: number;
  /** How many are begun a second; null: as many as the clients can. */
  perSecond: number | null;
}

/** Does something `count` times, by so many clients and at that rate, and returns what came of each. */
export async function applyLoad<Result>(load: Load, act: (index: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  const start = performance.now();
  let next = 0;
  async function client(): Promise<void> {
    for (let index = next++; index < load.count; index = next++) {
      if (load.perSecond !== null)
        await sleep(Math.max(0, start + (index * 1000) / load.perSecond - performance.now()));
      results[index] = await act(index);
    }
  }
  await Promise.all(Array.from({ length: load.clients }, client));
  return results;
}
