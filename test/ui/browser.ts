import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumPath } from '../../local/chromium.ts';

/** Long enough for Chromium to be installed, in milliseconds. */
export const BROWSER_START_LIMIT_MS = 300_000;

const VIEWPORT = { width: 1280, height: 800 };

/** Longest that a page may take for one step, in milliseconds. */
const STEP_LIMIT_MS = 60_000;

/** Nothing but the pages under test: without these, Chromium asks its makers for updates and lists. */
const QUIET = ['disable-background-networking', 'disable-component-update', 'disable-quic', 'disable-sync'];

/** Chromium without a window, with a profile of its own; without its sandbox, which root cannot have. */
export async function startBrowser(): Promise<Browser> {
  const switches = ['no-sandbox', 'disable-gpu', 'no-first-run', ...QUIET];
  return await chromium.launch({
    executablePath: await chromiumPath(process.env),
    args: switches.map((name) => `--${name}`),
  });
}

/** A page of a new visitor. */
export async function openPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: VIEWPORT, timezoneId: 'UTC', locale: 'en-GB' });
  page.setDefaultTimeout(STEP_LIMIT_MS);
  return page;
}
