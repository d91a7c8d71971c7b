import { expect, test } from 'vitest';
import { createTurns, type TurnsOptions } from '../../src/temporal/turns.ts';

const REFUSED = new Error('refused');

function turnsOf(more: Partial<TurnsOptions> = {}) {
  return createTurns({ atOnce: 2, maxWaiting: 3, maxWaitMs: 60_000, refusal: () => REFUSED, ...more });
}

/** Work that lasts until it is ended, and whether it has begun. */
function work() {
  const ended = Promise.withResolvers<void>();
  const state = { hasBegun: false };
  const run = async () => {
    state.hasBegun = true;
    await ended.promise;
    return 'done';
  };
  return { state, run, end: () => ended.resolve(), fail: () => ended.reject(new Error('failed')) };
}

test('no more than a few run at a time, and the next one begins when one ends', async () => {
  const turns = turnsOf();
  const works = [work(), work(), work()];
  const results = works.map(({ run }) => turns.take(run));
  await Promise.resolve();
  expect(works.map(({ state }) => state.hasBegun)).toEqual([true, true, false]);
  works[0]?.end();
  await results[0];
  await expect.poll(() => works[2]?.state.hasBegun).toBe(true);
  for (const { end } of works) end();
  expect(await Promise.all(results)).toEqual(['done', 'done', 'done']);
});

test('work that fails passes its turn on', async () => {
  const turns = turnsOf({ atOnce: 1 });
  const [first, second] = [work(), work()];
  const results = [turns.take(first.run), turns.take(second.run)];
  first.fail();
  await expect(results[0]).rejects.toThrow('failed');
  second.end();
  expect(await results[1]).toBe('done');
});

test('where too many wait, one more is refused at once', async () => {
  const turns = turnsOf({ atOnce: 1, maxWaiting: 1 });
  const works = [work(), work()];
  const results = works.map(({ run }) => turns.take(run));
  await expect(turns.take(work().run)).rejects.toBe(REFUSED);
  for (const { end } of works) end();
  await Promise.all(results);
});

test('whoever has waited for too long is refused', async () => {
  const turns = turnsOf({ atOnce: 1, maxWaitMs: 10 });
  const first = work();
  const result = turns.take(first.run);
  await expect(turns.take(work().run)).rejects.toBe(REFUSED);
  first.end();
  expect(await result).toBe('done');
});

test('all that wait can be refused, while what runs goes on', async () => {
  const turns = turnsOf({ atOnce: 1 });
  const first = work();
  const running = turns.take(first.run);
  const waiting = [turns.take(work().run), turns.take(work().run)];
  turns.refuseWaiting();
  expect(await Promise.allSettled(waiting)).toEqual(waiting.map(() => ({ status: 'rejected', reason: REFUSED })));
  first.end();
  expect(await running).toBe('done');
});

test('after a refusal there are as many turns as before', async () => {
  const turns = turnsOf({ atOnce: 1 });
  const first = work();
  const running = turns.take(first.run);
  const refused = turns.take(work().run);
  turns.refuseWaiting();
  await expect(refused).rejects.toBe(REFUSED);
  first.end();
  await running;
  expect(await turns.take(async () => 'next')).toBe('next');
});
