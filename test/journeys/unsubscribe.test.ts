import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent } from '../support/stack-client.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
  const template = { name: 'offers', channel: 'email', category: 'marketing', subject: 'Offers', content: 'Buy' };
  expect(await stack.call('POST', '/api/templates/', { ...template, variables: {} })).toMatchObject({ status: 201 });
});

afterAll(async () => await stack.close());

const offerTo = (email: string) =>
  ({ recipient: { email }, channel: 'email', template_id: 'offers' }) satisfies Parameters<TestStack['send']>[0];

/** The URL in the header `List-Unsubscribe` of the one mail that somebody has got. */
async function unsubscribeUrl(email: string): Promise<string> {
  const [mail] = await stack.taken(email);
  return /<(https?:\/\/[^>]+\/u\/[^>]+)>/.exec(mail?.headers['list-unsubscribe'] ?? '')?.[1] ?? '';
}

test('whoever unsubscribes by the button of their mail program gets no more of these mails', async () => {
  const email = 'reader@example.com';
  const { id } = await stack.send(offerTo(email));
  await stack.until(id, isSent);
  const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
  const { status } = await fetch(await unsubscribeUrl(email), { method: 'POST', body, redirect: 'error' });
  expect(status).toBe(200);
  expect(await stack.call('POST', '/api/messages/', offerTo(email))).toMatchObject({
    status: 400,
    body: { errors: [{ code: 'opted_out' }] },
  });
});

test('a mail whose link is followed counts as read', async () => {
  const { id } = await stack.send({
    ...{ recipient: { email: 'visitor@example.com' }, channel: 'email', subject: 'News', content: 'News' },
    ...{ html: '<a href="https://shop.example/?a=1&amp;b=2">News</a>', tracking: 'clicks' },
  });
  await stack.until(id, isSent);
  const [mail] = await stack.taken('visitor@example.com');
  const link = /href="([^"]+)"/.exec(mail?.html ?? '')?.[1] ?? '';
  const { headers } = await fetch(link, { redirect: 'manual' });
  expect(headers.get('location')).toBe('https://shop.example/?a=1&b=2');
  expect(await stack.until(id, ({ delivery_status }) => delivery_status === 'read')).toMatchObject({ status: 'sent' });
});
