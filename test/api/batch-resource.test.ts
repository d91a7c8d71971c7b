import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDispatcher } from '../../src/service/dispatcher.ts';
import { createGateway } from '../../src/temporal/gateway.ts';
import { quietPort } from '../support/quiet-port.ts';
import { type Service, startService } from '../support/service.ts';
import { signalsOf } from '../support/signals-of.ts';
import { EMAIL, EVERYWHERE, NO_ID } from './bodies.ts';
import { STATES, type State, setMessage } from './states.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const MESSAGE = { ...EMAIL, recipient: EVERYWHERE };

/** A batch with a message in each of these states. */
async function batchOf(on: Service, states: readonly State[]): Promise<{ id: string; messageIds: string[] }> {
  const { json } = await on.request('POST', '/api/messages/batch/', { body: states.map(() => MESSAGE) });
  const messageIds: string[] = json.results.map((result: { message: { id: string } }) => result.message.id);
  for (const [index, state] of states.entries()) await setMessage(on.db, messageIds[index] ?? '', STATES[state]);
  return { id: json.batch.id, messageIds };
}
const cancel = (id: string, on = service) => on.request('POST', `/api/batches/${id}/cancel/`);
const rowsOf = async (batchId: string, on = service) =>
  await on.db.selectFrom('messages').selectAll().where('batch_id', '=', batchId).orderBy('id').execute();
const isTold = async (batchId: string, on = service) =>
  (await rowsOf(batchId, on)).every(({ cancel_unsignalled_since }) => cancel_unsignalled_since === null);

describe('a batch that is read', () => {
  test('counts its messages by what has become of them', async () => {
    const { id, messageIds } = await batchOf(service, ['due now', 'failed', 'failed', 'sent', 'sent', 'sent']);
    await setMessage(service.db, messageIds[2] ?? '', { error_code: 'cancelled' });
    await setMessage(service.db, messageIds[3] ?? '', { delivery_status: 'delivered' });
    await setMessage(service.db, messageIds[4] ?? '', { delivery_status: 'bounced' });
    const { status, json } = await service.request('GET', `/api/batches/${id}/`);
    expect([status, json.size, json.accepted, json.counts]).toEqual([
      ...[200, 6, 6],
      {
        ...{ pending: 1, sent: 3, failed: 2, cancelled: 1 },
        ...{ accepted: 0, delivered: 1, read: 0, undelivered: 0, bounced: 1, complained: 0 },
      },
    ]);
  });

  test('still counts a message that has been deleted', async () => {
    const { id, messageIds } = await batchOf(service, ['sent', 'sent']);
    await service.request('DELETE', `/api/messages/${messageIds[0]}/`);
    expect((await service.request('GET', `/api/batches/${id}/`)).json.counts.sent).toBe(2);
  });

  test('is a 404 where there is none', async () => {
    expect((await service.request('GET', `/api/batches/${NO_ID}/`)).status).toBe(404);
  });
});

describe('the list of batches', () => {
  test('shows the newest first, page by page', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.unshift((await batchOf(service, ['sent'])).id);
    const { json: first } = await service.request('GET', '/api/batches/?limit=2');
    const { json: second } = await service.request('GET', first.next);
    const found = [...first.results, ...second.results].map(({ id }: { id: string }) => id);
    expect(found.slice(0, 3)).toEqual(ids);
    const { json: back } = await service.request('GET', second.previous);
    expect(back.results).toEqual(first.results);
  });

  test.each(['cursor=x', 'limit=0', 'status=sent'])('refuses %s', async (query) => {
    expect((await service.request('GET', `/api/batches/?${query}`)).status).toBe(400);
  });
});

