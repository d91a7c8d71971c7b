import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RequestOptions, type Service, startService } from '../support/service.ts';
import { EMAIL, FULL_EMAIL, SMS, TEMPLATE } from './bodies.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const URL = '/api/messages/batch/';
const post = (body: unknown, options: RequestOptions = {}) => service.request('POST', URL, { body, ...options });
const idsOf = (results: { message?: { id: string } }[]) => results.map(({ message }) => message?.id ?? null);
const emailTo = (email: string) => ({ ...EMAIL, recipient: { email } });
const rowsOf = async (batchId: string) =>
  await service.db.selectFrom('messages').selectAll().where('batch_id', '=', batchId).orderBy('id').execute();
const refusalOf = async (body: unknown) => {
  const { status, json } = await post(body);
  return [status, ...json.errors.map((error: { pointer: string; code: string }) => `${error.pointer} ${error.code}`)];
};

describe('a batch', () => {
  test('is answered with each message as a POST of it would be, in order', async () => {
    const { status, json } = await post({ messages: [FULL_EMAIL, SMS] });
    const alone = [(await service.send(FULL_EMAIL)).json, (await service.send(SMS)).json];
    const own = { id: expect.any(String), workflow_id: expect.any(String), batch_id: json.batch.id };
    const times = { created_at: expect.any(String), updated_at: expect.any(String) };
    expect([status, json.results]).toEqual([
      200,
      alone.map((message) => ({ message: { ...message, ...own, ...times } })),
    ]);
  });

  test('says what has become of it, and where to read on', async () => {
    const { json, headers } = await post([EMAIL, { ...EMAIL, channel: 'fax' }]);
    expect(json.batch).toEqual({
      ...{ id: expect.any(String), api_key: expect.any(String), size: 2, accepted: 1, rejected: 1 },
      ...{ cancel_requested_at: null, created_at: expect.any(String) },
    });
    expect(headers.location).toBe(`/api/batches/${json.batch.id}/`);
  });

  test('can be a bare list', async () => {
    const { status, json } = await post([EMAIL]);
    expect([status, json.results.length]).toEqual([200, 1]);
  });

  test('leaves messages that read back as they were answered', async () => {
    const { json } = await post([FULL_EMAIL, SMS]);
    const { warnings, ...message } = json.results[0].message;
    const { json: read } = await service.request('GET', `/api/messages/${message.id}/`);
    expect(read).toMatchObject({ ...message, created_at: expect.any(String), updated_at: expect.any(String) });
    expect(read.events).toMatchObject([{ type: 'accepted', channel: 'email', actor: expect.stringMatching(/^key:/) }]);
  });

  test('keeps the attachments of each message', async () => {
    const { json } = await post([FULL_EMAIL, EMAIL, FULL_EMAIL]);
    const ids = idsOf(json.results);
    const rows = await service.db.selectFrom('attachments').select('message_id').orderBy('message_id').execute();
    expect(rows.map(({ message_id }) => message_id).filter((id) => ids.includes(id))).toEqual([ids[0], ids[2]]);
  });

  test('starts a workflow for each message', async () => {
    const { json } = await post([EMAIL, SMS]);
    const isStarted = async () => (await rowsOf(json.batch.id)).every(({ dispatched_at }) => dispatched_at !== null);
    await expect.poll(isStarted, { timeout: 10_000 }).toBe(true);
  });

  test('is found by its id in the list of messages', async () => {
    const { json } = await post([EMAIL, SMS]);
    const { json: list } = await service.request('GET', `/api/messages/?batch_id=${json.batch.id}`);
    expect(list.results.map(({ id }: { id: string }) => id)).toEqual(idsOf(json.results).reverse());
  });

  test('uses a template that is looked up once', async () => {
    await service.request('POST', '/api/templates/', { body: TEMPLATE });
    const message = (name: unknown) => ({
      ...{ recipient: EMAIL.recipient, channel: 'email', template_id: TEMPLATE.name, variables: { name } },
    });
    const { json } = await post([message('Ada'), message('Grace'), message(7)]);
    expect(json.results.map((result: { message?: { content: string } }) => result.message?.content)).toEqual([
      'Hello Ada',
      'Hello Grace',
      undefined,
    ]);
  });
});

