import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addressHash } from '../../src/db/address-hash.ts';
import { findWindow } from '../../src/db/whatsapp-windows.ts';
import { type Service, startService } from '../support/service.ts';
import { type Form, OUR_WHATSAPP_NUMBER, postInbound, textForm, whatsappForm } from './inbound-post.ts';
import { sendOff, setMessage } from './states.ts';
import { tablesWith } from './tables-with.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ smsHelpText: 'Ask <help@example.com> & us.' });
});
afterAll(() => service.close());

let count = 0;
const newNumber = () => {
  count += 1;
  return `+4479111${String(20_000 + count)}`;
};

/** A text message that Twilio has taken, to a number of its own unless one is given. */
async function texted(phone = newNumber()): Promise<{ id: string; phone: string; sid: string }> {
  const id = await service.sent({ recipient: { phone }, channel: 'sms', content: 'Will you come?' });
  const sid = `SMsent${id.replaceAll('-', '')}`;
  await sendOff(service.db, id, sid);
  return { id, phone, sid };
}
const post = async (form: Form) => await postInbound(service, form);
const write = async (from: string, more: Form = {}) => await post(textForm(from, more));
const repliedOf = async (id: string) =>
  (await service.request('GET', `/api/messages/${id}/`)).json.events
    .filter(({ type }: { type: string }) => type === 'replied')
    .map(({ channel, detail, actor }: Record<string, string>) => [channel, detail, actor]);
const stored = async ({ MessageSid }: Form) =>
  await service.db
    .selectFrom('inbound_messages')
    .select(['kind', 'recipient_id', 'message_id'])
    .where('provider_message_id', '=', MessageSid ?? '')
    .execute();
const reasonsFor = async (phone: string) => {
  const { json } = await service.request('GET', `/api/suppressions/?address=${encodeURIComponent(phone)}`);
  return json.results.map(({ channel, reason }: Record<string, string>) => `${channel} ${reason}`);
};
const suppress = async (phone: string, reason: string) =>
  (await service.request('POST', '/api/suppressions/', { body: { channel: 'sms', address: phone, reason } })).json.id;
const auditOf = async (action: string) =>
  (await service.request('GET', `/api/audit/?action=${action}&actor=recipient&limit=1`)).json.results;

describe('a message', () => {
  test('with a signature of another token is refused and not stored', async () => {
    const form = textForm(newNumber());
    const { status, json } = await postInbound(service, form, 'another token');
    expect([status, json.code, await stored(form)]).toEqual([403, 'invalid_signature', []]);
  });

  test.each(['MessageSid', 'From', 'To'])('without %s is refused', async (field) => {
    const { [field]: _, ...form } = textForm(newNumber());
    const { status, json } = await post(form);
    expect([status, json.code]).toEqual([400, 'invalid_callback']);
  });

  test('with U+0000 in its number is refused', async () => {
    expect((await write('+44\0')).status).toBe(400);
  });

  test.each([['a\0b'], ['👩‍👩‍👧‍👦'], ['مرحبا'], ['x'.repeat(3000)]])('that says %j is taken', async (Body) => {
    expect((await write(newNumber(), { Body })).status).toBe(200);
  });

  test('is answered with nothing to say', async () => {
    const { headers, text } = await write(newNumber());
    expect([headers['content-type'], text]).toEqual(['text/xml; charset=utf-8', '<Response/>']);
  });

  test('that comes twice at the same moment is stored once and on the timeline once', async () => {
    const { id, phone } = await texted();
    const form = textForm(phone);
    const answers = await Promise.all([post(form), post(form)]);
    const statuses = answers.map(({ status }) => status);
    expect([statuses, await stored(form), await repliedOf(id)]).toMatchObject([[200, 200], [{}], [{}]]);
  });

  test('of somebody unknown is kept, of nobody and for no message', async () => {
    const form = textForm(newNumber());
    await post(form);
    expect(await stored(form)).toEqual([{ kind: 'text', recipient_id: null, message_id: null }]);
  });

  test('cannot be read in the database, nor who wrote it', async () => {
    const { phone } = await texted();
    await write(phone, { Body: 'marmalade', ProfileName: 'Zebulon' });
    const found = ['marmalade', 'Zebulon', phone.slice(1)].map((word) => tablesWith(service.db, word));
    expect(await Promise.all(found)).toEqual([[], [], []]);
  });
});

