import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';

let service: Service;
/** A key that may send, and one that may also change people. */
let sender: string;
let writer: string;

beforeAll(async () => {
  service = await startService();
  sender = await service.key(['messages:send']);
  writer = await service.key(['messages:send', 'recipients:write']);
});
afterAll(() => service.close());

const KNOWN = {
  ...{ name: 'Ada Lovelace', email: 'Ada@example.com', phone: '+447911123456', whatsapp: '+447911123456' },
  ...{ locale: 'en-GB', time_zone: 'Asia/Kolkata' },
};
let count = 0;
/** Somebody of whom everything is known, and their external id. */
async function known(more: object = {}): Promise<{ id: string; externalId: string }> {
  count += 1;
  const externalId = `cust-${count}`;
  const { json } = await service.request('POST', '/api/recipients/', {
    body: { external_id: externalId, ...KNOWN, ...more },
  });
  return { id: json.id, externalId };
}
const messageTo = (recipient: object) => ({ recipient, channel: 'email', content: 'Hello' });
const send = async (recipient: object, key = sender) => await service.send(messageTo(recipient), { key });
const read = async (id: string) => (await service.request('GET', `/api/recipients/${id}/`)).json;
const faultsOf = (problem: { errors?: { pointer: string; code: string }[] }) =>
  (problem.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`);

const CHANGES = [
  ['email', 'mallory@example.net'],
  ['phone', '+447911199999'],
  ['whatsapp', '+447911199999'],
  ['name', 'Mallory'],
  ['locale', 'fr'],
  ['time_zone', 'Europe/Paris'],
] as const;

describe('a key that may only send', () => {
  test.each(CHANGES)('cannot change the %s of somebody who is known', async (field, value) => {
    const { id, externalId } = await known();
    const before = await read(id);
    const { status, json } = await send({ external_id: externalId, [field]: value });
    expect({ status, code: json.code, faults: faultsOf(json) }).toEqual({
      ...{ status: 403, code: 'missing_scope', faults: [`/recipient/${field} missing_scope`] },
    });
    expect(await read(id)).toEqual(before);
  });

  test('is told of every field at once', async () => {
    const { externalId } = await known();
    const { json } = await send({ external_id: externalId, ...Object.fromEntries(CHANGES) });
    expect(faultsOf(json).sort()).toEqual(CHANGES.map(([field]) => `/recipient/${field} missing_scope`).sort());
  });

  test('is told of what is wrong with the message as well', async () => {
    const { externalId } = await known();
    const body = { ...messageTo({ external_id: externalId, name: 'Mallory' }), send_at: '2020-01-01T00:00:00Z' };
    const { status, json } = await service.send(body, { key: sender });
    expect({ status, faults: faultsOf(json).sort() }).toEqual({
      ...{ status: 400, faults: ['/recipient/name missing_scope', '/send_at in_the_past'] },
    });
  });

  test('cannot do so by a preview', async () => {
    const { externalId } = await known();
    const body = messageTo({ external_id: externalId, email: 'mallory@example.net' });
    const { status, json } = await service.request('POST', '/api/messages/preview/', { body, key: sender });
    expect({ status, faults: faultsOf(json) }).toEqual({ status: 403, faults: ['/recipient/email missing_scope'] });
  });

  test('cannot do so by a batch, whose other messages go', async () => {
    const { id, externalId } = await known();
    const messages = [
      messageTo({ external_id: externalId, email: 'mallory@example.net' }),
      messageTo({ external_id: externalId }),
    ];
    const { json } = await service.request('POST', '/api/messages/batch/', { body: { messages }, key: sender });
    const [first, second] = json.results;
    expect({ status: first.error.status, faults: faultsOf(first.error), second: second.message.recipient }).toEqual({
      ...{ status: 403, faults: ['/recipient/email missing_scope'], second: id },
    });
  });

  test('cannot change within a batch whom the batch itself brought along', async () => {
    const messages = ['one', 'other'].map((name) =>
      messageTo({ external_id: 'of-a-batch', email: `${name}@example.net` }),
    );
    const { json } = await service.request('POST', '/api/messages/batch/', { body: { messages }, key: sender });
    const [first, second] = json.results;
    expect({ status: second.error.status, faults: faultsOf(second.error) }).toEqual({
      ...{ status: 403, faults: ['/recipient/email missing_scope'] },
    });
    expect(await read(first.message.recipient)).toMatchObject({ email: 'one@example.net' });
  });

  test('cannot change somebody who became known at the same moment', async () => {
    const answers = await Promise.all(
      ['one', 'other', 'third'].map((name) => send({ external_id: 'at-once', email: `${name}@example.net` })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 403, 403]);
  });

  test('cannot rename somebody who is known by an address only', async () => {
    const { json } = await send({ email: 'only@example.net', name: 'Ada' });
    const { status } = await send({ email: 'only@example.net', name: 'Mallory' });
    expect({ status, name: (await read(json.recipient)).name }).toEqual({ status: 403, name: 'Ada' });
  });

  test.each([
    ['somebody new', { email: 'new@example.net', name: 'New' }],
    ['a phone number', { phone: '+447911188888' }],
    ['a name and a locale', { name: 'Grace', locale: 'de' }],
  ])('may add %s', async (_what, more) => {
    const externalId = `added-${Object.keys(more).join('-')}`;
    await send({ external_id: externalId, email: 'new@example.net' });
    const { status, json } = await send({ external_id: externalId, ...more });
    expect({ status, ...(await read(json.recipient)) }).toMatchObject({ status: 201, ...more });
  });

  test('may give an external id to somebody who has none', async () => {
    const { json: first } = await send({ email: 'no-id@example.net' });
    const { json: second } = await send({ external_id: 'now-known', email: 'no-id@example.net' });
    expect(second.recipient).toBe(first.recipient);
  });

  test.each([
    ['email', 'ada@EXAMPLE.com'],
    ['phone', '+44 7911 123 456'],
    ['phone', '0044 (7911) 123456'],
    ['whatsapp', '+44-7911-123456'],
    ['name', '  Ada   Lovelace '],
    ['locale', 'en-gb'],
    ['time_zone', 'asia/calcutta'],
  ])('may send the known %s in another spelling: %s', async (field, value) => {
    const { id, externalId } = await known();
    const before = await read(id);
    const { status, json } = await send({ external_id: externalId, [field]: value });
    expect({ status, recipient: json.recipient, person: await read(id) }).toEqual({
      ...{ status: 201, recipient: id, person: before },
    });
  });

  test('may describe somebody by an address who is known by more, and changes nothing of them', async () => {
    const { id } = await known({ email: 'better@example.net' });
    const before = await read(id);
    const { status, json } = await send({ email: 'better@example.net', name: 'Mallory' });
    expect({ status, recipient: json.recipient, person: await read(id) }).toEqual({
      ...{ status: 201, recipient: id, person: before },
    });
  });
});

test.each(CHANGES)('a key that may change people changes the %s by a message', async (field, value) => {
  const { id, externalId } = await known();
  const { status } = await send({ external_id: externalId, [field]: value }, writer);
  expect({ status, [field]: (await read(id))[field] }).toEqual({ status: 201, [field]: value });
});
