import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { EMAIL } from './bodies.ts';

let service: Service;
/** The newest first. */
let ids: string[];

beforeAll(async () => {
  service = await startService();
  ids = [];
  for (let count = 0; count < 7; count += 1) ids.unshift(await service.sent(numbered('seven')));
  await sql`update messages set created_at = '2026-01-01T00:00:00Z'`.execute(service.db);
});
afterAll(() => service.close());

const numbered = (batch: string) => ({ ...EMAIL, metadata: { batch } });
const page = async (url: string) => {
  const { json } = await service.request('GET', url);
  return {
    found: json.results.map(({ id }: { id: string }) => id) as string[],
    next: json.next as string | null,
    previous: json.previous as string | null,
  };
};
const allPages = async (first: string, direction: 'next' | 'previous') => {
  const pages = [await page(first)];
  for (let url = pages[0]?.[direction] ?? null; url !== null; url = pages.at(-1)?.[direction] ?? null) {
    pages.push(await page(url));
  }
  return pages;
};

test('pages of three show each of seven rows of one moment once, in order', async () => {
  const pages = await allPages('/api/messages/?metadata.batch=seven&limit=3', 'next');
  expect(pages.map(({ found }) => found)).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
});

test('the way back shows the same pages', async () => {
  const forwards = await allPages('/api/messages/?metadata.batch=seven&limit=3', 'next');
  const backwards = await allPages(forwards.at(-1)?.previous ?? '', 'previous');
  expect(backwards.map(({ found }) => found)).toEqual([ids.slice(3, 6), ids.slice(0, 3)]);
});

test('the first page has nothing before it and the last nothing after it', async () => {
  const pages = await allPages('/api/messages/?metadata.batch=seven&limit=3', 'next');
  expect([pages[0]?.previous, pages.at(-1)?.next]).toEqual([null, null]);
});

test('a page that holds exactly all rows has no next one', async () => {
  const { found, next } = await page('/api/messages/?metadata.batch=seven&limit=7');
  expect([found.length, next]).toEqual([7, null]);
});

test('the way back from the second page ends at the first', async () => {
  const second = await page((await page('/api/messages/?metadata.batch=seven&limit=3')).next ?? '');
  const first = await page(second.previous ?? '');
  expect([first.found, first.previous]).toEqual([ids.slice(0, 3), null]);
});

test('links keep filters and limit', async () => {
  const { next } = await page('/api/messages/?metadata.batch=seven&channel=email&limit=2');
  const query = new URLSearchParams(next?.split('?')[1]);
  expect([query.get('metadata.batch'), query.get('channel'), query.get('limit')]).toEqual(['seven', 'email', '2']);
});

test('a row that is added meanwhile moves no other row to another page', async () => {
  const batch = 'growing';
  const before: string[] = [];
  for (let count = 0; count < 7; count += 1) before.unshift(await service.sent(numbered(batch)));
  await sql`update messages set created_at = '2026-01-01T00:00:00Z' where metadata ->> 'batch' = ${batch}`.execute(
    service.db,
  );
  const first = await page(`/api/messages/?metadata.batch=${batch}&limit=3`);
  const added = await service.sent(numbered(batch));
  const rest = await allPages(first.next ?? '', 'next');
  expect([...first.found, ...rest.flatMap(({ found }) => found)]).toEqual(before);
  expect((await page(rest[0]?.previous ?? '')).found).toEqual(before.slice(0, 3));
  expect((await page(`/api/messages/?metadata.batch=${batch}&limit=1`)).found).toEqual([added]);
});

test('a page shows fifty rows where nothing is asked, and two hundred at most', async () => {
  const rows = Array.from({ length: 201 }, (_, index) => ({ external_id: `many-${index}` }));
  for (const body of rows) await service.request('POST', '/api/recipients/', { body });
  const lengths = [await page('/api/recipients/'), await page('/api/recipients/?limit=200')];
  expect(lengths.map(({ found }) => found.length)).toEqual([50, 200]);
});

test.each(['/api/recipients/', '/api/templates/', '/api/keys/'])('%s has pages as well', async (url) => {
  for (const name of ['a', 'b', 'c']) {
    await service.request('POST', '/api/recipients/', { body: { external_id: name } });
    await service.request('POST', '/api/templates/', { body: { name, channel: 'sms', content: 'x' } });
    await service.request('POST', '/api/keys/', { body: { name, scopes: ['audit:read'] } });
  }
  const first = await page(`${url}?limit=2`);
  const second = await page(first.next ?? '');
  const back = await page(second.previous ?? '');
  expect([first.found.length, back.found, first.found.some((id) => second.found.includes(id))]).toEqual([
    ...[2, first.found, false],
  ]);
});
