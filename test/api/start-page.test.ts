import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService } from '../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.close());

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

describe.each(['/', '/api/', '/api'])('%s', (url) => {
  it('is a page for a browser, which leads to the reference', async () => {
    const { status, text, headers } = await service.request('GET', url, { key: null, headers: BROWSER });
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('text/html');
    expect(text).toContain('<a href="/api/docs/">');
  });

  it.each([{}, { accept: '*/*' }, { accept: 'application/json' }])(
    'is JSON for a program that sends %j',
    async (headers) => {
      const { status, json } = await service.request('GET', url, { key: null, headers });
      expect(status).toBe(200);
      expect(json).toMatchObject({ documentation: '/api/docs/', openapi: '/api/openapi.json' });
    },
  );
});

it('names only places that somebody without a key can see, but for the messages', async () => {
  const { json } = await service.request('GET', '/', { key: null });
  const { name, messages, ...open } = json;
  for (const path of Object.values(open)) {
    const { status } = await service.request('GET', String(path), { key: null });
    expect({ path, status }).toEqual({ path, status: 200 });
  }
});

it('runs nothing and loads nothing', async () => {
  const { headers } = await service.request('GET', '/', { key: null, headers: BROWSER });
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
});
