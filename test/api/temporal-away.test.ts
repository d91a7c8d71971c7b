import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDispatcher } from '../../src/service/dispatcher.ts';
import { createGateway } from '../../src/temporal/gateway.ts';
import { quietPort } from '../support/quiet-port.ts';
import { type Service, startService } from '../support/service.ts';
import { createTemporalNamespace } from '../support/temporal-namespace.ts';
import { EMAIL, EVERYWHERE } from './bodies.ts';
import { STATES, setMessage } from './states.ts';

let service: Service;

beforeAll(async () => {
  const address = `127.0.0.1:${await quietPort()}`;
  service = await startService({ temporal: { address, namespace: 'default', tls: false, apiKey: null } });
});
afterAll(() => service.close());

const rowOf = async (id: string) =>
  await service.db.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

test('a message is accepted and waits to be started', async () => {
  const id = await service.sent(EMAIL);
  expect((await rowOf(id)).dispatched_at).toBeNull();
});

test('many messages are accepted without waiting for Temporal', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => service.send(EMAIL)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
});

test('what was accepted is started by the next sweep once Temporal is back', async () => {
  const id = await service.sent(EMAIL);
  await service.db
    .updateTable('messages')
    .set({ created_at: new Date(Date.now() - 60_000) })
    .execute();
  const temporal = await createTemporalNamespace();
  const gateway = createGateway(temporal);
  const dispatcher = createDispatcher({ ...service.context, gateway });
  await dispatcher.sweep();
  await dispatcher.close();
  await gateway.close();
  expect((await rowOf(id)).dispatched_at).toBeInstanceOf(Date);
  expect(await workflowStatus(temporal, id)).toBe('RUNNING');
});

test('an action is answered with 503 and when to try again, and has not happened', async () => {
  const id = await service.sent({ ...EMAIL, recipient: EVERYWHERE });
  await setMessage(service.db, id, STATES['waiting for a retry']);
  const url = `/api/messages/${id}/cancel/`;
  const { status, json, headers } = await service.request('POST', url);
  const audit = await service.db.selectFrom('audit_log').select('id').where('resource_id', '=', id).execute();
  expect([status, json.code, headers['retry-after']]).toEqual([503, 'temporal_unavailable', '5']);
  expect([audit, (await rowOf(id)).cancel_requested_at]).toEqual([[], null]);
});

test('an action that was not passed on can be tried again with the same key', async () => {
  const id = await service.sent(EMAIL);
  const headers = { 'idempotency-key': 'again' };
  const statuses = [1, 2].map(async () => {
    const { status } = await service.request('POST', `/api/messages/${id}/cancel/`, { headers });
    return status;
  });
  expect((await Promise.all(statuses)).sort()).toEqual([409, 503]);
  expect((await service.request('POST', `/api/messages/${id}/cancel/`, { headers })).status).toBe(503);
});

test('messages are accepted while more operators wait than there are database connections', async () => {
  const ids = await Promise.all(Array.from({ length: 15 }, () => service.sent(EMAIL)));
  const actions = ids.map((id) => service.request('POST', `/api/messages/${id}/cancel/`));
  const { status } = await service.send(EMAIL);
  const statuses = (await Promise.all(actions)).map((action) => action.status);
  expect([status, new Set(statuses)]).toEqual([201, new Set([503])]);
});

test('a change is kept all the same', async () => {
  const id = await service.sent({ ...EMAIL, send_at: '2099-01-01T00:00:00Z' });
  const { status, json } = await service.request('PUT', `/api/messages/${id}/`, { body: { content: 'Goodbye' } });
  expect([status, json.content]).toEqual([200, 'Goodbye']);
});

test('a message is deleted all the same', async () => {
  const id = await service.sent(EMAIL);
  expect((await service.request('DELETE', `/api/messages/${id}/`)).status).toBe(204);
});

test('the service is ready, and its health says that Temporal is down', async () => {
  const ready = await service.request('GET', '/api/health/ready/');
  const { json } = await service.request('GET', '/api/health/');
  expect([ready.status, json.temporal.state, json.database.state]).toEqual([200, 'down', 'up']);
});

async function workflowStatus(temporal: Awaited<ReturnType<typeof createTemporalNamespace>>, messageId: string) {
  const { address, namespace } = temporal;
  const connection = await Connection.connect({ address });
  try {
    const { status } = await new Client({ connection, namespace }).workflow
      .getHandle(`message-${messageId}`)
      .describe();
    return status.name;
  } finally {
    await connection.close();
  }
}