describe('a message of a batch that cannot be accepted', () => {
  test.each<[string, unknown]>([
    ['has another channel', { ...EMAIL, channel: 'fax' }],
    ['has no content', { recipient: EMAIL.recipient, channel: 'email' }],
    [
      'has several faults',
      { ...EMAIL, recipient: { email: 'nobody' }, priority: 'soon', expires_at: '2000-01-01T00:00:00Z' },
    ],
    ['is for nobody known', { ...EMAIL, recipient: 'nobody-at-all' }],
    ['has no address for its channel', { ...EMAIL, channel: 'sms' }],
    ['uses no template', { ...EMAIL, content: undefined, template_id: 'none' }],
    ['has a NUL', { ...EMAIL, content: 'a\0b' }],
    ['is null', null],
    ['is a list', []],
    ['is a text', 'message'],
  ])('because it %s gets the problem that a POST would give, and stops no other', async (_what, item) => {
    const { json: problem } = await service.send(item);
    const { status, json } = await post([EMAIL, item, SMS]);
    expect([status, json.results]).toEqual([
      200,
      [{ message: expect.anything() }, { error: problem }, { message: expect.anything() }],
    ]);
    expect(await rowsOf(json.batch.id)).toHaveLength(2);
  });

  test('because its template is inactive gets a conflict', async () => {
    const name = 'asleep';
    await service.request('POST', '/api/templates/', { body: { ...TEMPLATE, name, is_active: false } });
    const item = { recipient: EMAIL.recipient, channel: 'email', template_id: name, variables: { name: 'Ada' } };
    const { json } = await post([item]);
    expect(json.results[0].error).toMatchObject({ status: 409, code: 'template_inactive' });
  });

  test('leaves a batch of which nothing was accepted', async () => {
    const { status, json } = await post([{}]);
    expect([status, json.batch.accepted, json.batch.rejected]).toEqual([200, 0, 1]);
  });
});

describe('a request that is no batch is refused', () => {
  test.each<[string, unknown, string]>([
    ['nothing in it', { messages: [] }, '/messages too_few'],
    ['an empty list', [], ' too_few'],
    ['more than a thousand', { messages: Array.from({ length: 1001 }, () => EMAIL) }, '/messages too_many'],
    ['more than a thousand in a list', Array.from({ length: 1001 }, () => EMAIL), ' too_many'],
    ['no list', { messages: EMAIL }, '/messages wrong_type'],
    ['no messages', {}, '/messages required'],
    ['one message', EMAIL, '/messages required'],
    ['a text', 'messages', ' wrong_type'],
    ['null', null, ' wrong_type'],
    ['another field', { messages: [EMAIL], when: 'now' }, '/when unknown_field'],
  ])('with %s', async (_what, body, fault) => {
    expect(await refusalOf(body)).toEqual(expect.arrayContaining([400, fault]));
  });

  test('as a whole where one message is nested too deeply to be kept', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const raw = `{"messages":[${JSON.stringify(EMAIL)},{"variables":{"a":${deep}}}]}`;
    const { status, json } = await service.request('POST', URL, { raw, headers: { 'idempotency-key': 'deep' } });
    expect([status, json.errors[0].code, json.errors[0].pointer.startsWith('/messages/1/variables/a')]).toEqual([
      400,
      'nested_too_deeply',
      true,
    ]);
  });

  test('where it is larger than the service takes', async () => {
    const messages = Array.from({ length: 200 }, () => ({ ...EMAIL, content: 'x'.repeat(100_000) }));
    expect((await post(messages)).status).toBe(413);
  });
});

test('no JSON in a batch is a fault of the service', async () => {
  const anything = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 });
  const spoilt = fc
    .dictionary(fc.constantFrom(...Object.keys(FULL_EMAIL)), anything, { maxKeys: 3 })
    .map((wrong) => ({ ...FULL_EMAIL, ...wrong }));
  const items = fc.array(fc.oneof(anything, spoilt), { maxLength: 4 });
  const bodies = fc.oneof(anything, items, fc.record({ messages: fc.oneof(anything, items) }));
  const check = fc.asyncProperty(bodies, async (body) => {
    const { status, text } = await post(body);
    if (status >= 500) throw new Error(`${status} ${text}`);
  });
  await fc.assert(check, { numRuns: 80 });
});

