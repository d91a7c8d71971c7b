import { Client, Connection } from '@temporalio/client';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLinkSigner } from '../../src/links/link-signer.ts';
import { acknowledge } from '../../src/service/acknowledge.ts';
import { createDispatcher } from '../../src/service/dispatcher.ts';
import { type Gateway, TemporalUnavailable } from '../../src/temporal/gateway.ts';
import { PUBLIC_URL, type Service, startService } from '../support/service.ts';
import { postInbound, whatsappForm } from './inbound-post.ts';
import { sendOff, setMessage } from './states.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const CONFIRM = 'acknowledge=yes';
const PERSON = { email: 'ada@example.com', phone: '+447911123456', whatsapp: '+447911123456' };
const ALERT = {
  ...{ recipient: PERSON, channel: 'sms', fallback_channels: ['email'], content: 'The pump has failed.' },
  ...{ priority: 'high', escalate_after: 300, until: 'acknowledged' },
};

/** An alert that has been sent by text, unless `more` says otherwise, and waits to be confirmed. */
async function sentAlert(more: object = {}) {
  const id = await service.sent({ ...ALERT, ...more });
  const attemptId = await sendOff(service.db, id, null);
  return { id, attemptId, path: pathOf(attemptId) };
}

const pathOf = (attemptId: string, links = service.context.links) =>
  links.link('acknowledge', { attemptId }).slice(PUBLIC_URL.length);
const tokenOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
const get = async (url: string) => await service.app.inject({ url });
const post = async (url: string, payload = CONFIRM) =>
  await service.app.inject({ method: 'POST', url, payload, headers: FORM });
const message = async (id: string) => (await service.request('GET', `/api/messages/${id}/`)).json;
const isAcknowledged = async (id: string) => (await message(id)).acknowledged_at !== null;
const markOf = async (id: string) =>
  (
    await service.db
      .selectFrom('messages')
      .select('acknowledgement_unsignalled_since as since')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
  ).since;

