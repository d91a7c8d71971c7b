import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { quietRuntime } from '../support/temporal.ts';
import { openSendQueue, type SendQueue } from './send-queue.ts';

/** What the service itself gives to messages of low priority. */
const LOW = { priorityKey: 5 };
const NORMAL = { priorityKey: 3 };
const LIMIT_MS = 300_000;

let queue: SendQueue;

beforeAll(() => quietRuntime());
beforeEach(async () => {
  queue = await openSendQueue();
});
afterEach(() => queue.close());

/** Where in the order these were sent, from 1 on. */
function places(sent: readonly string[], names: readonly string[]): number[] {
  return names.map((name) => sent.indexOf(name) + 1);
}

test(
  'an alert overtakes 5,000 notices that wait for the same channel',
  async () => {
    await queue.notices('notice', 5_000, LOW);
    const notice = await queue.message({ priority: 'low' });
    const alert = await queue.message({ priority: 'high' });
    const sent = await queue.drainUntil([alert]);
    const [place = 0] = places(sent, [alert]);
    process.stdout.write(`An alert behind 5,000 notices was sent as number ${place}.\n`);
    expect(place).toBeLessThanOrEqual(100);
    expect(sent.slice(0, place)).not.toContain(notice);
  },
  LIMIT_MS,
);

test(
  'a notice that becomes an alert while it waits for its time overtakes the others',
  async () => {
    await queue.notices('notice', 500, LOW);
    const alert = await queue.changedMessage('low', 'high');
    const sent = await queue.drainUntil([alert]);
    const [place] = places(sent, [alert]);
    expect(place).toBeLessThanOrEqual(100);
  },
  LIMIT_MS,
);

test(
  'ten messages of one key are not kept waiting by a thousand of another',
  async () => {
    await queue.notices('many', 1_000, { ...NORMAL, fairnessKey: 'key-of-many' });
    const few: string[] = [];
    for (let count = 0; count < 10; count += 1) {
      few.push(await queue.message({ priority: 'normal', fairnessKey: 'key-of-few' }));
    }
    const sent = await queue.drainUntil(few);
    const last = Math.max(...places(sent, few));
    process.stdout.write(`Ten messages behind 1,000 of another key were sent by number ${last}.\n`);
    // Twenty calls are in flight when they get their turn. By their place in the queue it would be 1,010.
    expect(last).toBeLessThanOrEqual(60);
  },
  LIMIT_MS,
);
