import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { NO_ID, TEMPLATE } from './bodies.ts';
import { badRequest, refusal } from './refusals.ts';

let service: Service;
let names = 0;

beforeAll(async () => {
  service = await startService({ prices: { currency: 'EUR', perSegment: { GB: '0.0400', '*': '0.05' } } });
  await service.request('PUT', '/api/layouts/plain/', { body: { html: '<main>{{ content }}</main>' } });
  await service.request('POST', '/api/recipients/', { body: BRITON });
  await service.request('POST', '/api/recipients/', { body: { external_id: 'nowhere', locale: 'pt-BR' } });
});
afterAll(() => service.close());

const BRITON = {
  ...{ external_id: 'briton', name: 'Ada', phone: '+447400123456' },
  ...{ locale: 'en-GB', time_zone: 'Europe/London' },
};
const SMS = { channel: 'sms', subject: null, content: 'Hi {{ name }}' };
const NAME = { name: { type: 'string', required: true, example: 'Grace' } };

async function store(more: object = {}): Promise<string> {
  names += 1;
  const body = { ...TEMPLATE, name: `template-${names}`, ...more };
  const { status, json, text } = await service.request('POST', '/api/templates/', { body });
  if (status !== 201) throw new Error(`The template was not stored: ${text}`);
  return json.id;
}

const preview = (id: string, body?: unknown) =>
  service.request('POST', `/api/templates/${id}/preview/`, body === undefined ? {} : { body });
const refused = async (more: object, body: unknown) =>
  refusal(service, 'POST', `/api/templates/${await store(more)}/preview/`, { body });

describe('the variables of a preview', () => {
  test('are those that are given', async () => {
    const { json } = await preview(await store(), { variables: { name: 'Ada' } });
    expect([json.content, json.subject]).toEqual(['Hello Ada', 'Welcome Ada']);
  });

  test('are their examples where none are given', async () => {
    expect((await preview(await store({ variables: NAME }))).json.content).toBe('Hello Grace');
  });

  test('are their defaults rather than their examples', async () => {
    const variables = { name: { ...NAME.name, default: 'you' } };
    expect((await preview(await store({ variables }), {})).json.content).toBe('Hello you');
  });

  test('are refused all at once, together with whom and in which language it is for', async () => {
    const body = { variables: { count: 'x', extra: 1 }, recipient: 'nobody', locale: '!' };
    const content = '{{ name }} {{ count }}';
    const declared = { name: { type: 'string', required: true }, count: { type: 'number' } };
    const { faults, ...rest } = await refused({ content, variables: declared }, body);
    expect([faults.sort(), rest]).toEqual([
      [
        '/locale invalid_locale',
        '/recipient unknown_recipient',
        '/variables/count wrong_type',
        '/variables/extra undeclared_variable',
        '/variables/name missing_variable',
      ],
      { status: 400, written: [] },
    ]);
  });

  test('that leave nothing to say are refused', async () => {
    const more = { ...SMS, content: '{% if name != blank %}Hi{% endif %}', variables: { name: { type: 'string' } } };
    expect(await refused(more, {})).toEqual(badRequest('/variables content_empty'));
  });
});

describe('a preview', () => {
  test('of an email shows its HTML in its layout', async () => {
    const id = await store({ format: 'markdown', content: '**Hi** {{ name }}', layout: 'plain', variables: NAME });
    const { json } = await preview(id);
    expect([json.html, json.content]).toEqual([
      expect.stringMatching(/<main>.*<strong>Hi<\/strong> Grace.*<\/main>/s),
      expect.stringContaining('Hi Grace'),
    ]);
  });

  test('of a WhatsApp template shows what fills its placeholders', async () => {
    const whatsapp = { content_sid: `HX${'0'.repeat(32)}`, variables: { 1: '{{ name | upcase }}' } };
    const id = await store({
      ...{ channel: 'whatsapp', subject: null, content: 'Hi {{ name }}', variables: NAME },
      whatsapp: { ...whatsapp, category: 'utility', language: 'en' },
    });
    expect((await preview(id)).json.whatsapp).toEqual({ ...whatsapp, variables: { 1: 'GRACE' } });
  });

  test('of a text shows how it is cut and what it costs', async () => {
    const id = await store({ ...SMS, content: '{{ name }}', variables: NAME });
    const { json } = await preview(id, { variables: { name: 'ж'.repeat(71) }, recipient: 'briton' });
    expect([json.sms, json.cost]).toEqual([
      { encoding: 'UCS-2', segments: 2, length: 71 },
      { amount: '0.0800', currency: 'EUR', final: false },
    ]);
  });

  test('of a text to nobody costs nothing that is known', async () => {
    expect((await preview(await store({ ...SMS, variables: NAME }))).json.cost).toBeNull();
  });

  test('of a text that is cut into many parts warns', async () => {
    const id = await store({ ...SMS, variables: NAME });
    const { json } = await preview(id, { variables: { name: 'x'.repeat(700) } });
    expect(json.warnings).toMatchObject([{ pointer: '/content', code: 'many_segments' }]);
  });

  test('warns of what may be wrong with the template', async () => {
    const id = await store({ variables: { ...NAME, other: { type: 'string' } } });
    expect((await preview(id)).json.warnings).toMatchObject([{ code: 'unused_variable' }]);
  });

  test('works while the template is inactive', async () => {
    expect((await preview(await store({ variables: NAME, is_active: false }))).status).toBe(200);
  });

  test('of a template that is not there is not found', async () => {
    expect((await preview(NO_ID)).status).toBe(404);
  });

  test('writes nothing', async () => {
    const { written } = await refused({ variables: NAME }, { recipient: 'briton' });
    expect(written).toEqual([]);
  });
});

describe('the language of a preview', () => {
  const LANGUAGES = {
    ...{ content: 'Hello {{ name }}', variables: NAME },
    locales: { de: { content: 'Hallo {{ name }}' }, pt: { content: 'Olá {{ name }}', subject: 'Bem-vinda' } },
  };
  const shown = async (body: object) => {
    const { json } = await preview(await store(LANGUAGES), body);
    return [json.locale, json.content, json.subject];
  };

  test('is the default where nobody says which', async () => {
    expect(await shown({})).toEqual([null, 'Hello Grace', 'Welcome Grace']);
  });

  test('is the recipient’s', async () => {
    expect(await shown({ recipient: 'nowhere' })).toEqual(['pt-BR', 'Olá Grace', 'Bem-vinda']);
  });

  test('is the one that is asked for', async () => {
    expect(await shown({ recipient: 'nowhere', locale: 'de' })).toEqual(['de', 'Hallo Grace', 'Welcome Grace']);
  });

  test('does not keep the others from being shown', async () => {
    const { json } = await preview(await store(LANGUAGES));
    expect(json.variants).toEqual([
      { locale: 'de', content: 'Hallo Grace', subject: 'Welcome Grace', html: null },
      { locale: 'pt', content: 'Olá Grace', subject: 'Bem-vinda', html: null },
    ]);
  });

  test('is named where it cannot be shown', async () => {
    const id = await store({ ...SMS, variables: NAME, locales: { pt: { content: 'Olá {{ name }}' } } });
    const { json } = await preview(id, { variables: { name: 'y'.repeat(1597) } });
    expect(json.errors).toMatchObject([
      { pointer: '/variables', code: 'content_too_long', message: expect.stringMatching(/^In pt: /) },
    ]);
  });
});
