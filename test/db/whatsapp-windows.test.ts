import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { findWindow, markWindowClosed, openWindow } from '../../src/db/whatsapp-windows.ts';
import { openTestDatabase } from './open-test-database.ts';

let db: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

const MORNING = new Date('2026-01-01T09:00:00Z');
const EVENING = new Date('2026-01-01T18:00:00Z');
let count = 0;
const pair = () => {
  count += 1;
  return { sender: '+14155238886', addressHash: Buffer.from(`person ${count}`) };
};

test('nothing is known of somebody who was never seen', async () => {
  expect(await findWindow(db, pair())).toBeUndefined();
});

test('a window is open since somebody wrote last', async () => {
  const window = pair();
  for (const at of [MORNING, EVENING]) await openWindow(db, window, at);
  expect(await findWindow(db, window)).toEqual({ lastInboundAt: EVENING, closedAt: null });
});

test('a message that comes late does not take back a later one', async () => {
  const window = pair();
  for (const at of [EVENING, MORNING]) await openWindow(db, window, at);
  expect(await findWindow(db, window)).toMatchObject({ lastInboundAt: EVENING });
});

test('a window can be closed before somebody has ever written', async () => {
  const window = pair();
  await markWindowClosed(db, window, MORNING);
  expect(await findWindow(db, window)).toEqual({ lastInboundAt: null, closedAt: MORNING });
});

test('a message that comes after a window was closed opens it: it is the later of the two', async () => {
  const window = pair();
  await markWindowClosed(db, window, MORNING);
  await openWindow(db, window, EVENING);
  const { lastInboundAt, closedAt } = (await findWindow(db, window)) ?? {};
  expect(Number(lastInboundAt)).toBeGreaterThan(Number(closedAt));
});

test('a refusal that is told late does not take back a later one', async () => {
  const window = pair();
  for (const at of [EVENING, MORNING]) await markWindowClosed(db, window, at);
  expect(await findWindow(db, window)).toMatchObject({ closedAt: EVENING });
});

test('each of our numbers has windows of its own', async () => {
  const window = pair();
  await openWindow(db, window, MORNING);
  expect(await findWindow(db, { ...window, sender: '+15005550006' })).toBeUndefined();
});
