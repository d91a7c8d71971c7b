import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { NO_ID } from './bodies.ts';
import { postInbound, textForm, whatsappForm } from './inbound-post.ts';
import { sendOff } from './states.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

let count = 0;
/** A message that Twilio has taken, on WhatsApp unless another channel is given. */
async function taken(channel: 'sms' | 'whatsapp' = 'whatsapp') {
  count += 1;
  const number = `+4479111${String(30_000 + count)}`;
  const recipient = channel === 'sms' ? { phone: number } : { whatsapp: number };
  const id = await service.sent({ recipient, channel, content: 'Will you come?' });
  const attemptId = await sendOff(service.db, id, `SMsent${count}`);
  await service.db.updateTable('attempts').set({ channel }).where('id', '=', attemptId).execute();
  return { id, number };
}
const list = async (id: string, query = '') => await service.request('GET', `/api/messages/${id}/replies/${query}`);

test('a reply is shown with all that came with it', async () => {
  const { id, number } = await taken();
  await postInbound(
    service,
    whatsappForm(number, {
      ...{ Body: 'Ja 🎉', ButtonPayload: 'yes', ButtonText: 'Ja 🎉' },
      ...{ NumMedia: '1', MediaUrl0: 'https://api.twilio.com/m/1', MediaContentType0: 'image/png' },
      ...{ Latitude: '51.5', Longitude: '-0.12', Label: 'Home' },
    }),
  );
  expect((await list(id)).json).toEqual({
    results: [
      {
        ...{ id: expect.any(String), message: id, channel: 'whatsapp', kind: 'button', text: 'Ja 🎉' },
        ...{ button_id: 'yes', button_text: 'Ja 🎉', list_id: null, list_title: null, profile_name: 'Ada' },
        location: { latitude: 51.5, longitude: -0.12, label: 'Home', address: null },
        media: [{ url: 'https://api.twilio.com/m/1', content_type: 'image/png' }],
        received_at: expect.any(String),
      },
    ],
    ...{ next: null, previous: null },
  });
});

test('a list item is shown as one', async () => {
  const { id, number } = await taken();
  await postInbound(service, whatsappForm(number, { Body: 'Monday', ListId: 'mon', ListTitle: 'Monday' }));
  const [reply] = (await list(id)).json.results;
  expect([reply.kind, reply.list_id, reply.list_title, reply.button_id]).toEqual(['list', 'mon', 'Monday', null]);
});

test('a message that nobody has answered has no replies', async () => {
  const { id } = await taken();
  expect((await list(id)).json).toEqual({ results: [], next: null, previous: null });
});

test('replies come in pages, the newest first', async () => {
  const { id, number } = await taken('sms');
  for (const Body of ['one', 'two', 'three']) await postInbound(service, textForm(number, { Body }));
  const first = (await list(id, '?limit=2')).json;
  const second = (await service.request('GET', first.next)).json;
  const texts = [first, second].map(({ results }) => results.map(({ text }: { text: string }) => text));
  expect(texts).toEqual([['three', 'two'], ['one']]);
});

test('a message that is not there has none', async () => {
  expect((await list(NO_ID)).status).toBe(404);
});

test.each(['?cursor=x', '?limit=0', '?kind=text'])('the query %s is refused', async (query) => {
  const { id } = await taken();
  expect((await list(id, query)).status).toBe(400);
});

test('a key that may not read messages may not read replies', async () => {
  const { id } = await taken();
  const key = await service.key(['recipients:read']);
  expect((await service.request('GET', `/api/messages/${id}/replies/`, { key })).status).toBe(403);
});

test('a deleted message has no replies', async () => {
  const { id, number } = await taken('sms');
  await postInbound(service, textForm(number));
  await service.request('DELETE', `/api/messages/${id}/`);
  const { status, json } = await list(id);
  expect([status, json.code]).toEqual([404, 'not_found']);
});

test('an export of a person has what they wrote', async () => {
  const { id, number } = await taken('sms');
  await postInbound(service, textForm(number, { Body: 'one' }));
  await postInbound(service, textForm(number, { Body: 'two' }));
  const { recipient } = (await service.request('GET', `/api/messages/${id}/`)).json;
  const { json } = await service.request('GET', `/api/recipients/${recipient}/export/`);
  expect([json.replies.map(({ text }: { text: string }) => text), json.replies]).toEqual([
    ['two', 'one'],
    (await list(id)).json.results,
  ]);
});

test('nothing is left of what an erased person wrote', async () => {
  const { id, number } = await taken('sms');
  await postInbound(service, textForm(number));
  const { recipient } = (await service.request('GET', `/api/messages/${id}/`)).json;
  await service.request('DELETE', `/api/recipients/${recipient}/`);
  const left = service.db.selectFrom('inbound_messages').select('id').where('recipient_id', '=', recipient);
  expect(await left.execute()).toEqual([]);
});
