import { afterAll, beforeAll, expect, test } from 'vitest';
import { sealedPlaces } from '../../src/db/sealed-places.ts';
import { keepApproval } from '../../src/db/whatsapp-approvals.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const BODY = {
  recipient: { whatsapp: '+12025550123', phone: '+12025550123' },
  channel: 'whatsapp',
  content: 'Coming?',
};
const REPLIES = {
  type: 'quick_reply',
  actions: [
    { id: 'yes', title: 'Yes' },
    { id: 'no', title: 'No' },
  ],
};

test('what is to be tapped on is kept with the message', async () => {
  const id = await service.sent({ ...BODY, interactive: REPLIES });
  const row = await service.db.selectFrom('messages').select('body_sealed').where('id', '=', id).executeTakeFirst();
  const body = service.context.sealer.open(row?.body_sealed as Buffer, sealedPlaces.messageBody(id));
  expect(body).toMatchObject({ interactive: REPLIES });
});

test.each([
  [
    'two buttons with one id',
    {
      type: 'quick_reply',
      actions: [
        { id: 'a', title: 'A' },
        { id: 'a', title: 'B' },
      ],
    },
    '/interactive/actions/1/id',
  ],
  [
    'two rows with one title',
    {
      type: 'list',
      button: 'x',
      items: [
        { id: 'a', title: 'A' },
        { id: 'b', title: 'A' },
      ],
    },
    '/interactive/items/1/title',
  ],
  [
    'a link that is none',
    { type: 'call_to_action', actions: [{ type: 'url', title: 'A', url: 'http://x' }] },
    '/interactive/actions/0/url',
  ],
  [
    'a number that is none',
    { type: 'call_to_action', actions: [{ type: 'phone', title: 'A', phone: '12' }] },
    '/interactive/actions/0/phone',
  ],
])('%s is refused by name', async (_, interactive, pointer) => {
  const { status, json } = await service.send({ ...BODY, interactive });
  expect([status, json.errors[0].pointer]).toEqual([400, pointer]);
});

test.each([
  ['on another channel', { channel: 'sms', interactive: REPLIES }, 'not_for_channel'],
  ['beside a media file', { media_url: 'https://example.com/a.png', interactive: REPLIES }, 'media_and_interactive'],
])('it is refused %s', async (_, more, code) => {
  const { status, json } = await service.send({ ...BODY, ...more });
  expect([status, json.errors]).toEqual([400, [expect.objectContaining({ pointer: '/interactive', code })]]);
});

test('a text that is too long to stand above buttons is refused', async () => {
  const { status, json } = await service.send({ ...BODY, content: 'a'.repeat(1025), interactive: REPLIES });
  const fault = { pointer: '/content', code: 'content_too_long' };
  expect([status, json.errors]).toEqual([400, [expect.objectContaining(fault)]]);
});

test('braces that Twilio would take for a variable are refused', async () => {
  const interactive = { type: 'list', button: '{{2}}', items: [{ id: 'a', title: '{{3}}' }] };
  const { status, json } = await service.send({ ...BODY, interactive });
  const pointers = json.errors.map(({ pointer }: { pointer: string }) => pointer);
  expect([status, pointers]).toEqual([400, ['/interactive/button', '/interactive/items/0/title']]);
});

test.each([
  ['no buttons', { type: 'quick_reply', actions: [] }],
  ['four buttons', { type: 'quick_reply', actions: ['a', 'b', 'c', 'd'].map((id) => ({ id, title: id })) }],
  ['a title of 21 characters', { type: 'quick_reply', actions: [{ id: 'a', title: 'a'.repeat(21) }] }],
  ['a kind that there is not', { type: 'carousel', actions: [] }],
  ['text in place of buttons', 'Yes or no'],
])('%s are refused', async (_, interactive) => {
  const { status, json } = await service.send({ ...BODY, interactive });
  expect([status, json.errors[0].pointer.startsWith('/interactive')]).toEqual([400, true]);
});

test('a template shows what WhatsApp last said of it', async () => {
  const whatsapp = { content_sid: `HX${'a'.repeat(32)}`, variables: {}, category: 'utility', language: 'en' };
  const template = { name: 'ready', channel: 'whatsapp', content: 'Ready', whatsapp };
  const { json: saved } = await service.request('POST', '/api/templates/', { body: template });
  const before = (await service.request('GET', `/api/templates/${saved.id}/`)).json.approval;
  const approval = { status: 'rejected', category: 'UTILITY', rejection_reason: 'Too vague' };
  await keepApproval(service.db, { content_sid: whatsapp.content_sid, ...approval });
  const { json } = await service.request('GET', `/api/templates/${saved.id}/`);
  expect([before, json.approval]).toEqual([null, { ...approval, checked_at: expect.any(String) }]);
});

test('what goes within the window only is warned of where a template goes outside of it', async () => {
  const whatsapp = { content_sid: `HX${'b'.repeat(32)}`, variables: {}, category: 'utility', language: 'en' };
  const template = { name: 'tables', channel: 'whatsapp', content: 'Coming?', whatsapp };
  await service.request('POST', '/api/templates/', { body: template });
  const body = { ...BODY, content: undefined, template_id: 'tables' };
  const plain = await service.send(body);
  const tappable = await service.send({ ...body, interactive: REPLIES });
  const warning = { pointer: '/interactive', code: 'dropped_outside_window' };
  expect([plain.json.warnings, tappable.json.warnings]).toEqual([[], [expect.objectContaining(warning)]]);
});