describe('the message that is answered', () => {
  test('is the last to that number, and its timeline says so without a word of the answer', async () => {
    const { phone, id: first } = await texted();
    const { id: last } = await texted(phone);
    await write(phone, { Body: 'Yes, I will' });
    expect([await repliedOf(first), await repliedOf(last)]).toEqual([[], [['sms', 'text', 'recipient']]]);
  });

  test('is the one that is quoted', async () => {
    const { phone, id: first, sid } = await texted();
    const { id: last } = await texted(phone);
    await write(phone, { OriginalRepliedMessageSid: sid });
    expect([await repliedOf(first), await repliedOf(last)]).toEqual([[['sms', 'text', 'recipient']], []]);
  });

  test('is the last one where the one that is quoted is not ours', async () => {
    const { phone, id } = await texted();
    await write(phone, { OriginalRepliedMessageSid: 'SMother' });
    expect(await repliedOf(id)).toHaveLength(1);
  });

  test('is told which button was pressed, in safe characters', async () => {
    const { id, phone } = await texted();
    await write(phone, { ButtonPayload: `yes <b>${'x'.repeat(200)}`, ButtonText: 'Yes' });
    expect(await repliedOf(id)).toEqual([['sms', `button yesb${'x'.repeat(96)}`, 'recipient']]);
  });

  test('is told which list item was chosen', async () => {
    const { id, phone } = await texted();
    await write(phone, { ListId: 'mon', ListTitle: 'Monday' });
    expect(await repliedOf(id)).toEqual([['sms', 'list mon', 'recipient']]);
  });

  test('is none where it has been deleted, but the person is known', async () => {
    const { id, phone, sid } = await texted();
    await service.request('DELETE', `/api/messages/${id}/`);
    const form = textForm(phone, { OriginalRepliedMessageSid: sid });
    await post(form);
    expect(await stored(form)).toMatchObject([{ recipient_id: expect.any(String), message_id: null }]);
  });

  test('is none where the person has been erased', async () => {
    const { id, phone, sid } = await texted();
    const { recipient } = (await service.request('GET', `/api/messages/${id}/`)).json;
    await service.request('DELETE', `/api/recipients/${recipient}/`);
    const form = textForm(phone, { OriginalRepliedMessageSid: sid });
    await post(form);
    expect(await stored(form)).toEqual([{ kind: 'text', recipient_id: null, message_id: null }]);
  });

  test('stays as it was, whatever is answered', async () => {
    const { id, phone } = await texted();
    await setMessage(service.db, id, { delivery_status: 'read' });
    await write(phone);
    const { json } = await service.request('GET', `/api/messages/${id}/`);
    expect([json.status, json.delivery_status]).toEqual(['sent', 'read']);
  });
});

describe('a WhatsApp window', () => {
  const windowOf = async (number: string) =>
    await findWindow(service.db, {
      sender: OUR_WHATSAPP_NUMBER,
      addressHash: addressHash(service.context.sealer, 'whatsapp', number),
    });

  test('is opened by what somebody writes', async () => {
    const number = newNumber();
    await post(whatsappForm(number));
    expect(await windowOf(number)).toEqual({ lastInboundAt: expect.any(Date), closedAt: null });
  });

  test('is not renewed by the same message again', async () => {
    const number = newNumber();
    const form = whatsappForm(number);
    await post(form);
    const before = await windowOf(number);
    await post(form);
    expect(await windowOf(number)).toEqual(before);
  });

  test('is not opened by a text message', async () => {
    const number = newNumber();
    await write(number);
    expect(await windowOf(number)).toBeUndefined();
  });
});

