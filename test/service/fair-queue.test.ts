import { expect, test } from 'vitest';
import { createFairQueue } from '../../src/service/fair-queue.ts';

function queueOf(...items: [item: string, priority: 'high' | 'normal' | 'low', owner: string][]) {
  const queue = createFairQueue<string>();
  for (const [item, priority, owner] of items) queue.add(item, { priority, owner });
  return queue;
}

function all(queue: ReturnType<typeof queueOf>): string[] {
  const items: string[] = [];
  for (let item = queue.next(); item !== undefined; item = queue.next()) items.push(item);
  return items;
}

test('the urgent goes first, whenever it came', () => {
  const queue = queueOf(['low', 'low', 'a'], ['normal', 'normal', 'a'], ['high', 'high', 'a']);
  expect(all(queue)).toEqual(['high', 'normal', 'low']);
});

test('of one owner the first comes first', () => {
  expect(all(queueOf(['1', 'normal', 'a'], ['2', 'normal', 'a'], ['3', 'normal', 'a']))).toEqual(['1', '2', '3']);
});

test('owners take turns, however many items each has', () => {
  const queue = queueOf(
    ...['a1', 'a2', 'a3', 'a4'].map((item) => [item, 'normal', 'a'] as [string, 'normal', string]),
    ...['b1', 'b2'].map((item) => [item, 'normal', 'b'] as [string, 'normal', string]),
  );
  expect(all(queue)).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'a4']);
});

test('an owner who comes later waits one turn', () => {
  const queue = queueOf(['a1', 'normal', 'a'], ['a2', 'normal', 'a'], ['a3', 'normal', 'a']);
  expect(queue.next()).toBe('a1');
  queue.add('b1', { priority: 'normal', owner: 'b' });
  expect(all(queue)).toEqual(['a2', 'b1', 'a3']);
});

test('what has been cleared is gone', () => {
  const queue = queueOf(['1', 'normal', 'a'], ['2', 'high', 'b']);
  queue.clear();
  expect([queue.size, queue.next()]).toEqual([0, undefined]);
});

test('the size counts what waits', () => {
  const queue = queueOf(['1', 'normal', 'a'], ['2', 'high', 'b']);
  queue.next();
  expect(queue.size).toBe(1);
});