describe('people of a batch', () => {
  const recipientsOf = async (messages: unknown[]) => {
    const { json } = await post(messages);
    return json.results.map((result: { message: { recipient: string } }) => result.message.recipient);
  };

  test('who are new are stored once however often they come', async () => {
    const [first, other, again] = await recipientsOf([
      emailTo('twice@example.com'),
      emailTo('once@example.com'),
      emailTo('twice@example.com'),
    ]);
    expect([again === first, other === first]).toEqual([true, false]);
  });

  test('who are described in several ways are one', async () => {
    const person = { external_id: 'several-ways', name: 'Ada', email: 'ways@example.com', phone: '+447911123499' };
    const [full, ...others] = await recipientsOf([
      { ...EMAIL, recipient: person },
      emailTo('ways@example.com'),
      { ...EMAIL, recipient: { external_id: 'several-ways', email: 'new-ways@example.com' } },
    ]);
    expect(new Set(others)).toEqual(new Set([full]));
    const { json } = await service.request('GET', `/api/recipients/${full}/`);
    expect(json).toMatchObject({ name: 'Ada', email: 'new-ways@example.com', phone: '+447911123499' });
  });

  test('get the external id that comes after their address', async () => {
    const [first, second] = await recipientsOf([
      emailTo('adopted@example.com'),
      { ...EMAIL, recipient: { external_id: 'adopted', email: 'adopted@example.com' } },
    ]);
    expect(second).toBe(first);
    expect((await service.request('GET', `/api/recipients/${first}/`)).json.external_id).toBe('adopted');
  });

  test('with different external ids are different people, whatever they share', async () => {
    const shared = { email: 'office@example.com' };
    const ids = await recipientsOf(
      ['office-1', 'office-2'].map((external_id) => ({ ...EMAIL, recipient: { external_id, ...shared } })),
    );
    expect(new Set(ids).size).toBe(2);
  });

  test('who are known already are found by all that is known of them', async () => {
    const email = 'known@example.com';
    const { json: known } = await service.request('POST', '/api/recipients/', {
      body: { external_id: 'known', email, phone: '+447911123488' },
    });
    const ids = await recipientsOf([
      { ...EMAIL, recipient: known.id },
      { ...EMAIL, recipient: 'known' },
      { ...EMAIL, recipient: known.id.toUpperCase() },
      emailTo(email),
      { ...EMAIL, recipient: { phone: '+447911123488', email } },
      { ...SMS, recipient: { phone: '+447911123488' } },
    ]);
    expect(new Set(ids)).toEqual(new Set([known.id]));
  });

  test('of whom something new is told are changed, which is in the audit log once', async () => {
    const [id] = await recipientsOf([emailTo('named@example.com')]);
    const named = { ...EMAIL, recipient: { email: 'named@example.com', name: 'Ada' } };
    await recipientsOf([named, named]);
    const audit = await service.db.selectFrom('audit_log').select('action').where('resource_id', '=', id).execute();
    expect(audit).toEqual([{ action: 'recipient.saved' }, { action: 'recipient.saved' }]);
    expect((await service.request('GET', `/api/recipients/${id}/`)).json.name).toBe('Ada');
  });

  test('who have opted out are not written to', async () => {
    const email = 'out@example.com';
    await service.request('POST', '/api/recipients/', { body: { email, opt_outs: [{ channel: 'email' }] } });
    const { json } = await post([emailTo(email)]);
    expect(json.results[0].error.errors[0].code).toBe('opted_out');
  });
});

describe('a batch with an idempotency key', () => {
  const once = (key: string, body: unknown) => post(body, { headers: { 'idempotency-key': key } });

  test('is accepted once, and answered twice', async () => {
    const body = [EMAIL, {}, SMS];
    const [first, second] = [await once('batch', body), await once('batch', body)];
    expect(second.json).toEqual(first.json);
    expect([second.headers['idempotency-replayed'], (await rowsOf(first.json.batch.id)).length]).toEqual(['true', 2]);
  });

  test('is refused where the key came with another', async () => {
    await once('other', [EMAIL]);
    expect((await once('other', [SMS])).status).toBe(422);
  });

  test('is not answered again once one of its messages has been deleted', async () => {
    const { json } = await once('deleted', [EMAIL, SMS]);
    await service.request('DELETE', `/api/messages/${json.results[0].message.id}/`);
    expect((await once('deleted', [EMAIL, SMS])).json.code).toBe('resource_deleted');
  });

  test('is not answered again once one of its recipients has been erased', async () => {
    const body = [emailTo('erased@example.com'), SMS];
    const { json } = await once('erased', body);
    await service.request('DELETE', `/api/recipients/${json.results[0].message.recipient}/`);
    expect((await once('erased', body)).json.code).toBe('resource_deleted');
  });
});
