import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { isSent, type MessageJson } from '../support/stack-client.ts';
import { BROWSER_START_LIMIT_MS, openPage, startBrowser } from './browser.ts';
import { keepScreenshot, MAIN_PART, partFrom } from './screenshots.ts';
import {
  findBy,
  openFound,
  openMessage,
  openTab,
  prepareSignal,
  sendSignal,
  submit,
  userMetadata,
} from './temporal-pages.ts';

/*
 * Goes by README.md, "Inspecting, retrying and redirecting in the Temporal UI", in the real UI. The pictures there are
 * taken anew by `UPDATE_SCREENSHOTS=1 npm test -- test/ui/temporal-ui`.
 */

vi.setConfig({ testTimeout: 240_000 });

const content = 'Your results are ready.';
const subject = 'Results';
/** The sandbox refuses them for good, or the first time. */
const REFUSED = '+1500216120';
const REFUSED_ONCE = '+1500216121';

let stack: TestStack;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack({ temporalUi: true }), startBrowser()]);
}, BROWSER_START_LIMIT_MS);

afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

beforeEach(async () => {
  page = await openPage(browser);
});

afterEach(async () => await page.close());

function uiUrl(): string {
  if (stack.temporalUiUrl === null) throw new Error('The stack was started without the Temporal UI.');
  return stack.temporalUiUrl;
}

const isFailed = ({ status, waiting_for }: MessageJson) => status === 'failed' && waiting_for === 'operator';

/** A message that SMS could not take, so that it waits for an operator. */
async function failedMessage(phone: string, email = 'nobody@example.com'): Promise<string> {
  const { id } = await stack.send({ recipient: { phone, email }, channel: 'sms', subject, content });
  await stack.until(id, isFailed);
  return id;
}

function eventOf(message: MessageJson, type: string) {
  return message.events.find((event) => event.type === type);
}

test('a failed message is found by its search attributes and opened', async () => {
  const id = await failedMessage(`${REFUSED}0`);
  await findBy(page, uiUrl(), 'MessageStatus', 'failed', id);
  await keepScreenshot(page, 'temporal-ui-search', { ...MAIN_PART, height: 380 });
  await openFound(page, id);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain(id);
});

test('the page of a message says what it is, where it stands, why, and what can be done', async () => {
  const id = await failedMessage(`${REFUSED}1`);
  await openMessage(page, uiUrl(), id);
  const { summary, details } = await userMetadata(page, 'waiting for operator');
  await keepScreenshot(page, 'temporal-ui-details', MAIN_PART);
  expect(summary).toContain('sms, normal priority');
  const words = [
    'Status failed',
    'Channel sms',
    'Attempts 1',
    'Last error twilio_21612',
    'retry',
    '{"channel": "email"}',
  ];
  expect(words.filter((word) => details?.includes(word) !== true)).toEqual([]);
});

test('the memo of a message leads to its record', async () => {
  const id = await failedMessage(`${REFUSED}2`);
  await openMessage(page, uiUrl(), id);
  await openTab(page, 'Memo');
  await page.getByText(`/api/messages/${id}/`).first().waitFor();
  const memo = await page.locator('#content').textContent();
  expect(['apiKeyId', 'plan', 'priority'].filter((name) => memo?.includes(name) !== true)).toEqual([]);
});

test('a message is retried by a signal from the UI', async () => {
  const phone = `${REFUSED_ONCE}0`;
  const id = await failedMessage(phone);
  await openMessage(page, uiUrl(), id);
  await sendSignal(page, 'retry');
  const message = await stack.until(id, isSent);
  expect(await stack.taken(phone)).toHaveLength(1);
  expect(eventOf(message, 'retry')).toMatchObject({ actor: 'temporal-ui' });
});

test('a message is redirected to email by a signal from the UI', async () => {
  const id = await failedMessage(`${REFUSED}3`, 'redirected@example.com');
  await openMessage(page, uiUrl(), id);
  const dialog = await prepareSignal(page, 'switchChannel', '{"channel": "email"}');
  await keepScreenshot(dialog, 'temporal-ui-signal');
  await submit(page, dialog);
  const message = await stack.until(id, isSent);
  expect(message).toMatchObject({ channel: 'email', error_code: null });
  expect(await stack.taken('redirected@example.com')).toHaveLength(1);
  expect(eventOf(message, 'switch_channel')).toMatchObject({ actor: 'temporal-ui' });
});

test('the timeline of a message shows each step of its life', async () => {
  const id = await failedMessage(`${REFUSED}4`, 'shown@example.com');
  await openMessage(page, uiUrl(), id);
  await sendSignal(page, 'switchChannel', '{"channel": "email"}');
  await stack.until(id, isSent);
  await page.reload();
  const timeline = page.locator('#content');
  await timeline.getByText('send • email').waitFor();
  await timeline.getByText('send • sms').scrollIntoViewIfNeeded();
  await keepScreenshot(page, 'temporal-ui-timeline', await partFrom(page.getByRole('heading', { name: 'Timeline' })));
  expect(await timeline.getByText('waiting for operator').count()).toBe(1);
});

test('a message that was dealt with otherwise is resolved by a signal from the UI', async () => {
  const id = await failedMessage(`${REFUSED}5`);
  await openMessage(page, uiUrl(), id);
  await sendSignal(page, 'resolve');
  const message = await stack.until(id, ({ waiting_for }) => waiting_for === null);
  expect(eventOf(message, 'resolve')).toMatchObject({ actor: 'temporal-ui' });
});

test('a message that waits for its time is cancelled by a request for cancellation in the UI', async () => {
  const send_at = new Date(Date.now() + 3_600_000).toISOString();
  const { id } = await stack.send({ recipient: { phone: '+15005558499' }, channel: 'sms', content, send_at });
  await stack.until(id, ({ waiting_for }) => waiting_for === 'schedule');
  await openMessage(page, uiUrl(), id);
  await page.getByRole('button', { name: 'Request Cancellation' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click();
  const message = await stack.until(id, ({ status }) => status === 'failed');
  expect(message).toMatchObject({ error_code: 'cancelled' });
});
