import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertEvent } from '../../src/db/message-events.ts';
import { runBulkActionStep } from '../../src/service/run-bulk-action.ts';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, EVERYWHERE, NO_ID, SMS } from './bodies.ts';
import { STATES, type State, setMessage } from './states.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const URL = '/api/bulk-actions/';
const post = async (body: object, headers: Record<string, string> = {}) =>
  await service.request('POST', URL, { body, headers });

/** Messages that carry a label of their own, by which the tests tell theirs from those of others. */
async function storeMessages(label: string, states: readonly State[], body: object = EMAIL): Promise<string[]> {
  return await Promise.all(
    states.map(async (state) => {
      const id = await service.sent({ ...body, recipient: EVERYWHERE, metadata: { label } });
      await setMessage(service.db, id, STATES[state]);
      return id;
    }),
  );
}
const labelled = (label: string) => ({ 'metadata.label': label });
/** Does what the workflow does, without any worker. */
async function finish(id: string): Promise<void> {
  for (;;) {
    const { status } = await runBulkActionStep(service.context, id, () => undefined);
    if (status === 'completed' || status === 'stopped') return;
  }
}
const read = async (id: string) => (await service.request('GET', `${URL}${id}/`)).json;

describe('what is accepted', () => {
  test('is shown with what its filter has found', async () => {
    await storeMessages('shown', ['failed', 'failed', 'sent']);
    const filter = { ...labelled('shown'), status: 'failed', created_after: '2020-01-01T00:00:00Z' };
    const { status, json, headers } = await post({ action: 'retry', filter });
    expect(status).toBe(202);
    expect(headers.location).toBe(`${URL}${json.id}/`);
    expect(json).toMatchObject({
      ...{ action: 'retry', channel: null, status: 'running', matched: 2, done: 0, refused: {} },
      filter: { ...filter, created_after: '2020-01-01T00:00:00.000Z' },
      ...{ actor: expect.stringMatching(/^key:/), workflow_id: `bulk-action-${json.id}`, finished_at: null },
    });
  });

  test('is about those messages only that were there when it began', async () => {
    await storeMessages('there', ['failed']);
    const { json } = await post({ action: 'retry', filter: labelled('there') });
    await storeMessages('there', ['failed']);
    await finish(json.id);
    expect(await read(json.id)).toMatchObject({ status: 'completed', matched: 1, done: 1 });
  });

  test('shows the recipient by their id, whatever they were named by', async () => {
    await service.sent({ ...EMAIL, recipient: { external_id: 'ada-7', email: 'ada7@example.com' } });
    const { json } = await post({ action: 'cancel', filter: { recipient: 'ada-7' } });
    expect([json.matched, json.filter.recipient]).toEqual([1, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  test('may find nothing', async () => {
    const { json } = await post({ action: 'cancel', filter: { recipient: 'nobody' } });
    await finish(json.id);
    expect(await read(json.id)).toMatchObject({ status: 'completed', matched: 0, done: 0 });
  });

  test('is started in Temporal', async () => {
    const { json } = await post({ action: 'retry', filter: labelled('nothing') });
    const rows = service.db.selectFrom('bulk_actions').select('dispatched_at').where('id', '=', json.id);
    await expect.poll(async () => (await rows.executeTakeFirstOrThrow()).dispatched_at).toBeInstanceOf(Date);
  });

  test('is made once for each Idempotency-Key', async () => {
    const body = { action: 'retry', filter: labelled('once') };
    const [first, second] = [
      await post(body, { 'idempotency-key': 'b1' }),
      await post(body, { 'idempotency-key': 'b1' }),
    ];
    expect([second.status, second.json.id]).toEqual([202, first.json.id]);
  });
});

describe('a dry run', () => {
  test('counts what the filter finds, and stores nothing', async () => {
    await storeMessages('dry', ['failed', 'sent', 'sent']);
    const before = (await service.request('GET', URL)).json.results.length;
    const { status, json } = await post({ action: 'retry', filter: labelled('dry'), dry_run: true });
    expect([status, json]).toEqual([200, { matched: 3 }]);
    expect((await service.request('GET', URL)).json.results).toHaveLength(before);
  });

  test('finds the faults that the action would be refused for', async () => {
    const { status, json } = await post({ action: 'resolve', filter: labelled('dry'), dry_run: true });
    expect([status, json.errors[0].pointer]).toEqual([400, '/note']);
  });
});

test.each<[object, string, string]>([
  [{ filter: { status: 'failed' } }, '/action', 'required'],
  [{ action: 'delete', filter: { status: 'failed' } }, '/action', 'unknown_value'],
  [{ action: 'retry' }, '/filter', 'required'],
  [{ action: 'retry', filter: {} }, '/filter', 'invalid'],
  [{ action: 'retry', filter: { status: 'lost' } }, '/filter/status', 'unknown_value'],
  [{ action: 'retry', filter: { colour: 'red' } }, '/filter/colour', 'unknown_field'],
  [{ action: 'retry', filter: { cursor: 'x', status: 'sent' } }, '/filter/cursor', 'unknown_field'],
  [{ action: 'retry', filter: { created_after: 'today' } }, '/filter/created_after', 'invalid_format'],
  [{ action: 'retry', filter: { 'metadata.order': 7 } }, '/filter/metadata.order', 'wrong_type'],
  [{ action: 'switch_channel', filter: { status: 'failed' } }, '/channel', 'required'],
  [{ action: 'retry', channel: 'sms', filter: { status: 'failed' } }, '/channel', 'not_for_action'],
  [{ action: 'resolve', filter: { status: 'failed' } }, '/note', 'required'],
  [{ action: 'cancel', note: 'x', filter: { status: 'failed' } }, '/note', 'not_for_action'],
  [{ action: 'retry', filter: { status: 'failed' }, dry_run: 'yes' }, '/dry_run', 'wrong_type'],
])('%j is refused', async (body, pointer, code) => {
  const { status, json } = await post(body);
  expect([status, json.errors[0].pointer, json.errors[0].code]).toEqual([400, pointer, code]);
});

describe('what becomes of the messages', () => {
  test('each is done like one of its own, and refusals are counted by their code', async () => {
    const states: State[] = ['failed', 'failed and waiting for an operator', 'sent', 'expired', 'due now'];
    const [, , sent, expired, due] = await storeMessages('mixed', states);
    const { json } = await post({ action: 'retry', filter: labelled('mixed') });
    await finish(json.id);
    const { refusals, ...action } = await read(json.id);
    const refused = { already_sent: 1, expired: 1, sending: 1 };
    expect(action).toMatchObject({ status: 'completed', matched: 5, done: 2, refused });
    expect(action.finished_at).not.toBeNull();
    expect(refusals).toEqual(
      expect.arrayContaining([
        { message: sent, code: 'already_sent' },
        { message: expired, code: 'expired' },
        { message: due, code: 'sending' },
      ]),
    );
  });

  test('a channel on which somebody has no address is a refusal of their message', async () => {
    const id = await service.sent({ ...EMAIL, metadata: { label: 'no-address' } });
    const [reachable] = await storeMessages('no-address', ['failed']);
    const { json } = await post({ action: 'switch_channel', channel: 'sms', filter: labelled('no-address') });
    await finish(json.id);
    expect(await read(json.id)).toMatchObject({ done: 1, refusals: [{ message: id, code: 'no_address' }] });
    expect(await actionsOf(reachable as string)).toEqual(['message.switch_channel']);
  });

  test('a message that has been deleted meanwhile is a refusal', async () => {
    const [id] = await storeMessages('deleted', ['failed', 'failed']);
    const { json } = await post({ action: 'retry', filter: labelled('deleted') });
    await service.request('DELETE', `/api/messages/${id}/`);
    await finish(json.id);
    expect(await read(json.id)).toMatchObject({ done: 1, refusals: [{ message: id, code: 'not_found' }] });
  });

  test('the note is written on each of them, and on nothing else', async () => {
    const [id] = await storeMessages('noted', ['failed and waiting for an operator']);
    const { json, text } = await post({ action: 'resolve', note: 'Called Mrs Lovelace.', filter: labelled('noted') });
    await finish(json.id);
    const { events } = (await service.request('GET', `/api/messages/${id}/`)).json;
    expect(events.at(-1)).toMatchObject({ type: 'note', detail: 'Called Mrs Lovelace.' });
    const row = service.db.selectFrom('bulk_actions').selectAll().where('id', '=', json.id).executeTakeFirstOrThrow();
    expect((await row).note_sealed).toBeNull();
    expect(text + JSON.stringify(await read(json.id))).not.toContain('Lovelace');
  });

  test('the audit log tells of the bulk action once, and of each message with both who asked and by which of them', async () => {
    const [id] = await storeMessages('audited', ['failed']);
    const { json } = await post({ action: 'retry', filter: labelled('audited') });
    await finish(json.id);
    const audit = async (resource: string) =>
      (await service.request('GET', `/api/audit/?resource_id=${resource}`)).json.results;
    expect(await audit(json.id)).toEqual([
      expect.objectContaining({
        action: 'bulk_action.started',
        actor: json.actor,
        detail: { action: 'retry', matched: 1 },
      }),
    ]);
    expect(await audit(id as string)).toEqual([
      expect.objectContaining({ action: 'message.retry', actor: `${json.actor} via bulk-action:${json.id}` }),
    ]);
  });

  test('what a worker told a workflow before it died counts as done, although it kept nothing of that', async () => {
    const [messageId = ''] = await storeMessages('told', ['failed']);
    const { json } = await post({ action: 'retry', filter: labelled('told') });
    const actor = `${json.actor} via bulk-action:${json.id}`;
    await insertEvent(service.db, messageId, { type: 'retry', channel: 'email', detail: null, actor });
    await setMessage(service.db, messageId, STATES.sent);
    await finish(json.id);
    expect(await read(json.id)).toMatchObject({ status: 'completed', done: 1 });
    const { json: audit } = await service.request('GET', `/api/audit/?resource_id=${messageId}&action=message.retry`);
    expect(audit.results).toMatchObject([{ actor }]);
  });

  test('more than one step takes them all', async () => {
    await storeMessages(
      'many',
      Array.from({ length: 60 }, () => 'failed' as const),
    );
    const { json } = await post({ action: 'retry', filter: labelled('many') });
    const first = await runBulkActionStep(service.context, json.id, () => undefined);
    expect(first).toMatchObject({ status: 'running', matched: 60, done: 50 });
    await finish(json.id);
    expect(await read(json.id)).toMatchObject({ status: 'completed', done: 60 });
  });

  test('two workers that do the same step at the same moment do each message once', async () => {
    const ids = await storeMessages(
      'twice',
      Array.from({ length: 10 }, () => 'failed' as const),
    );
    const { json } = await post({ action: 'retry', filter: labelled('twice') });
    const step = () => runBulkActionStep(service.context, json.id, () => undefined);
    await Promise.all([step(), step()]);
    await finish(json.id);
    expect(await Promise.all(ids.map(actionsOf))).toEqual(ids.map(() => ['message.retry']));
    expect(await read(json.id)).toMatchObject({ status: 'completed', done: 10, refused: {} });
  });
});

describe('a stop', () => {
  const stop = async (id: string) => await service.request('POST', `${URL}${id}/stop/`);

  test('keeps what has been done, and leaves the rest alone', async () => {
    const ids = await storeMessages(
      'stopped',
      Array.from({ length: 60 }, () => 'failed' as const),
    );
    const { json } = await post({ action: 'retry', filter: labelled('stopped') });
    await runBulkActionStep(service.context, json.id, () => undefined);
    const { status, json: stopping } = await stop(json.id);
    expect([status, stopping.status]).toEqual([202, 'stopping']);
    await finish(json.id);
    expect(await read(json.id)).toMatchObject({ status: 'stopped', matched: 60, done: 50 });
    const done = (await Promise.all(ids.map(actionsOf))).filter((actions) => actions.length > 0);
    expect(done).toHaveLength(50);
  });

  test('is harmless twice, and in the audit log once', async () => {
    await storeMessages('stopped-twice', ['failed']);
    const { json } = await post({ action: 'retry', filter: labelled('stopped-twice') });
    expect([(await stop(json.id)).status, (await stop(json.id)).status]).toEqual([202, 202]);
    expect(await actionsOf(json.id)).toEqual(['bulk_action.started', 'bulk_action.stopped']);
  });

  test('comes too late where all has been done', async () => {
    const { json } = await post({ action: 'retry', filter: labelled('nothing') });
    await finish(json.id);
    const { status, json: problem } = await stop(json.id);
    expect([status, problem.code]).toEqual([409, 'already_finished']);
  });

  test('of what is not there is a 404', async () => {
    expect((await stop(NO_ID)).status).toBe(404);
  });
});

test('one that is not there is a 404', async () => {
  expect((await service.request('GET', `${URL}${NO_ID}/`)).status).toBe(404);
});

test('the list has the newest first, page by page', async () => {
  const { json } = await post({ action: 'retry', filter: labelled('last') });
  const page = (await service.request('GET', `${URL}?limit=1`)).json;
  expect([page.results.map(({ id }: { id: string }) => id), page.previous]).toEqual([[json.id], null]);
  const next = (await service.request('GET', page.next)).json;
  expect(next.results[0].id < json.id).toBe(true);
});

test('no table has the filter of a bulk action or the note in clear', async () => {
  const filter = { ...labelled('lovelace-street'), status: 'failed' };
  const { json } = await post({ action: 'resolve', note: 'Called Mrs Lovelace.', filter });
  const row = service.db.selectFrom('bulk_actions').selectAll().where('id', '=', json.id).executeTakeFirstOrThrow();
  const { filter_sealed, note_sealed, ...clear } = await row;
  expect(Buffer.concat([filter_sealed, note_sealed as Buffer]).toString('latin1')).not.toMatch(/lovelace/i);
  expect(JSON.stringify(clear)).not.toMatch(/lovelace/i);
});

test('messages on a channel with one error code are found, whatever else there is', async () => {
  const failed = await service.sent({ ...SMS, metadata: { label: 'codes' } });
  const other = await service.sent({ ...SMS, metadata: { label: 'codes' } });
  await setMessage(service.db, failed, { status: 'failed', error_code: 'twilio_30003', waiting_for: 'operator' });
  await setMessage(service.db, other, { status: 'failed', error_code: 'twilio_30006', waiting_for: 'operator' });
  const filter = { channel: 'sms', error_code: 'twilio_30003', created_after: '2020-01-01T00:00:00Z' };
  const { json } = await post({ action: 'retry', filter });
  await finish(json.id);
  expect([await actionsOf(failed), await actionsOf(other)]).toEqual([['message.retry'], []]);
});

async function actionsOf(id: string): Promise<string[]> {
  const rows = service.db.selectFrom('audit_log').select('action').where('resource_id', '=', id).orderBy('id');
  return (await rows.execute()).map(({ action }) => action);
}
