import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeMessage } from '../db/stored.ts';
import { type Service, startService } from '../support/service.ts';
import { EVERYWHERE, FULL_EMAIL, NO_ID } from './bodies.ts';
import { sendOff } from './states.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

/** A message in the database, quicker than over HTTP. */
async function storeOwnWords(recipient_id: string, content: string): Promise<string> {
  const { db, context } = service;
  const id = uuidv7();
  const body = { content, subject: null, html: null, variables: null, mediaUrl: null, replyTo: null };
  return await storeMessage(db, { id, recipient_id, body_sealed: context.sealer.seal(body, `messages.body:${id}`) });
}

const stored = async (body: object) => (await service.request('POST', '/api/recipients/', { body })).json;
const exported = async (id: string) => await service.request('GET', `/api/recipients/${id}/export/`);

test('an export has everything known of a person', async () => {
  const ada = await stored({ ...FULL_EMAIL.recipient, opt_outs: [{ channel: 'whatsapp' }] });
  const body = { channel: 'sms', address: EVERYWHERE.phone, reason: 'stop' };
  const suppression = (await service.request('POST', '/api/suppressions/', { body })).json;
  const id = await service.sent({ ...FULL_EMAIL, recipient: 'ada' });
  await sendOff(service.db, id, 'SM1');
  const { status, headers, json } = await exported(ada.id);
  const message = (await service.request('GET', `/api/messages/${id}/`)).json;
  expect([status, headers['content-type'], headers['content-disposition']]).toEqual([
    200,
    'application/json; charset=utf-8',
    `attachment; filename="recipient-${ada.id}.json"`,
  ]);
  expect(json).toEqual({
    exported_at: expect.any(String),
    recipient: ada,
    suppressions: [suppression],
    messages: [
      {
        ...message,
        ...{ html: '<p>{{ name }}</p>', variables: { name: 'Ada' }, media_url: null, reply_to: 'desk@example.com' },
        attachments: [{ filename: 'a.txt', content_type: 'text/plain', size: 5 }],
      },
    ],
    replies: [],
  });
  expect([message.content, message.attempts.length, message.events.length]).toEqual(['Hello Ada', 1, 1]);
});

test('an export has nothing of anybody else', async () => {
  const [eve] = [await stored({ external_id: 'eve' }), await stored({ external_id: 'bob', email: 'bob@example.com' })];
  const body = { channel: 'email', address: 'bob@example.com', reason: 'complaint' };
  await service.request('POST', '/api/suppressions/', { body });
  await service.sent({ recipient: 'bob', channel: 'email', content: 'Hello Bob' });
  expect((await exported(eve.id)).json).toMatchObject({ recipient: eve, suppressions: [], messages: [] });
});

test('an export of hundreds of messages has each of them once, the newest first', async () => {
  const { id } = await stored({ external_id: 'busy', email: 'busy@example.com' });
  const ids: string[] = [];
  for (let count = 0; count < 230; count += 1) ids.unshift(await storeOwnWords(id, `Hello ${count}`));
  const { json } = await exported(id);
  expect(json.messages.map((message: { id: string }) => message.id)).toEqual(ids);
  expect(json.messages.every((message: { events: object[] }) => message.events.length === 1)).toBe(true);
});

test('an export is in the audit log', async () => {
  const { id } = await stored({ external_id: 'audited' });
  await exported(id);
  const { json } = await service.request('GET', `/api/audit/?resource_id=${id}&action=recipient.exported`);
  expect(json.results).toMatchObject([{ actor: expect.stringMatching(/^key:/) }]);
});

test('there is no export of somebody who is not there', async () => {
  const { status, headers } = await exported(NO_ID);
  expect([status, headers['content-disposition']]).toEqual([404, undefined]);
});
