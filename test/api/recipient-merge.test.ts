import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  await service.db.deleteFrom('message_events').execute();
  await service.db.deleteFrom('messages').execute();
  await service.db.deleteFrom('recipients').execute();
});

const MAIL = 'ada@example.com';
const PHONE = '+447911123456';

const stored = async (body: unknown): Promise<string> =>
  (await service.request('POST', '/api/recipients/', { body })).json.id;
const read = async (id: string) => (await service.request('GET', `/api/recipients/${id}/`)).json;
/** The recipient of a message to an inline person. */
const addressed = async (recipient: object): Promise<string> => {
  const channel = 'email' in recipient ? 'email' : 'sms';
  const { json } = await service.send({ recipient, channel, content: 'Hello' });
  return json.recipient;
};
const everybody = async () => (await service.request('GET', '/api/recipients/')).json.results.length;

describe('an inline person with an external id', () => {
  test('is the recipient of that external id, who learns what is new', async () => {
    const id = await stored({ external_id: 'ada', email: MAIL });
    expect(await addressed({ external_id: 'ada', phone: PHONE, name: 'Ada' })).toBe(id);
    expect(await read(id)).toMatchObject({ email: MAIL, phone: PHONE, name: 'Ada' });
  });

  test('is the only recipient without one who has every given address, and who takes the external id', async () => {
    const id = await stored({ email: MAIL, phone: PHONE, locale: 'pt-BR' });
    expect(await addressed({ external_id: 'ada', email: MAIL })).toBe(id);
    expect(await read(id)).toMatchObject({ external_id: 'ada', phone: PHONE, locale: 'pt-BR' });
    expect(await addressed({ external_id: 'ada', email: 'new@example.com' })).toBe(id);
  });

  test('is somebody new where two recipients have the address', async () => {
    await stored({ email: MAIL });
    await stored({ email: MAIL, phone: PHONE });
    await addressed({ external_id: 'ada', email: MAIL });
    expect(await everybody()).toBe(3);
  });

  test('is somebody new where the address is that of another external id', async () => {
    const id = await stored({ external_id: 'bob', email: MAIL });
    expect(await addressed({ external_id: 'ada', email: MAIL })).not.toBe(id);
  });

  test('is somebody new where only one of the addresses is known', async () => {
    const id = await stored({ email: MAIL });
    expect(await addressed({ external_id: 'ada', email: MAIL, phone: PHONE })).not.toBe(id);
  });
});

describe('an inline person without an external id', () => {
  test('is the recipient of exactly the same addresses, who learns what is new', async () => {
    const id = await stored({ email: MAIL });
    expect(await addressed({ email: MAIL.toUpperCase(), name: 'Ada' })).toBe(id);
    expect(await read(id)).toMatchObject({ name: 'Ada' });
  });

  test.each([
    ['an external id', { external_id: 'ada', email: MAIL }],
    ['another address', { email: MAIL, phone: PHONE }],
  ])('is the only one who has the address, known by %s as well, of whom nothing changes', async (_what, known) => {
    const id = await stored({ ...known, name: 'Ada', locale: 'pt-BR' });
    const before = await read(id);
    expect(await addressed({ email: MAIL, name: 'Eve', locale: 'en', time_zone: 'UTC' })).toBe(id);
    expect(await read(id)).toEqual(before);
  });

  test('is shown their message in the language of the one who is known better', async () => {
    await stored({ external_id: 'ada', email: MAIL, locale: 'pt-BR' });
    const { json } = await service.send({
      ...{ recipient: { email: MAIL, locale: 'en' }, channel: 'email' },
      ...{ content: '{{ day | date: "%B" }}', variables: { day: '2026-05-01' } },
    });
    const shown = (await service.request('GET', `/api/messages/${json.id}/`)).json.content;
    expect([json.content, shown]).toEqual(['maio', 'maio']);
  });

  test('is the one of exactly the same addresses among several who have them', async () => {
    await stored({ external_id: 'ada', email: MAIL });
    await stored({ external_id: 'bob', email: MAIL });
    const id = await addressed({ email: MAIL });
    expect([await addressed({ email: MAIL }), await everybody()]).toEqual([id, 3]);
  });

  test('is somebody new where one of the addresses is somebody else’s', async () => {
    const id = await stored({ external_id: 'ada', email: MAIL });
    expect(await addressed({ email: MAIL, phone: PHONE })).not.toBe(id);
  });
});

test('an opt-out that is stated of somebody who is known better is kept, a preference is not', async () => {
  const id = await stored({ external_id: 'ada', email: MAIL });
  await stored({ email: MAIL, opt_outs: [{ channel: 'sms' }], preferred_channels: ['sms'] });
  expect(await read(id)).toMatchObject({ opt_outs: [{ channel: 'sms' }], preferred_channels: [] });
});

test('a person whom a message makes known, or changes, is in the audit log', async () => {
  const id = await addressed({ email: MAIL });
  await addressed({ email: MAIL });
  await addressed({ email: MAIL, name: 'Ada' });
  const { json } = await service.request('GET', `/api/audit/?resource_id=${id}`);
  expect(json.results.map(({ action }: { action: string }) => action)).toEqual(['recipient.saved', 'recipient.saved']);
});

describe('twenty descriptions of one person at the same moment give one recipient', () => {
  const both = { email: MAIL, phone: PHONE };
  const known = { external_id: 'ada', ...both };

  test.each<[string, object | null, (index: number) => object]>([
    ['by one external id', null, () => known],
    ['by the same addresses', null, () => both],
    ['by an external id, half of them, and by an address', null, (index) => (index % 2 === 0 ? known : both)],
    ['by an external id that somebody takes', both, () => known],
    ['by the address of one who is known better', known, () => ({ email: MAIL })],
    ['in all these ways', both, (index) => [known, both, { email: MAIL }, { phone: PHONE }][index % 4] as object],
  ])('%s', async (_how, before, describePerson) => {
    if (before !== null) await stored(before);
    const people = Array.from({ length: 20 }, (_, index) => describePerson(index));
    const ids = await Promise.all(
      people.map((person, index) => (index % 3 === 0 ? stored(person) : addressed(person))),
    );
    expect([new Set(ids).size, await everybody()]).toEqual([1, 1]);
  });
});