describe('the page behind a link to confirm', () => {
  test('asks, and confirms nothing, because programs look at links in advance', async () => {
    const { id, path } = await sentAlert();
    const { statusCode, body } = await get(path);
    expect([statusCode, body.includes('Confirm this message'), await isAcknowledged(id)]).toEqual([200, true, false]);
  });

  test('has one button that posts, and no script', async () => {
    const { body } = await get((await sentAlert()).path);
    expect([body.match(/<button/g)?.length, body.includes('name="acknowledge"'), body.includes('<script')]).toEqual([
      1,
      true,
      false,
    ]);
  });

  test('says nothing of the message and of the person', async () => {
    const { body } = await get((await sentAlert()).path);
    expect([body.includes('pump'), body.includes(PERSON.email)]).toEqual([false, false]);
  });

  test('is kept by nobody and in no index', async () => {
    const { headers } = await get((await sentAlert()).path);
    expect(headers).toMatchObject({
      ...{ 'cache-control': 'no-store', 'x-robots-tag': 'noindex, nofollow', 'referrer-policy': 'no-referrer' },
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
  });

  test('says so where the message has been confirmed, without a button', async () => {
    const { path } = await sentAlert();
    await post(path);
    const { body } = await get(path);
    expect([body.includes('Confirmed'), body.includes('<button')]).toEqual([true, false]);
  });

  test('answers with a slash at the end, too', async () => {
    expect((await get(`${(await sentAlert()).path}/`)).statusCode).toBe(200);
  });
});

describe('confirming', () => {
  test('is kept, with the channel whose message carried the link', async () => {
    const { id, path } = await sentAlert();
    const { statusCode, body } = await post(path);
    expect([statusCode, body.includes('Confirmed')]).toEqual([200, true]);
    expect(await message(id)).toMatchObject({
      acknowledged_at: expect.stringMatching(/Z$/),
      acknowledged_channel: 'sms',
    });
  });

  test('is told to the workflow', async () => {
    const { id, path } = await sentAlert();
    await post(path);
    expect([await signalsTo(id), await markOf(id)]).toEqual(['acknowledge', null]);
  });

  test('is in the audit log', async () => {
    const { id, path } = await sentAlert();
    await post(path);
    const query = service.db.selectFrom('audit_log').select(['actor', 'action', 'detail']);
    expect(await query.where('resource_id', '=', id).where('action', '=', 'message.acknowledged').execute()).toEqual([
      { actor: 'recipient', action: 'message.acknowledged', detail: { channel: 'sms' } },
    ]);
  });

  test('twice is once', async () => {
    const { id, path } = await sentAlert();
    await post(path);
    const first = await message(id);
    const { statusCode } = await post(path);
    expect([statusCode, (await message(id)).acknowledged_at]).toEqual([200, first.acknowledged_at]);
  });

  test('at the same moment is once', async () => {
    const { id, attemptId } = await sentAlert();
    const names: string[] = [];
    const context = signalling(async ({ name }) => void names.push(name));
    const token = tokenOf(pathOf(attemptId));
    expect(await Promise.all([1, 2, 3].map(() => acknowledge(context, token)))).toEqual(
      Array.from({ length: 3 }, () => 'acknowledged'),
    );
    expect([names, await isAcknowledged(id)]).toEqual([['acknowledge'], true]);
  });

  test('by the link of an earlier attempt counts as well', async () => {
    const { id, path } = await sentAlert();
    await service.db.updateTable('messages').set({ channel: 'email' }).where('id', '=', id).execute();
    await post(path);
    expect((await message(id)).acknowledged_channel).toBe('sms');
  });

  test('late, when the message has failed, still counts', async () => {
    const { id, path } = await sentAlert();
    await setMessage(service.db, id, { status: 'failed', error_code: 'expired', waiting_for: null });
    await post(path);
    expect(await isAcknowledged(id)).toBe(true);
  });

  test('counts where the rest of its plan was cancelled after it was sent', async () => {
    const { id, path } = await sentAlert();
    await setMessage(service.db, id, { status: 'sent', error_code: 'cancelled', cancel_requested_at: new Date() });
    expect([(await post(path)).statusCode, await isAcknowledged(id)]).toEqual([200, true]);
  });

  test.each(['', 'acknowledge=no', 'List-Unsubscribe=One-Click'])('by a form with "%s" is refused', async (payload) => {
    const { id, path } = await sentAlert();
    expect([(await post(path, payload)).statusCode, await isAcknowledged(id)]).toEqual([400, false]);
  });

  test('by a form that is not one is refused', async () => {
    const { path } = await sentAlert();
    const headers = { 'content-type': 'multipart/form-data' };
    const { statusCode } = await service.app.inject({ method: 'POST', url: path, payload: 'x', headers });
    expect(statusCode).toBe(400);
  });
});

describe('nothing is confirmed', () => {
  test('by a token of another key', async () => {
    const { id, attemptId } = await sentAlert();
    const { statusCode } = await post(pathOf(attemptId, createLinkSigner(Buffer.alloc(32), PUBLIC_URL)));
    expect([statusCode, await isAcknowledged(id)]).toEqual([404, false]);
  });

  test('by a token to unsubscribe', async () => {
    const { id, attemptId } = await sentAlert();
    const token = tokenOf(service.context.links.link('unsubscribe', { attemptId }));
    expect([(await post(`/a/${token}`)).statusCode, await isAcknowledged(id)]).toEqual([404, false]);
  });

  test('by a link that was cut off', async () => {
    expect((await post((await sentAlert()).path.slice(0, -1))).statusCode).toBe(404);
  });

  test('of a message that was never here', async () => {
    expect((await post(pathOf(uuidv7()))).statusCode).toBe(410);
  });

  test('of a message that asks for no confirmation', async () => {
    const { id, path } = await sentAlert({ until: 'delivered' });
    const { statusCode, body } = await post(path);
    expect([statusCode, body.includes('asks for no confirmation'), await isAcknowledged(id)]).toEqual([
      410,
      true,
      false,
    ]);
  });

  test('of a message that was cancelled', async () => {
    const { id, path } = await sentAlert();
    await setMessage(service.db, id, { status: 'failed', error_code: 'cancelled', waiting_for: null });
    const { statusCode, body } = await post(path);
    expect([statusCode, body.includes('No longer needed'), await isAcknowledged(id)]).toEqual([410, true, false]);
  });

  test('of a message that was deleted', async () => {
    const { id, path } = await sentAlert();
    await service.request('DELETE', `/api/messages/${id}/`);
    expect([(await get(path)).statusCode, (await post(path)).statusCode]).toEqual([410, 410]);
  });
});

describe('a button on WhatsApp', () => {
  const tap = async (ButtonPayload: string, from = PERSON.whatsapp) =>
    await postInbound(service, whatsappForm(from, { ButtonPayload, ButtonText: 'Confirm', Body: 'Confirm' }));

  test('whose id is the token confirms', async () => {
    const { id, path, attemptId } = await sentAlert({ channel: 'whatsapp' });
    await service.db.updateTable('attempts').set({ channel: 'whatsapp' }).where('id', '=', attemptId).execute();
    expect((await tap(tokenOf(path))).status).toBe(200);
    expect((await message(id)).acknowledged_channel).toBe('whatsapp');
  });

  test('counts by its signature, whoever taps it', async () => {
    const { id, path } = await sentAlert();
    await tap(tokenOf(path), '+447911177777');
    expect(await isAcknowledged(id)).toBe(true);
  });

  test('that Twilio tells of twice confirms once', async () => {
    const { id, path } = await sentAlert();
    const form = whatsappForm(PERSON.whatsapp, { ButtonPayload: tokenOf(path), ButtonText: 'Confirm' });
    const statuses = [await postInbound(service, form), await postInbound(service, form)].map(({ status }) => status);
    expect([statuses, await isAcknowledged(id)]).toEqual([[200, 200], true]);
  });

  test('with a forged token is an answer like any other', async () => {
    const { id, attemptId } = await sentAlert();
    const forged = tokenOf(pathOf(attemptId, createLinkSigner(Buffer.alloc(32), PUBLIC_URL)));
    expect([(await tap(forged)).status, await isAcknowledged(id)]).toEqual([200, false]);
  });

  test('leaves its token in no answer of the API', async () => {
    const from = '+447911166666';
    const { id, attemptId, path } = await sentAlert({
      recipient: { whatsapp: from },
      channel: 'whatsapp',
      fallback_channels: [],
    });
    await service.db.updateTable('attempts').set({ channel: 'whatsapp' }).where('id', '=', attemptId).execute();
    await tap(tokenOf(path), from);
    const { json } = await service.request('GET', `/api/messages/${id}/replies/`);
    expect(json.results.map((reply: Record<string, string>) => [reply.button_id, reply.button_text])).toEqual([
      ['acknowledge', 'Confirm'],
    ]);
    expect(JSON.stringify(await message(id))).not.toContain(tokenOf(path));
  });
});

describe('while Temporal is away', () => {
  const away = () =>
    signalling(async () => {
      throw new TemporalUnavailable('away');
    });

  test('a message is confirmed all the same, and marked for its workflow', async () => {
    const { id, path } = await sentAlert();
    expect(await acknowledge(away(), tokenOf(path))).toBe('acknowledged');
    expect([await isAcknowledged(id), await markOf(id)]).toEqual([true, expect.any(Date)]);
  });

  test('the workflow is told by the first sweep after it is back', async () => {
    const { id, path } = await sentAlert();
    await acknowledge(away(), tokenOf(path));
    const acknowledgement_unsignalled_since = new Date(Date.now() - 60_000);
    await setMessage(service.db, id, { acknowledgement_unsignalled_since });
    const dispatcher = createDispatcher(service.context);
    await dispatcher.sweep();
    await dispatcher.close();
    expect([await signalsTo(id), await markOf(id)]).toEqual(['acknowledge', null]);
  });
});

/** The service, with something else than a signal to Temporal. */
function signalling(signal: Gateway['signal']) {
  return { ...service.context, gateway: { ...service.context.gateway, signal } };
}

/** Names of the signals that a message's workflow has got. */
async function signalsTo(messageId: string): Promise<string> {
  const { address, namespace } = service.temporal;
  const connection = await Connection.connect({ address });
  try {
    const handle = new Client({ connection, namespace }).workflow.getHandle(`message-${messageId}`);
    const { events } = await handle.fetchHistory();
    const names = (events ?? []).flatMap(
      ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName ?? [],
    );
    return names.join();
  } finally {
    await connection.close();
  }
}
