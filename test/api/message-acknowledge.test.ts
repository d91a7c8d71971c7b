import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PUBLIC_URL, type Service, startService } from '../support/service.ts';
import { TEMPLATE } from './bodies.ts';
import { badRequest, refusal } from './refusals.ts';

let service: Service;

beforeAll(async () => {
  const sms = { countries: null, sendersByCountry: [], costLimit: '0.0400', costLimitPerDay: null };
  service = await startService({
    rules: { sms: { ...sms, prices: { currency: 'USD', perSegment: { GB: '0.0400' } } } },
  });
  const declared = { channel: 'whatsapp', subject: undefined, variables: {} };
  const words = { content: 'The pump has failed: {{ acknowledge_url }}' };
  await Promise.all([
    service.request('POST', '/api/templates/', { body: { ...TEMPLATE, ...declared, ...words, name: 'alert' } }),
    ...['with_link', 'without_link'].map((name) => {
      const variables = { 1: name === 'with_link' ? '{{ acknowledge_url }}' : 'pump' };
      const whatsapp = { content_sid: `HX${'a'.repeat(32)}`, category: 'utility', language: 'en', variables };
      return service.request('POST', '/api/templates/', {
        body: { ...TEMPLATE, ...declared, name, whatsapp, content: 'Down' },
      });
    }),
  ]);
});
afterAll(() => service.close());

const PERSON = { email: 'ada@example.com', phone: '+442079460018', whatsapp: '+442079460018' };
const SMS = { recipient: PERSON, channel: 'sms', content: 'The pump has failed.' };
const WHATSAPP = { ...SMS, channel: 'whatsapp' };
const ACKNOWLEDGED = { until: 'acknowledged', escalate_after: 300 };
const PLACEHOLDER = `${PUBLIC_URL}/a/${'x'.repeat(43)}`;

const refused = (body: unknown) => refusal(service, 'POST', '/api/messages/', { body });
const preview = async (body: unknown) => (await service.request('POST', '/api/messages/preview/', { body })).json;
const codesOf = (warnings: { code: string }[]) => warnings.map(({ code }) => code);

describe('an alert', () => {
  test('shows where its link will be', async () => {
    const { json } = await service.send({ ...SMS, ...ACKNOWLEDGED });
    expect(json).toMatchObject({
      content: `The pump has failed.\nConfirm: ${PLACEHOLDER}`,
      ...{ acknowledged_at: null, acknowledged_channel: null },
    });
  });

  test('reads back as it was answered', async () => {
    const { json: sent } = await service.send({ ...SMS, ...ACKNOWLEDGED });
    const { json: read } = await service.request('GET', `/api/messages/${sent.id}/`);
    expect(read.content).toBe(sent.content);
  });

  test('is previewed with its link, and counted with it', async () => {
    const { plan } = await preview({ ...SMS, channel: 'email', fallback_channels: ['sms'], ...ACKNOWLEDGED });
    const [email, sms] = plan;
    expect([email.content, sms.content, sms.sms.length]).toEqual([
      `The pump has failed.\nConfirm: ${PLACEHOLDER}`,
      `The pump has failed.\nConfirm: ${PLACEHOLDER}`,
      `The pump has failed.\nConfirm: ${PLACEHOLDER}`.length,
    ]);
  });

  test('of a template prints the link that the template does not declare', async () => {
    const { json } = await service.send({ ...WHATSAPP, content: undefined, template_id: 'alert', ...ACKNOWLEDGED });
    expect(json.content).toBe(`The pump has failed: ${PLACEHOLDER}`);
  });

  test('keeps its link when its content is changed', async () => {
    const send_at = '2099-01-01T00:00:00Z';
    const id = await service.sent({ ...SMS, ...ACKNOWLEDGED, send_at });
    const { json } = await service.request('PUT', `/api/messages/${id}/`, { body: { content: 'Both are down.' } });
    expect(json.content).toBe(`Both are down.\nConfirm: ${PLACEHOLDER}`);
  });
});

describe('is refused', () => {
  test('a text that costs too much with its link', async () => {
    const content = 'x'.repeat(150);
    expect((await service.send({ ...SMS, content })).status).toBe(201);
    expect(await refused({ ...SMS, content, ...ACKNOWLEDGED })).toEqual(badRequest('/content cost_limit_message'));
  });

  test.each([
    ['text', SMS],
    ['WhatsApp message', WHATSAPP],
  ])('a %s that is too long with its link', async (_what, body) => {
    const content = 'x'.repeat(1_580);
    const { faults } = await refused({ ...body, content, ...ACKNOWLEDGED });
    expect(faults).toContain('/content content_too_long');
  });

  test('the link of a message that asks for no confirmation', async () => {
    const body = { ...WHATSAPP, content: 'Confirm {{ acknowledge_url }}', variables: {} };
    expect(await refused(body)).toEqual(badRequest('/until acknowledgement_not_asked'));
  });

  test('a template with the link where the message asks for no confirmation', async () => {
    const body = { ...WHATSAPP, content: undefined, template_id: 'alert' };
    expect(await refused(body)).toEqual(badRequest('/until acknowledgement_not_asked'));
  });

  test('a variable of the name of the link', async () => {
    const body = { ...WHATSAPP, content: 'Hi', variables: { acknowledge_url: 'https://example.com/' } };
    expect(await refused(body)).toEqual(badRequest('/variables/acknowledge_url reserved_name'));
  });
});

describe('an approved template', () => {
  const warningsOf = async (template_id: string) =>
    codesOf((await service.send({ ...WHATSAPP, content: undefined, template_id, ...ACKNOWLEDGED })).json.warnings);

  test('without the link is a warning, because outside the window nothing can be confirmed', async () => {
    expect(await warningsOf('without_link')).toEqual(['acknowledge_link_missing']);
  });

  test('with the link is none', async () => {
    expect(await warningsOf('with_link')).toEqual([]);
  });
});

describe('a template', () => {
  test('is shown with a link', async () => {
    const { json } = await service.request('GET', '/api/templates/?name=alert');
    const url = `/api/templates/${json.results[0].id}/preview/`;
    const shown = await service.request('POST', url, { body: { variables: {} } });
    expect(shown.json.content).toBe(`The pump has failed: ${PLACEHOLDER}`);
  });

  test('that declares the name of the link is refused', async () => {
    const variables = { acknowledge_url: { type: 'url' } };
    const body = { ...TEMPLATE, name: 'own_link', content: 'x', subject: 'x', variables };
    const { faults } = await refusal(service, 'POST', '/api/templates/', { body });
    expect(faults).toContain('/variables/acknowledge_url reserved_name');
  });
});
