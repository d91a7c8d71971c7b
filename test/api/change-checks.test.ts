import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freeRules } from '../support/free-rules.ts';
import { type Service, startService } from '../support/service.ts';
import { EVERYWHERE, TEMPLATE } from './bodies.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
  await service.request('POST', '/api/templates/', { body: TEMPLATE });
  const inactive = { ...TEMPLATE, name: 'retired', is_active: false };
  await service.request('POST', '/api/templates/', { body: inactive });
});
afterAll(() => service.close());

const LATER = '2099-01-01T00:00:00.000Z';
const PNG = { filename: 'a.png', content_type: 'image/png', content_base64: 'aGVsbG8=', content_id: 'logo' };
const QUICK_REPLY = { type: 'quick_reply', actions: [{ id: 'yes', title: 'Yes' }] };
const BASE = { recipient: EVERYWHERE, channel: 'email', content: 'Hello', send_at: LATER };

interface Told {
  status: number;
  code: string | undefined;
  faults: string[];
  warnings: string[];
}

const told = ({ status, json }: Awaited<ReturnType<Service['request']>>): Told => ({
  // What is made, shown and changed differ by their success only.
  status: status === 201 ? 200 : status,
  code: json.code,
  faults: codesOf(json.errors),
  warnings: codesOf(json.warnings),
});
const codesOf = (list: { pointer: string; code: string }[] = []) =>
  list.map(({ pointer, code }) => `${pointer} ${code}`);

/** What POST, a preview, a batch and a change say of the same message. */
async function everywhere(before: object, change: object): Promise<Told[]> {
  const whole = { ...BASE, ...before, ...change };
  const body = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
  const id = await service.sent({ ...BASE, ...before });
  const sent = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return [
    told(await service.send(body)),
    told(await service.request('POST', '/api/messages/preview/', { body })),
    told(await service.request('PUT', `/api/messages/${id}/`, { body: sent })),
  ];
}

describe('a change is told what a new message is told:', () => {
  test.each([
    ['files that no channel carries', { attachments: [PNG] }, { channel: 'sms' }, '/attachments not_for_channel'],
    [
      'media that no channel carries',
      { fallback_channels: ['whatsapp'], media_url: 'https://example.com/a.png' },
      { fallback_channels: [] },
      '/media_url not_for_channel',
    ],
    [
      'buttons that no channel carries',
      { fallback_channels: ['whatsapp'], interactive: QUICK_REPLY },
      { fallback_channels: ['sms'] },
      '/interactive not_for_channel',
    ],
    [
      'headers that no channel carries',
      { headers: { 'X-Order': '7' } },
      { channel: 'sms' },
      '/headers not_for_channel',
    ],
    ['tracking that no channel has', { tracking: 'opens' }, { channel: 'whatsapp' }, '/tracking not_for_channel'],
    [
      'a text too long for buttons',
      { channel: 'whatsapp', interactive: QUICK_REPLY },
      { content: 'x'.repeat(1_025) },
      '/content content_too_long',
    ],
    [
      'a text too long for its channel',
      {},
      { channel: 'sms', content: 'x'.repeat(1_601) },
      '/content content_too_long',
    ],
    ['a subject of two lines', {}, { subject: 'a\nb' }, '/subject invalid_subject'],
    ['a channel twice', {}, { fallback_channels: ['sms', 'sms'] }, '/fallback_channels/1 duplicate_channel'],
    ['Liquid that does not end', {}, { content: '{% if a %}', variables: {} }, '/content invalid_liquid'],
    ['a variable that is missing', {}, { content: '{{ a }}', variables: {} }, '/variables/a missing_variable'],
    [
      'a variable of ours',
      {},
      { content: 'x', variables: { acknowledge_url: 'x' } },
      '/variables/acknowledge_url reserved_name',
    ],
    [
      'a link to confirm that was not asked for',
      {},
      { content: '{{ acknowledge_url }}', variables: {} },
      '/until acknowledgement_not_asked',
    ],
    ['an unknown template', {}, { content: undefined, template_id: 'nothing' }, '/template_id unknown_template'],
    [
      'a template for other channels',
      {},
      { content: undefined, channel: 'sms', template_id: 'welcome', variables: { name: 'A' } },
      '/template_id template_variant_missing',
    ],
    [
      'a variable that the template does not declare',
      {},
      { content: undefined, template_id: 'welcome', variables: { name: 'A', b: 1 } },
      '/variables/b undeclared_variable',
    ],
    ['a time that has passed', {}, { send_at: '2020-01-01T00:00:00Z' }, '/send_at in_the_past'],
    [
      'a time after the expiry',
      { expires_at: '2099-02-01T00:00:00Z' },
      { send_at: '2099-03-01T00:00:00Z' },
      '/expires_at expires_before_sending',
    ],
    ['a delay beyond the bounds', {}, { policy: { retry_delays: [0] } }, '/policy/retry_delays/0 delay_too_short'],
    ['no address', { recipient: { email: 'mail-only@example.net' } }, { channel: 'sms' }, '/channel no_address'],
  ])('fault: %s', async (_what, before, change, fault) => {
    const [sent, previewed, changed] = await everywhere(before, change);
    expect(sent).toMatchObject({ status: 400, faults: [fault] });
    expect({ previewed, changed }).toEqual({ previewed: sent, changed: sent });
  });

  test('fault: an inactive template', async () => {
    const [sent, previewed, changed] = await everywhere(
      {},
      { content: undefined, template_id: 'retired', variables: { name: 'A' } },
    );
    expect(sent).toMatchObject({ status: 409, code: 'template_inactive' });
    expect({ previewed, changed }).toEqual({ previewed: sent, changed: sent });
  });

  test.each([
    ['a subject that no channel carries', { subject: 'Hello' }, { channel: 'sms' }, ['/subject not_for_channel']],
    ['HTML that no channel carries', { html: '<p>Hello</p>' }, { channel: 'sms' }, ['/html not_for_channel']],
    [
      'an address for replies that no channel carries',
      { reply_to: 'desk@example.com' },
      { channel: 'whatsapp' },
      ['/reply_to not_for_channel'],
    ],
    [
      'an image that the HTML shows no more',
      { html: '<img src="cid:logo">', attachments: [PNG] },
      { html: '<p>Hello</p>' },
      ['/attachments/0/content_id content_id_unused'],
    ],
    [
      'a fallback without an address',
      { recipient: { email: 'mail-only@example.net' } },
      { fallback_channels: ['sms'] },
      ['/fallback_channels/0 no_address'],
    ],
    [
      'a fallback without a variant',
      {},
      { content: undefined, fallback_channels: ['sms'], template_id: 'welcome', variables: { name: 'A' } },
      ['/template_id template_variant_missing'],
    ],
    ['a text of many parts', { channel: 'sms' }, { content: 'x'.repeat(700) }, ['/content many_segments']],
    ['nothing', {}, { content: 'Goodbye' }, []],
  ])('warning: %s', async (_what, before, change, warnings) => {
    const [sent, previewed, changed] = await everywhere(before, change);
    expect(sent).toMatchObject({ status: 200, warnings });
    expect({ previewed, changed }).toEqual({ previewed: sent, changed: sent });
  });
});

