import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent, type MessageJson } from '../support/stack-client.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(async () => await stack.close());

const HOUR_MS = 3600_000;
const content = 'Your order is on its way.';
const isPostponed = ({ waiting_for }: MessageJson) => waiting_for === 'schedule';

/** Somebody who wants to be quiet from an hour ago until in an hour, in UTC. */
async function quietPerson(name: string): Promise<string> {
  const clock = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString().slice(11, 16);
  const person = {
    ...{ external_id: name, email: `${name}@example.com`, preferred_channels: ['email'] },
    quiet_hours: { start: clock(-1), end: clock(1) },
  };
  expect(await stack.call('POST', '/api/recipients/', person)).toMatchObject({ status: 201 });
  return name;
}

test.concurrent('a message waits for the end of quiet hours, unless an operator sends it now', async () => {
  const { id } = await stack.send({ recipient: await quietPerson('asleep'), content });
  const { events } = await stack.until(id, isPostponed);
  expect(events.at(-1)?.type).toBe('postponed');
  expect(await stack.taken('asleep@example.com')).toEqual([]);
  expect(await stack.call('POST', `/api/messages/${id}/retry/`)).toMatchObject({ status: 202 });
  await stack.until(id, isSent);
  expect(await stack.taken('asleep@example.com')).toHaveLength(1);
});

test.concurrent('a message of high priority does not wait for the end of quiet hours', async () => {
  const { id } = await stack.send({ recipient: await quietPerson('on-call'), content, priority: 'high' });
  await stack.until(id, isSent);
  expect(await stack.taken('on-call@example.com')).toHaveLength(1);
});

test.concurrent('a change to high priority ends the wait for quiet hours', async () => {
  const { id } = await stack.send({ recipient: await quietPerson('woken'), content });
  await stack.until(id, isPostponed);
  expect(await stack.call('PUT', `/api/messages/${id}/`, { priority: 'high' })).toMatchObject({ status: 200 });
  await stack.until(id, isSent);
  expect(await stack.taken('woken@example.com')).toHaveLength(1);
});
