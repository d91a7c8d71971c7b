import type { Locator, Page } from 'playwright-core';
import { vi } from 'vitest';

/** What an operator does by hand in the Temporal UI, as README.md describes it. */

/** Longest until the Temporal UI's search knows of what has happened, in milliseconds. */
const SEARCH_LIMIT_MS = 60_000;
const LOOK_MS = 5_000;

function workflowLink(page: Page, messageId: string): Locator {
  return page.getByRole('link', { name: `message-${messageId}` }).first();
}

/** Narrows the list of workflows by a search attribute until the message is in it. */
export async function findBy(page: Page, uiUrl: string, attribute: string, value: string, messageId: string) {
  await page.goto(`${uiUrl}/namespaces/default/workflows`);
  await page.getByRole('button', { name: 'Add Filter' }).click();
  await page.getByRole('textbox', { name: 'Search' }).fill(attribute);
  await page.getByRole('menuitem', { name: `${attribute} Keyword` }).click();
  await page.getByRole('textbox', { name: 'Value' }).fill(value);
  await page.getByRole('button', { name: 'Apply' }).click();
  const look = async () => {
    await page.getByRole('button', { name: 'Refresh' }).click();
    await workflowLink(page, messageId).waitFor({ timeout: LOOK_MS });
  };
  await vi.waitFor(look, { timeout: SEARCH_LIMIT_MS, interval: 500 });
}

/** Follows the link of a message in the list; a click is lost if the list refreshes at that very moment. */
export async function openFound(page: Page, messageId: string): Promise<void> {
  const follow = async () => {
    await workflowLink(page, messageId).click({ timeout: LOOK_MS });
    await page.waitForURL(`**/workflows/message-${messageId}/**`, { timeout: LOOK_MS });
  };
  await vi.waitFor(follow, { timeout: SEARCH_LIMIT_MS, interval: 500 });
}

export async function openMessage(page: Page, uiUrl: string, messageId: string): Promise<void> {
  await page.goto(`${uiUrl}/namespaces/default/workflows/message-${messageId}`);
  await page.getByRole('tab', { name: 'Timeline' }).waitFor();
}

export async function openTab(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name }).click();
}

/** The text below Summary and Current Details, once this stands in the latter. */
export async function userMetadata(
  page: Page,
  expected: string,
): Promise<{ summary: string | null; details: string | null }> {
  await openTab(page, 'User Metadata');
  // Markdown is shown in a frame of its own, so that it can do no harm.
  const details = page.frameLocator('iframe').last().locator('body');
  await details.getByText(expected).first().waitFor();
  return {
    summary: await page.frameLocator('iframe').first().locator('body').textContent(),
    details: await details.textContent(),
  };
}

/** Fills the dialog "Send a Signal" in, and leaves it open. */
export async function prepareSignal(page: Page, name: string, input?: string): Promise<Locator> {
  await page.getByRole('button', { name: 'More Actions' }).click();
  await page.getByRole('menuitem', { name: 'Send a Signal' }).click();
  const dialog = page.getByRole('dialog', { name: 'Send a Signal' });
  await dialog.getByRole('button', { name: 'Select a signal' }).click();
  await dialog.getByRole('option', { name, exact: true }).click();
  if (input !== undefined) await dialog.getByRole('textbox', { name: 'Data' }).fill(input);
  return dialog;
}

export async function sendSignal(page: Page, name: string, input?: string): Promise<void> {
  const dialog = await prepareSignal(page, name, input);
  await submit(page, dialog);
}

export async function submit(page: Page, dialog: Locator): Promise<void> {
  await dialog.getByRole('button', { name: 'Submit' }).click();
  await page.getByText('Workflow signaled.').first().waitFor();
}
