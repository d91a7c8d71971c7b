import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { TEMPLATE } from './bodies.ts';
import { badRequest, refusal, refusedMessage } from './refusals.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
  const marketing = { ...TEMPLATE, category: 'marketing' };
  await service.request('POST', '/api/templates/', { body: marketing });
  const sms = { ...marketing, channel: 'sms', subject: undefined };
  await service.request('POST', '/api/templates/', { body: sms });
  await storeRecipient('no-sms', [{ channel: 'sms' }]);
  await storeRecipient('no-marketing', [{ category: 'marketing' }]);
  await storeRecipient('no-marketing-by-sms', [{ channel: 'sms', category: 'marketing' }]);
});
afterAll(() => service.close());

async function storeRecipient(external_id: string, opt_outs: object[]): Promise<void> {
  const addresses = { email: `${external_id}@example.com`, phone: '+447911123456' };
  await service.request('POST', '/api/recipients/', { body: { external_id, ...addresses, opt_outs } });
}

const plain = { content: 'Hello' };
const marketing = { template_id: 'welcome', variables: { name: 'Ada' } };

test.each([
  ['a channel', { recipient: 'no-sms', channel: 'sms', ...plain }],
  ['a channel, and who is described inline', { recipient: { external_id: 'no-sms' }, channel: 'sms', ...plain }],
  ['a channel, and whose address is given', { recipient: { email: 'no-sms@example.com' }, channel: 'sms', ...plain }],
  ['a category', { recipient: 'no-marketing', channel: 'email', ...marketing }],
  ['a category on the channel', { recipient: 'no-marketing-by-sms', channel: 'sms', ...marketing }],
])('a message to somebody who opted out of %s is refused', async (_what, body) => {
  expect(await refusedMessage(service, body)).toEqual(badRequest('/channel opted_out'));
});

test.each([
  ['a channel', 'another channel', { recipient: 'no-sms', channel: 'email', ...plain }],
  ['a category', 'no category', { recipient: 'no-marketing', channel: 'email', ...plain }],
  ['a category on a channel', 'it elsewhere', { recipient: 'no-marketing-by-sms', channel: 'email', ...marketing }],
  ['a category on a channel', 'no category', { recipient: 'no-marketing-by-sms', channel: 'sms', ...plain }],
])('a message to somebody who opted out of %s is taken for %s', async (_what, _other, body) => {
  expect((await service.send(body)).status).toBe(201);
});

test('a fallback that the recipient opted out of is a warning', async () => {
  const { json } = await service.send({
    ...{ recipient: 'no-sms', channel: 'email', fallback_channels: ['whatsapp', 'sms'], ...plain },
  });
  expect(json.warnings).toMatchObject([
    { pointer: '/fallback_channels/0', code: 'no_address' },
    { pointer: '/fallback_channels/1', code: 'opted_out' },
  ]);
});

test('a message is not moved to a channel that the recipient opted out of', async () => {
  const id = await service.sent({ recipient: 'no-sms', channel: 'email', send_at: '2099-01-01T00:00:00Z', ...plain });
  const changed = await refusal(service, 'PUT', `/api/messages/${id}/`, { body: { channel: 'sms' } });
  const switched = await refusal(service, 'POST', `/api/messages/${id}/switch-channel/`, { body: { channel: 'sms' } });
  expect([changed, switched]).toEqual([badRequest('/channel opted_out'), badRequest('/channel opted_out')]);
});

test('an opt-out that was lifted stops nothing any more', async () => {
  const { json } = await service.request('GET', '/api/recipients/?external_id=no-marketing');
  const { id, email } = json.results[0];
  await service.request('PUT', `/api/recipients/${id}/`, {
    body: { external_id: 'no-marketing', email, opt_outs: [] },
  });
  const { status } = await service.send({ recipient: 'no-marketing', channel: 'email', ...marketing });
  await storeRecipient('no-marketing', [{ category: 'marketing' }]);
  expect(status).toBe(201);
});
