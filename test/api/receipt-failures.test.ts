import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addressHash } from '../../src/db/address-hash.ts';
import { insertAttempt, recordAccepted } from '../../src/db/attempts.ts';
import { sealedPlaces } from '../../src/db/sealed-places.ts';
import { findWindow, openWindow } from '../../src/db/whatsapp-windows.ts';
import { windowState } from '../../src/domain/whatsapp-window.ts';
import { PUBLIC_URL, type Service, startService, TWILIO_AUTH_TOKEN } from '../support/service.ts';

let service: Service;
let count = 0;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

type Taken = { id: string; attemptId: string; sid: string; to: string };

/** A message that Twilio has taken. */
async function taken(to: string, channel: 'sms' | 'whatsapp' = 'sms', content = {}): Promise<Taken> {
  const { db, context } = service;
  const id = await service.sent({ recipient: { phone: to, whatsapp: to }, channel, content: 'Hello' });
  count += 1;
  const [attemptId, sid] = [uuidv7(), `SM${String(count).padStart(32, '0')}`];
  const outgoingSealed = context.sealer.seal({ to, content }, sealedPlaces.attemptOutgoing(attemptId));
  await insertAttempt(db, { id: attemptId, messageId: id, token: attemptId, channel, outgoingSealed });
  await recordAccepted(db, attemptId, { providerMessageId: sid, segments: null });
  return { id, attemptId, sid, to };
}

/** Twilio says that it could not deliver the message. */
async function comesBack({ id, attemptId, sid }: Taken, errorCode: number): Promise<void> {
  const url = `/api/webhooks/twilio/status/?m=${id}&a=${attemptId}`;
  const form = { MessageSid: sid, MessageStatus: 'undelivered', ErrorCode: String(errorCode) };
  const signature = getExpectedTwilioSignature(TWILIO_AUTH_TOKEN, `${PUBLIC_URL}${url}`, form);
  const { status } = await service.request('POST', url, {
    ...{ key: null, raw: new URLSearchParams(form).toString() },
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
  });
  expect(status).toBe(200);
}

async function suppressionsOf(phone: string): Promise<string[]> {
  const { json } = await service.request('GET', `/api/suppressions/?address=${encodeURIComponent(phone)}`);
  return json.results.map(({ channel, reason }: { channel: string; reason: string }) => `${channel} ${reason}`);
}

async function metric(name: string): Promise<number> {
  const text = (await service.request('GET', '/metrics')).text;
  return Number(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

describe('a receipt with a code that is the fault of the number', () => {
  test('suppresses the number on that channel, and keeps in the audit log who said so', async () => {
    const message = await taken('+15005559001');
    await comesBack(message, 30006);
    expect(await suppressionsOf(message.to)).toEqual(['sms twilio_30006']);
    const { json } = await service.request('GET', '/api/audit/?action=suppression.added');
    expect(json.results[0]).toMatchObject({ actor: 'twilio', detail: { channel: 'sms', reason: 'twilio_30006' } });
  });

  test('suppresses it at the second time where the first may be an error', async () => {
    const first = await taken('+15005559002');
    await comesBack(first, 30005);
    const before = await suppressionsOf(first.to);
    await comesBack(await taken(first.to), 30005);
    expect([before, await suppressionsOf(first.to)]).toEqual([[], ['sms twilio_30005']]);
  });

  test('counts once however often it comes', async () => {
    const first = await taken('+15005559003');
    await comesBack(first, 30005);
    await comesBack(first, 30005);
    expect(await suppressionsOf(first.to)).toEqual([]);
  });
});

test('a receipt with a code that is nobody’s address suppresses nothing', async () => {
  const message = await taken('+15005559004');
  await comesBack(message, 30007);
  expect(await suppressionsOf(message.to)).toEqual([]);
});

test('the attempt says why it came back', async () => {
  const { id, ...message } = await taken('+15005559005');
  await comesBack({ id, ...message }, 30007);
  const { json } = await service.request('GET', `/api/messages/${id}/`);
  expect(json.attempts[0]).toMatchObject({ outcome: 'accepted', error_code: 'twilio_30007', error_kind: 'rejected' });
});

test('a code that no table has is counted, and said to be unknown', async () => {
  const before = await metric('unknown_provider_codes_total');
  const { id, ...message } = await taken('+15005559006');
  await comesBack({ id, ...message }, 39999);
  const { json } = await service.request('GET', `/api/messages/${id}/`);
  expect(json.attempts[0].error_message).toContain('not known here');
  expect(await metric('unknown_provider_codes_total')).toBe(before + 1);
});

test('a refused text tells that the WhatsApp window of the person is closed', async () => {
  const message = await taken('+15005559007', 'whatsapp');
  await comesBack(message, 63016);
  const { sealer } = service.context;
  const pair = { sender: '+14155238886', addressHash: addressHash(sealer, 'whatsapp', message.to) };
  expect(await findWindow(service.db, pair)).toMatchObject({ lastInboundAt: null, closedAt: expect.any(Date) });
});

test.each([
  ['with a template is tried again, which then goes', { hasTemplate: true }, 'transient'],
  ['without one is for the next channel', {}, 'unreachable'],
])('a text that was refused outside the window %s', async (_, content, kind) => {
  const { id, ...message } = await taken('+15005559010', 'whatsapp', content);
  await comesBack({ id, ...message }, 63016);
  const { json } = await service.request('GET', `/api/messages/${id}/`);
  expect(json.attempts[0]).toMatchObject({ error_code: 'twilio_63016', error_kind: kind });
});

test('a refusal that is told after the person has written again leaves their window open', async () => {
  const message = await taken('+15005559009', 'whatsapp');
  const { sealer } = service.context;
  const pair = { sender: '+14155238886', addressHash: addressHash(sealer, 'whatsapp', message.to) };
  await openWindow(service.db, pair, new Date());
  await comesBack(message, 63016);
  expect(windowState(await findWindow(service.db, pair), new Date())).toBe('open');
});

test('a receipt that names another message of the attempt raises the alarm of a double send', async () => {
  const before = await metric('double_sends_total');
  const message = await taken('+15005559008');
  await comesBack({ ...message, sid: 'SMffffffffffffffffffffffffffffffff' }, 30007);
  const { json } = await service.request('GET', `/api/messages/${message.id}/`);
  expect(json.events).toContainEqual(expect.objectContaining({ type: 'double_send' }));
  expect(await metric('double_sends_total')).toBe(before + 1);
});
