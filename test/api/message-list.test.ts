import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL, EVERYWHERE, NO_ID, TEMPLATE } from './bodies.ts';
import { setMessage } from './states.ts';

let service: Service;
/** Ids of the messages that these tests look for, by what is special about them. */
const ids = { plain: '', sms: '', scheduled: '', templated: '', delivered: '', failed: '', tagged: '' };
let templateId: string;

beforeAll(async () => {
  service = await startService();
  const plain = { ...EMAIL, recipient: EVERYWHERE };
  const { json: template } = await service.request('POST', '/api/templates/', { body: TEMPLATE });
  templateId = template.id;
  ids.plain = await service.sent({ ...plain, recipient: { external_id: 'ada', ...EMAIL.recipient } });
  ids.sms = await service.sent({ ...plain, channel: 'sms', priority: 'high' });
  ids.scheduled = await service.sent({ ...plain, send_at: '2099-01-01T00:00:00Z' });
  const byTemplate = { content: undefined, template_id: 'welcome', variables: { name: 'Ada' } };
  ids.templated = await service.sent({ ...plain, ...byTemplate });
  ids.delivered = await service.sent(plain);
  ids.failed = await service.sent(plain);
  ids.tagged = await service.sent({ ...plain, metadata: { order: '7', 'a.b': 'c d&e' } });
  const sentAt = new Date('2026-03-01T12:00:00Z');
  await setMessage(service.db, ids.delivered, { status: 'sent', delivery_status: 'delivered', sent_at: sentAt });
  const failure = {
    ...{ error_code: 'smtp_5.1.1', created_at: new Date('2026-02-01T00:00:00Z') },
    failed_at: new Date('2026-02-01T10:00:00Z'),
  };
  await setMessage(service.db, ids.failed, { status: 'failed', ...failure });
});
afterAll(() => service.close());

const list = async (query: string) => await service.request('GET', `/api/messages/?${query}`);
const namesIn = async (query: string) => {
  const { json } = await list(query);
  const found: string[] = json.results.map(({ id }: { id: string }) => id);
  return Object.keys(ids).filter((name) => found.includes(ids[name as keyof typeof ids]));
};

test.each([
  ['status=sent', ['delivered']],
  ['status=failed', ['failed']],
  ['channel=sms', ['sms']],
  ['delivery_status=delivered', ['delivered']],
  ['waiting_for=schedule', ['scheduled']],
  ['recipient=ada', ['plain']],
  ['recipient=nobody', []],
  ['error_code=smtp_5.1.1', ['failed']],
  ['priority=high', ['sms']],
  ['created_before=2026-02-02T00:00:00Z', ['failed']],
  ['created_before=2026-02-01T00:00:00Z', []],
  ['created_after=2026-02-01T00:00:00Z&status=failed', ['failed']],
  ['created_after=2026-02-01T00:00:01Z&status=failed', []],
  ['sent_after=2026-03-01T13:00:00%2B01:00', ['delivered']],
  ['sent_before=2026-03-01T12:00:00Z', []],
  ['sent_before=2026-03-01T12:00:01Z', ['delivered']],
  ['failed_after=2026-02-01T10:00:00Z', ['failed']],
  ['failed_before=2026-02-01T10:00:00Z', []],
  ['metadata.order=7', ['tagged']],
  ['metadata.order=8', []],
  ['metadata.order=7&metadata.a.b=c%20d%26e', ['tagged']],
  ['metadata.order=7&metadata.a.b=x', []],
  ['channel=sms&status=sent', []],
])('%s finds %j', async (query, expected) => {
  expect(await namesIn(query)).toEqual(expected);
});

test('template_id finds the messages of a template', async () => {
  expect(await namesIn(`template_id=${templateId}`)).toEqual(['templated']);
});

test('recipient finds by id as well', async () => {
  const { json } = await service.request('GET', `/api/messages/${ids.plain}/`);
  expect(await namesIn(`recipient=${json.recipient}`)).toEqual(['plain']);
});

test('without a filter all are found, the newest first', async () => {
  const { json } = await list('');
  expect(json.results.map(({ id }: { id: string }) => id)).toEqual(Object.values(ids).reverse());
});

test('a list shows content and no attempts', async () => {
  const { json } = await list('recipient=ada');
  expect([json.results[0].content, 'attempts' in json.results[0]]).toEqual(['Hello', false]);
});

test.each([
  ['an unknown filter', 'color=red', '/color unknown_field'],
  ['a filter in another case', 'Status=sent', '/Status unknown_field'],
  ['an unknown status', 'status=lost', '/status unknown_value'],
  ['an empty status', 'status=', '/status unknown_value'],
  ['two statuses', 'status=sent&status=failed', '/status wrong_type'],
  ['an unknown channel', 'channel=fax', '/channel unknown_value'],
  ['an unknown delivery status', 'delivery_status=lost', '/delivery_status unknown_value'],
  ['an unknown wait', 'waiting_for=godot', '/waiting_for unknown_value'],
  ['an unknown priority', 'priority=urgent', '/priority unknown_value'],
  ['an empty recipient', 'recipient=', '/recipient too_short'],
  ['a template that is no id', 'template_id=welcome', '/template_id invalid_format'],
  ['an empty error code', 'error_code=', '/error_code too_short'],
  ['NUL in an error code', 'error_code=%00', '/error_code unsafe_text'],
  ['NUL in metadata', 'metadata.order=%00', '/metadata.order unsafe_text'],
  ['a time that is none', 'created_after=yesterday', '/created_after invalid_format'],
  ['a date without a time', 'created_before=2026-01-01', '/created_before invalid_format'],
  ['a time without a zone', 'sent_after=2026-01-01T00:00:00', '/sent_after invalid_format'],
  ['a day that does not exist', 'sent_before=2026-02-30T00:00:00Z', '/sent_before invalid_format'],
  ['metadata without a name', 'metadata.=7', '/metadata. unknown_field'],
  [
    'metadata with a name that is too long',
    `metadata.${'x'.repeat(41)}=7`,
    `/metadata.${'x'.repeat(41)} unknown_field`,
  ],
  ['no limit', 'limit=0', '/limit too_small'],
  ['a limit that is too large', 'limit=201', '/limit too_large'],
  ['a limit that is no number', 'limit=ten', '/limit wrong_type'],
  ['a limit between two numbers', 'limit=1.5', '/limit wrong_type'],
  ['an empty limit', 'limit=', '/limit wrong_type'],
  ['a cursor that is none', 'cursor=abc', '/cursor invalid_cursor'],
  ['an empty cursor', 'cursor=', '/cursor invalid_cursor'],
  ['a cursor that is too long', `cursor=${'a'.repeat(101)}`, '/cursor too_long'],
])('a list with %s is refused', async (_what, query, fault) => {
  const { status, json } = await list(query);
  const faults = json.errors.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`);
  expect([status, faults]).toEqual([400, [fault]]);
});

test('all faults of a list are reported at once', async () => {
  const { json } = await list('status=lost&limit=0&color=red');
  const pointers = json.errors.map(({ pointer }: { pointer: string }) => pointer);
  expect(pointers.sort()).toEqual(['/color', '/limit', '/status']);
});

test('a template that no message has finds nothing', async () => {
  expect(await namesIn(`template_id=${NO_ID}`)).toEqual([]);
});