test('a mail with files stays as it was if it cannot become a text', async () => {
  const id = await service.sent({ ...BASE, subject: 'Files', attachments: [PNG] });
  const { json: before } = await service.request('GET', `/api/messages/${id}/`);
  await service.request('PUT', `/api/messages/${id}/`, { body: { channel: 'sms' } });
  expect((await service.request('GET', `/api/messages/${id}/`)).json).toEqual(before);
});

test('a mail with files becomes a text that falls back to the mail', async () => {
  const id = await service.sent({ ...BASE, subject: 'Files', html: '<img src="cid:logo">', attachments: [PNG] });
  const body = { channel: 'sms', fallback_channels: ['email'] };
  const { status, json } = await service.request('PUT', `/api/messages/${id}/`, { body });
  expect({ status, plan: json.plan, warnings: json.warnings }).toEqual({
    ...{ status: 200, plan: ['sms', 'email'], warnings: [] },
  });
});

test.each([
  ['content', { content: 'Goodbye' }],
  ['fallbacks', { fallback_channels: ['sms'] }],
])('what only a channel carried that has failed already does not stop a change of %s', async (_what, body) => {
  const media = { channel: 'whatsapp', fallback_channels: ['email'], media_url: 'https://example.com/a.png' };
  const id = await service.sent({ ...BASE, ...media });
  await service.db.updateTable('messages').set({ channel: 'email' }).where('id', '=', id).execute();
  const { status } = await service.request('PUT', `/api/messages/${id}/`, { body });
  expect(status).toBe(200);
});

test('a change says everything that is wrong at once', async () => {
  const id = await service.sent({ ...BASE, attachments: [PNG], headers: { 'X-Order': '7' } });
  const body = {
    channel: 'sms',
    subject: 'a\nb',
    content: '{{ a }} {{ b }}',
    variables: {},
    send_at: '2020-01-01T00:00:00Z',
  };
  const { json } = await service.request('PUT', `/api/messages/${id}/`, { body });
  expect(codesOf(json.errors).sort()).toEqual([
    ...['/attachments not_for_channel', '/headers not_for_channel', '/send_at in_the_past', '/subject invalid_subject'],
    ...['/variables/a missing_variable', '/variables/b missing_variable'],
  ]);
});

describe('where texts are limited, a change is told what a new message is told:', () => {
  test.each([
    ['a country that is not allowed', { countries: ['US'] }, '/channel country_not_allowed'],
    ['a text that costs too much', { costLimit: '0.01' }, '/content cost_limit_message'],
  ])('%s', async (_what, limits, fault) => {
    const { sms } = freeRules({ currency: 'USD', perSegment: { '*': '0.05' } });
    const limited = await startService({ rules: { sms: { ...sms, ...limits } } });
    const id = await limited.sent(BASE);
    const sent = told(await limited.send({ ...BASE, channel: 'sms' }));
    const changed = told(await limited.request('PUT', `/api/messages/${id}/`, { body: { channel: 'sms' } }));
    await limited.close();
    expect({ faults: sent.faults, changed }).toEqual({ faults: [fault], changed: sent });
  });
});
