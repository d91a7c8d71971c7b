import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { BROWSER_START_LIMIT_MS, openPage, startBrowser } from './browser.ts';

// The page draws a hundred calls, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let service: Service;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  [service, browser] = await Promise.all([startService(), startBrowser()]);
  const url = await service.app.listen({ host: '127.0.0.1', port: 0 });
  page = await openPage(browser);
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${url}/api/docs/`);
}, BROWSER_START_LIMIT_MS);

afterAll(async () => {
  await browser?.close();
  await service?.close();
});

test('the API reference shows what can be called', async () => {
  await page.locator('.opblock-summary-path', { hasText: '/api/messages/preview/' }).first().waitFor();
  expect(await page.locator('.opblock').count()).toBeGreaterThan(20);
});

test('the API reference shows the fields of a message', async () => {
  const path = page.locator('.opblock-summary-path', { hasText: /^\/api\/messages\/$/ });
  const call = page.locator('.opblock-post', { has: path });
  await call.locator('.opblock-summary-control').click();
  await call.locator('.opblock-body', { hasText: 'fallback_channels' }).waitFor();
  expect(await call.locator('.opblock-body').textContent()).toContain('escalate_after');
});

test('the browser has nothing to complain about in the API reference', async () => {
  await page.locator('.opblock').first().waitFor();
  expect(complaints).toEqual([]);
});
