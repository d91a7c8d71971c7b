import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, EVERYWHERE, NO_ID } from './bodies.ts';
import { badRequest, refusal } from './refusals.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
  await service.db.deleteFrom('recipients').execute();
});

const URL = '/api/recipients/';
const ADA = { ...EVERYWHERE, external_id: 'ada', name: 'Ada', locale: 'en-GB', time_zone: 'Europe/London' };
const PREFERENCES = {
  preferred_channels: ['whatsapp', 'email'],
  quiet_hours: { start: '22:00', end: '07:00' },
  opt_outs: [{ channel: 'sms' }, { category: 'marketing' }],
};

const post = async (body: unknown) => await service.request('POST', URL, { body });
const stored = async (body: unknown): Promise<string> => (await post(body)).json.id;
const read = async (id: string) => await service.request('GET', `${URL}${id}/`);
const put = async (id: string, body: unknown, headers = {}) =>
  await service.request('PUT', `${URL}${id}/`, { body, headers });
const actionsOn = async (id: string) =>
  (await service.request('GET', `/api/audit/?resource_id=${id}`)).json.results.map(
    ({ action, detail }: { action: string; detail: object }) => [action, detail],
  );

describe('storing a recipient', () => {
  test('answers with all that is known, as reading it does', async () => {
    const { status, headers, json } = await post({ ...ADA, ...PREFERENCES });
    expect([status, headers.location, json]).toEqual([
      201,
      `${URL}${json.id}/`,
      {
        ...{ ...ADA, ...PREFERENCES, id: expect.any(String) },
        ...{ created_at: expect.any(String), updated_at: expect.any(String) },
        opt_outs: [
          { channel: 'sms', category: null, source: 'api', created_at: expect.any(String) },
          { channel: null, category: 'marketing', source: 'api', created_at: expect.any(String) },
        ],
      },
    ]);
    expect((await read(json.id)).json).toEqual(json);
  });

  test('needs no preferences', async () => {
    const { json } = await post(ADA);
    expect(json).toMatchObject({ preferred_channels: [], quiet_hours: null, opt_outs: [] });
  });

  test('is in the audit log', async () => {
    expect(await actionsOn(await stored({ ...ADA, ...PREFERENCES }))).toEqual([
      ['recipient.saved', { opted_out: 'sms/*, */marketing' }],
    ]);
  });

  test('again leaves preferences as they are where they are left out', async () => {
    const id = await stored({ ...ADA, ...PREFERENCES });
    await post({ external_id: 'ada', name: 'Ada L.' });
    expect((await read(id)).json).toMatchObject({ name: 'Ada L.', quiet_hours: PREFERENCES.quiet_hours });
  });

  test('again adds opt-outs and lifts none', async () => {
    const id = await stored({ ...ADA, opt_outs: [{ channel: 'sms' }] });
    await post({ external_id: 'ada', opt_outs: [{ channel: 'email', category: 'marketing' }] });
    expect((await read(id)).json.opt_outs).toMatchObject([
      { channel: 'sms', category: null },
      { channel: 'email', category: 'marketing' },
    ]);
  });

  test.each([
    ['a channel twice', { preferred_channels: ['sms', 'sms'] }, '/preferred_channels/1 duplicate_channel'],
    ['an unknown channel', { preferred_channels: ['fax'] }, '/preferred_channels/0 unknown_value'],
    ['no list of channels', { preferred_channels: 'sms' }, '/preferred_channels wrong_type'],
    ['an hour of 24', { quiet_hours: { start: '24:00', end: '07:00' } }, '/quiet_hours/start invalid_time'],
    ['a minute of 60', { quiet_hours: { start: '22:00', end: '06:60' } }, '/quiet_hours/end invalid_time'],
    ['an hour of one digit', { quiet_hours: { start: '22:00', end: '7:00' } }, '/quiet_hours/end invalid_time'],
    ['hours without length', { quiet_hours: { start: '22:00', end: '22:00' } }, '/quiet_hours/end no_quiet_hours'],
    ['hours without an end', { quiet_hours: { start: '22:00' } }, '/quiet_hours/end required'],
    ['an opt-out of nothing', { opt_outs: [{ channel: null }] }, '/opt_outs/0 opt_out_of_nothing'],
    ['an opt-out twice', { opt_outs: [{ channel: 'sms' }, { channel: 'sms' }] }, '/opt_outs/1 duplicate_opt_out'],
    ['a strange category', { opt_outs: [{ category: 'Mark eting' }] }, '/opt_outs/0/category invalid_format'],
    ['an opt-out of an unknown channel', { opt_outs: [{ channel: 'fax' }] }, '/opt_outs/0/channel unknown_value'],
    ['a source of one’s own', { opt_outs: [{ channel: 'sms', source: 'me' }] }, '/opt_outs/0/source unknown_field'],
    ['nothing to be known by', { email: null, external_id: null }, ' recipient_unknown'],
  ])('with %s is refused', async (_what, body, fault) => {
    const options = { body: { external_id: 'ada', ...body } };
    expect(await refusal(service, 'POST', URL, options)).toEqual(badRequest(fault));
  });

  test('is not the business of a message, as far as preferences go', async () => {
    const recipient = { email: 'ada@example.com', ...PREFERENCES };
    const { json } = await service.send({ ...EMAIL, recipient });
    expect(json.errors.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`)).toEqual([
      '/recipient/preferred_channels unknown_field',
      '/recipient/quiet_hours unknown_field',
      '/recipient/opt_outs unknown_field',
    ]);
  });
});

describe('replacing a recipient', () => {
  test('forgets what is left out, but lifts no opt-out', async () => {
    const id = await stored({ ...ADA, ...PREFERENCES });
    const { json } = await put(id, { external_id: 'ada' });
    expect(json).toMatchObject({
      ...{ name: null, email: null, locale: null, preferred_channels: [], quiet_hours: null },
      opt_outs: [{ channel: 'sms' }, { category: 'marketing' }],
    });
  });

  test('replaces the opt-outs where they are given, and keeps the times of those that stay', async () => {
    const id = await stored({ ...ADA, ...PREFERENCES });
    const [sms] = (await read(id)).json.opt_outs;
    const { json } = await put(id, { ...ADA, opt_outs: [{ channel: 'sms' }, { channel: 'email' }] });
    expect(json.opt_outs).toEqual([sms, expect.objectContaining({ channel: 'email', category: null })]);
    expect((await actionsOn(id))[0]).toEqual(['recipient.changed', { opted_out: 'email/*', opted_in: '*/marketing' }]);
  });

  test('is refused with a tag from before somebody else’s opt-out', async () => {
    const id = await stored(ADA);
    const { headers } = await read(id);
    await post({ external_id: 'ada', opt_outs: [{ channel: 'sms' }] });
    const { status } = await put(id, ADA, { 'if-match': headers.etag as string });
    expect(status).toBe(412);
  });

  test('is refused where another recipient has the external id', async () => {
    await stored(ADA);
    const id = await stored({ external_id: 'bob' });
    const { status, json } = await put(id, { external_id: 'ada' });
    expect([status, json.code]).toEqual([409, 'recipient_exists']);
  });

  test('is refused where there is no such recipient', async () => {
    expect((await put(NO_ID, ADA)).status).toBe(404);
  });
});

describe('the list of recipients', () => {
  const found = async (query: string) =>
    (await service.request('GET', `${URL}?${query}`)).json.results.map(
      (recipient: { external_id: string }) => recipient.external_id,
    );

  beforeEach(async () => {
    await post(ADA);
    await post({ ...ADA, external_id: 'bob', email: 'bob@example.com', phone: '+447911123457', whatsapp: null });
    await post({ external_id: 'eve', email: 'eve@example.com', locale: 'pt-BR' });
  });

  test('has the newest first', async () => {
    expect(await found('')).toEqual(['eve', 'bob', 'ada']);
  });

  test.each([
    ['an external id', 'external_id=bob', ['bob']],
    ['an email address, in any case', 'email=BOB@example.com', ['bob']],
    ['a phone number, as people write it', `phone=${encodeURIComponent('+44 7911 199999')}`, ['ada']],
    ['a number on WhatsApp', `whatsapp=${encodeURIComponent('+447911199999')}`, ['ada']],
    ['a language', 'locale=en-gb', ['bob', 'ada']],
    ['a language and an address', 'locale=en-GB&email=bob@example.com', ['bob']],
    ['a language and the address of somebody else', 'locale=pt-BR&email=bob@example.com', []],
    ['what nobody has', 'email=nobody@example.com', []],
    ['what is no address', 'email=nobody', []],
  ])('can be narrowed to %s', async (_what, query, expected) => {
    expect(await found(query)).toEqual(expected);
  });

  test('is searched by one address at a time', async () => {
    const { status, json } = await service.request('GET', `${URL}?email=a@example.com&external_id=bob`);
    expect([status, json.errors[0].code]).toEqual([400, 'too_many_filters']);
  });
});