describe('STOP', () => {
  test('suppresses the number on its channel', async () => {
    const { phone } = await texted();
    await write(phone, { Body: ' stop ' });
    expect(await reasonsFor(phone)).toEqual(['sms stop']);
  });

  test('on WhatsApp suppresses the number there', async () => {
    const number = newNumber();
    await post(whatsappForm(number, { Body: 'STOP' }));
    expect(await reasonsFor(number)).toEqual(['whatsapp stop']);
  });

  test('is on the timeline and in the audit log', async () => {
    const { id, phone } = await texted();
    await write(phone, { Body: 'STOP' });
    expect([await repliedOf(id), await auditOf('suppression.added')]).toMatchObject([
      [['sms', 'stop', 'recipient']],
      [{ actor: 'recipient', detail: { channel: 'sms', reason: 'stop' } }],
    ]);
  });

  test('that Twilio recognised counts whatever the words are', async () => {
    const { phone } = await texted();
    await write(phone, { Body: 'Arrêt', OptOutType: 'STOP' });
    expect(await reasonsFor(phone)).toEqual(['sms stop']);
  });

  test('is never confirmed by us', async () => {
    expect((await write(newNumber(), { Body: 'STOP' })).text).toBe('<Response/>');
  });

  test('of somebody who is suppressed already leaves the reason as it was', async () => {
    const phone = newNumber();
    await suppress(phone, 'twilio_30005');
    await write(phone, { Body: 'STOP' });
    expect(await reasonsFor(phone)).toEqual(['sms twilio_30005']);
  });
});

describe('START', () => {
  test.each(['stop', 'twilio_21610'])('lifts a suppression for %s, which the audit log keeps', async (reason) => {
    const phone = newNumber();
    const id = await suppress(phone, reason);
    await write(phone, { Body: 'START' });
    expect([await reasonsFor(phone), await auditOf('suppression.lifted')]).toMatchObject([
      [],
      [{ actor: 'recipient', resource_id: id, detail: { channel: 'sms' } }],
    ]);
  });

  test.each(['twilio_30005', 'complaint'])('does not lift a suppression for %s', async (reason) => {
    const phone = newNumber();
    await suppress(phone, reason);
    await write(phone, { Body: 'START' });
    expect(await reasonsFor(phone)).toEqual([`sms ${reason}`]);
  });

  test('is what YES means after STOP', async () => {
    const phone = newNumber();
    await write(phone, { Body: 'STOP' });
    const form = textForm(phone, { Body: 'Yes' });
    await post(form);
    expect([await stored(form), await reasonsFor(phone)]).toMatchObject([[{ kind: 'start' }], []]);
  });

  test('is not what YES means otherwise', async () => {
    const form = textForm(newNumber(), { Body: 'Yes' });
    await post(form);
    expect(await stored(form)).toMatchObject([{ kind: 'text' }]);
  });

  test('that is delivered again after a later STOP changes nothing', async () => {
    const phone = newNumber();
    const start = textForm(phone, { Body: 'START' });
    await post(start);
    await write(phone, { Body: 'STOP' });
    await post(start);
    expect(await reasonsFor(phone)).toEqual(['sms stop']);
  });
});

describe('HELP', () => {
  test('is answered with the text that is configured', async () => {
    const { text } = await write(newNumber(), { Body: 'help' });
    expect(text).toBe('<Response><Message>Ask &lt;help@example.com&gt; &amp; us.</Message></Response>');
  });

  test('is not answered twice where Twilio has answered', async () => {
    expect((await write(newNumber(), { Body: 'HELP', OptOutType: 'HELP' })).text).toBe('<Response/>');
  });

  test('is not answered on WhatsApp', async () => {
    expect((await post(whatsappForm(newNumber(), { Body: 'HELP' }))).text).toBe('<Response/>');
  });

  test('is not answered where nothing is configured', async () => {
    const without = await startService({ temporal: service.temporal });
    const { text } = await postInbound(without, textForm(newNumber(), { Body: 'HELP' }));
    await without.close();
    expect(text).toBe('<Response/>');
  });
});
