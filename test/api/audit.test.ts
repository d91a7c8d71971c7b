import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertAuditEntry } from '../../src/db/audit-log.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
const message = uuidv7();

beforeAll(async () => {
  service = await startService();
  await service.db.deleteFrom('audit_log').execute();
  for (const [index, action] of ['cancelled', 'retried', 'deleted'].entries()) {
    const entry = { actor: `person ${index}`, action: `message.${action}`, resourceType: 'message' };
    await insertAuditEntry(service.db, { ...entry, resourceId: message, detail: { count: index } });
    const at = new Date(Date.UTC(2026, 0, index + 1));
    await service.db.updateTable('audit_log').set({ at }).where('actor', '=', entry.actor).execute();
  }
});
afterAll(() => service.close());

const list = async (query: string) => await service.request('GET', `/api/audit/${query}`);
const actions = async (query: string) =>
  (await list(query)).json.results.map(({ action }: { action: string }) => action);

test('an entry says who did what to which resource, and when', async () => {
  expect((await list('?limit=1')).json.results).toEqual([
    {
      ...{ id: expect.any(String), at: '2026-01-03T00:00:00.000Z', actor: 'person 2', action: 'message.deleted' },
      ...{ resource_type: 'message', resource_id: message, detail: { count: 2 } },
    },
  ]);
});

test.each([
  ['no filter', '', ['message.deleted', 'message.retried', 'message.cancelled']],
  ['an actor', '?actor=person%201', ['message.retried']],
  ['an action', '?action=message.cancelled', ['message.cancelled']],
  ['a type of resource', '?resource_type=template', []],
  ['a resource', `?resource_id=${uuidv7()}`, []],
  ['a moment from which on', '?after=2026-01-02T00:00:00Z', ['message.deleted', 'message.retried']],
  ['a moment before which', '?before=2026-01-02T00:00:00Z', ['message.cancelled']],
])('the list with %s has the entries that match, the newest first', async (_what, query, expected) => {
  expect(await actions(query)).toEqual(expected);
});

test('the pages of the list go forwards and backwards', async () => {
  const { json } = await list('?limit=2');
  const second = await service.request('GET', json.next);
  const first = await service.request('GET', second.json.previous);
  expect([second.json.results.length, first.json.results]).toEqual([1, json.results]);
});

test.each([
  ['an unknown filter', '?who=ada', '/who unknown_field'],
  ['a resource that is no id', '?resource_id=7', '/resource_id invalid_format'],
  ['a day instead of a moment', '?after=2026-01-02', '/after invalid_format'],
  ['a cursor of somebody’s own', '?cursor=7', '/cursor invalid_cursor'],
])('%s is refused', async (_what, query, fault) => {
  const { status, json } = await list(query);
  expect([status, `${json.errors[0].pointer} ${json.errors[0].code}`]).toEqual([400, fault]);
});