describe('a batch that is cancelled', () => {
  test('has no message left that could still be sent, and none that has ended is touched', async () => {
    const states = ['due now', 'waiting for its schedule', 'waiting for a retry', 'sent', 'failed'] as const;
    const { id } = await batchOf(service, states);
    const { status, json } = await cancel(id);
    expect([status, json]).toEqual([202, { id, action: 'cancel', messages: 3 }]);
    const marks = (await rowsOf(id)).map(({ cancel_requested_at }) => cancel_requested_at !== null);
    expect(marks).toEqual([true, true, true, false, false]);
  });

  test('says since when', async () => {
    const { id } = await batchOf(service, ['due now']);
    await cancel(id);
    const { json } = await service.request('GET', `/api/batches/${id}/`);
    expect(json.cancel_requested_at).toEqual(expect.any(String));
  });

  test('leaves other messages alone', async () => {
    const other = await service.sent(MESSAGE);
    await cancel((await batchOf(service, ['due now'])).id);
    const query = service.db.selectFrom('messages').select('cancel_requested_at').where('id', '=', other);
    expect((await query.executeTakeFirstOrThrow()).cancel_requested_at).toBeNull();
  });

  test('tells each workflow who asked', async () => {
    const { id, messageIds } = await batchOf(service, ['waiting for its schedule', 'due now']);
    await cancel(id);
    await expect.poll(() => isTold(id), { timeout: 10_000 }).toBe(true);
    const signals = await Promise.all(messageIds.map((messageId) => signalsOf(service, messageId)));
    const signal = ['cancel', { actor: expect.stringMatching(/^key:/) }];
    expect(signals).toEqual([[signal], [signal]]);
  });

  test('can be cancelled again while something is pending, which changes nothing', async () => {
    const { id } = await batchOf(service, ['due now']);
    await cancel(id);
    const [before] = await rowsOf(id);
    expect((await cancel(id)).status).toBe(202);
    const [after] = await rowsOf(id);
    expect(after?.cancel_requested_at).toEqual(before?.cancel_requested_at);
  });

  test('is a conflict where nothing is pending, and not in the audit log', async () => {
    const { id } = await batchOf(service, ['sent', 'failed']);
    const { status, json } = await cancel(id);
    const audit = await service.db.selectFrom('audit_log').select('id').where('resource_id', '=', id).execute();
    expect([status, json.code, audit]).toEqual([409, 'nothing_pending', []]);
  });

  test('is in the audit log with the number of messages', async () => {
    const { id } = await batchOf(service, ['due now', 'due now']);
    await cancel(id);
    const query = service.db.selectFrom('audit_log').select(['action', 'detail']).where('resource_id', '=', id);
    expect(await query.execute()).toEqual([{ action: 'batch.cancel', detail: { messages: 2 } }]);
  });

  test('is answered the same under the same idempotency key', async () => {
    const { id } = await batchOf(service, ['due now']);
    const headers = { 'idempotency-key': 'cancel-batch' };
    const once = () => service.request('POST', `/api/batches/${id}/cancel/`, { headers });
    const first = await once();
    await sql`update messages set status = 'failed' where batch_id = ${id}`.execute(service.db);
    expect((await once()).json).toEqual(first.json);
  });

  test('is a 404 where there is none', async () => {
    expect((await cancel(NO_ID)).status).toBe(404);
  });
});

describe('while Temporal is away', () => {
  let away: Service;

  beforeAll(async () => {
    const address = `127.0.0.1:${await quietPort()}`;
    away = await startService({ temporal: { address, namespace: 'default', tls: false, apiKey: null } });
  });
  afterAll(() => away.close());

  test('a batch is cancelled all the same, and its workflows are told by a later sweep', async () => {
    const { id, messageIds } = await batchOf(away, ['waiting for its schedule', 'due now']);
    expect((await cancel(id, away)).status).toBe(202);
    expect(await isTold(id, away)).toBe(false);
    await sql`update messages set cancel_unsignalled_since = now() - interval '1 minute'`.execute(away.db);
    await sweepOn(service, away);
    expect(await isTold(id, away)).toBe(true);
    expect(await signalsOf(service, messageIds[0] ?? '')).toHaveLength(1);
  });

  test('nobody is told of a cancellation that an operator has called off, or of a message that has ended', async () => {
    const { id, messageIds } = await batchOf(away, ['due now', 'due now']);
    await cancel(id, away);
    await setMessage(away.db, messageIds[0] ?? '', { cancel_requested_at: null });
    await setMessage(away.db, messageIds[1] ?? '', { status: 'failed', error_code: 'cancelled' });
    await sql`update messages set cancel_unsignalled_since = now() - interval '1 minute'
      where cancel_unsignalled_since is not null`.execute(away.db);
    await sweepOn(service, away);
    expect(await isTold(id, away)).toBe(true);
    const query = away.db.selectFrom('messages').select('id').where('dispatched_at', 'is', null);
    expect((await query.execute()).map((row) => row.id)).toEqual(expect.arrayContaining(messageIds));
    await expect(signalsOf(service, messageIds[0] ?? '')).rejects.toThrow(/not found/i);
  });
});

/** A sweep over the messages of one service, with the Temporal of another. */
async function sweepOn(there: Service, of: Service): Promise<void> {
  const gateway = createGateway(there.temporal);
  const dispatcher = createDispatcher({ ...of.context, gateway });
  await dispatcher.sweep();
  await dispatcher.close();
  await gateway.close();
}
