import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RequestOptions, type Service, startService } from '../support/service.ts';
import { EMAIL, EVERYWHERE, FULL_EMAIL, SMS, TEMPLATE } from './bodies.ts';
import { badRequest, refusal } from './refusals.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ prices: { currency: 'USD', perSegment: { GG: '0.0400' } } });
  await service.request('POST', '/api/templates/', { body: TEMPLATE });
  await service.request('POST', '/api/templates/', { body: { ...TEMPLATE, name: 'inactive', is_active: false } });
});
afterAll(() => service.close());

const preview = (body: unknown, options: RequestOptions = {}) =>
  service.request('POST', '/api/messages/preview/', { body, ...options });
const refused = (body: unknown) => refusal(service, 'POST', '/api/messages/preview/', { body });
const NOTHING = { subject: null, html: null, whatsapp: null, sms: null, cost: null, warnings: [] };

test('a message is shown as each channel of its plan would have it', async () => {
  const { status, json } = await preview(FULL_EMAIL);
  expect([status, json.plan]).toEqual([
    200,
    [
      { ...NOTHING, channel: 'email', content: 'Hello Ada', subject: 'For Ada', html: '<p>Ada</p>' },
      {
        ...{ ...NOTHING, channel: 'sms', content: 'Hello Ada' },
        sms: { encoding: 'GSM-7', segments: 1, length: 9 },
        cost: { amount: '0.0400', currency: 'USD', final: false },
      },
    ],
  ]);
});

test('the person is shown as the message would know them', async () => {
  const { json } = await preview(FULL_EMAIL);
  expect(json.recipient).toEqual({ name: 'Ada', locale: 'en-GB', time_zone: 'Europe/London' });
});

test('a stored person’s own language and name are shown', async () => {
  await service.request('POST', '/api/recipients/', {
    body: { external_id: 'rui', email: 'rui@example.com', locale: 'pt' },
  });
  const { json } = await preview({ ...EMAIL, recipient: 'rui' });
  expect(json.recipient).toEqual({ name: null, locale: 'pt', time_zone: null });
});

test('nothing is written, not even the recipient', async () => {
  const recipient = { ...EVERYWHERE, external_id: 'nobody yet' };
  const { written } = await refused({ ...EMAIL, recipient });
  expect(written).toEqual([]);
});

test('a fallback that cannot be used is shown with its warning', async () => {
  const { json } = await preview({ ...EMAIL, template_id: 'welcome', content: undefined, ...FALLBACK });
  const [, sms] = json.plan;
  expect([sms.content, sms.warnings.map(codeOf), json.warnings.map(codeOf)]).toEqual([
    null,
    ['template_variant_missing', 'no_address'],
    ['template_variant_missing', 'no_address'],
  ]);
});

test('a text that is cut into many parts is a warning', async () => {
  const body = { ...SMS, content: 'x'.repeat(500) };
  const [shown, sent] = [await preview(body), await service.send(body)];
  expect([shown.json.warnings.map(codeOf), sent.json.warnings.map(codeOf)]).toEqual([
    ['many_segments'],
    ['many_segments'],
  ]);
});

describe('what POST refuses', () => {
  test.each([
    [
      'a variable that is missing',
      { ...EMAIL, content: 'Hi {{ name }}', variables: {} },
      '/variables/name missing_variable',
    ],
    ['no address', { ...EMAIL, recipient: SMS.recipient }, '/channel no_address'],
    ['an unknown recipient', { ...EMAIL, recipient: 'who' }, '/recipient unknown_recipient'],
    ['an unknown template', { ...EMAIL, content: undefined, template_id: 'none' }, '/template_id unknown_template'],
    ['a moment that has passed', { ...EMAIL, send_at: '2001-01-01T00:00:00Z' }, '/send_at in_the_past'],
    ['an unknown field', { ...EMAIL, colour: 'red' }, '/colour unknown_field'],
  ])('is refused here, too: %s', async (_what, body, fault) => {
    expect(await refused(body)).toEqual(badRequest(fault));
  });

  test('as a conflict is one here, too', async () => {
    const outcome = await refused({ ...EMAIL, content: undefined, template_id: 'inactive', variables: { name: 'x' } });
    expect(outcome).toEqual({ status: 409, faults: ['/template_id template_inactive'], written: [] });
  });
});

test('a preview needs the scope to send', async () => {
  const key = await service.key(['messages:read']);
  expect((await preview(EMAIL, { key })).status).toBe(403);
});

const FALLBACK = { variables: { name: 'Ada' }, fallback_channels: ['sms'] };

function codeOf({ code }: { code: string }): string {
  return code;
}
