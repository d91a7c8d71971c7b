import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EVERYWHERE } from './bodies.ts';
import { badRequest, refusedMessage } from './refusals.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

let people = 0;

/** The external id of somebody new who is reached everywhere, unless `more` says otherwise. */
async function personWith(more: object): Promise<string> {
  people += 1;
  const external_id = `person-${people}`;
  const email = `person-${people}@example.com`;
  const body = { ...EVERYWHERE, email, external_id, ...more };
  const { status, text } = await service.request('POST', '/api/recipients/', { body });
  if (status !== 201) throw new Error(text);
  return external_id;
}

const sendTo = async (recipient: unknown, more: object = {}) =>
  await service.send({ recipient, content: 'Hello', ...more });

test('a message without a channel takes those that its recipient prefers, in their order', async () => {
  const recipient = await personWith({ preferred_channels: ['sms', 'email'] });
  const { json } = await sendTo(recipient);
  expect([json.channel, json.plan]).toEqual(['sms', ['sms', 'email']]);
});

test('a preferred channel without an address is left out', async () => {
  const recipient = await personWith({ preferred_channels: ['whatsapp', 'email'], whatsapp: null });
  expect((await sendTo(recipient)).json.plan).toEqual(['email']);
});

test('a preferred channel that the recipient has opted out of is left out', async () => {
  const opt_outs = [{ channel: 'sms', category: null }];
  const recipient = await personWith({ preferred_channels: ['sms', 'email'], opt_outs });
  expect((await sendTo(recipient)).json.plan).toEqual(['email']);
});

test('a preferred channel that the template has no variant for is left out', async () => {
  await service.request('POST', '/api/templates/', { body: { name: 'by-email', channel: 'email', content: 'Hello' } });
  const recipient = await personWith({ preferred_channels: ['sms', 'email'] });
  expect((await sendTo(recipient, { content: undefined, template_id: 'by-email' })).json.plan).toEqual(['email']);
});

test('the preference of somebody who is described is found as well', async () => {
  const external_id = await personWith({ preferred_channels: ['sms'] });
  expect((await sendTo({ external_id })).json.plan).toEqual(['sms']);
});

test('a channel that is named counts more than what the recipient prefers', async () => {
  const recipient = await personWith({ preferred_channels: ['sms', 'email'] });
  expect((await sendTo(recipient, { channel: 'email' })).json.plan).toEqual(['email']);
});

test('a preview without a channel shows what the recipient prefers', async () => {
  const recipient = await personWith({ preferred_channels: ['sms', 'email'] });
  const { json } = await service.request('POST', '/api/messages/preview/', { body: { recipient, content: 'Hello' } });
  expect(json.plan.map(({ channel }: { channel: string }) => channel)).toEqual(['sms', 'email']);
});

test.each([
  ['prefers no channel', {}],
  ['prefers only a channel that does not reach them', { preferred_channels: ['whatsapp'], whatsapp: null }],
])('a message without a channel is refused for somebody who %s', async (_what, more) => {
  expect(await refusedMessage(service, { recipient: await personWith(more), content: 'Hello' })).toEqual(
    badRequest('/channel required'),
  );
});

test('a message without a channel is refused for somebody who is not known', async () => {
  const body = { recipient: { email: 'nobody@example.com' }, content: 'Hello' };
  expect(await refusedMessage(service, body)).toEqual(badRequest('/channel required'));
});

test('what else is wrong with a message without a channel is said too', async () => {
  const body = { recipient: { email: 'nobody@example.com' }, content: 'Hello', expires_at: '2020-01-01T00:00:00Z' };
  expect(await refusedMessage(service, body)).toEqual(badRequest('/channel required', '/expires_at in_the_past'));
});

test('a message without a recipient lacks a channel too', async () => {
  expect(await refusedMessage(service, { content: 'Hello' })).toEqual(
    badRequest('/channel required', '/recipient required'),
  );
});

test('a message without a channel has no fallbacks', async () => {
  const recipient = await personWith({ preferred_channels: ['sms', 'email'] });
  expect(await refusedMessage(service, { recipient, content: 'Hello', fallback_channels: ['email'] })).toEqual(
    badRequest('/channel required'),
  );
});

test('a message to a recipient that there is not is refused for that', async () => {
  expect(await refusedMessage(service, { recipient: 'nobody-at-all', content: 'Hello' })).toEqual(
    badRequest('/recipient unknown_recipient'),
  );
});
