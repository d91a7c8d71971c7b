import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Locator, Page } from 'playwright-core';

const DIRECTORY = resolve(import.meta.dirname, '../../docs/images');

/** Where the Temporal UI shows what a page is about, beside its navigation. */
export const MAIN_PART = { x: 256, y: 48, width: 1024, height: 752 };

/** Above a heading, in pixels. */
const MARGIN = 24;

/** The same from a heading on, as far as the page is seen. */
export async function partFrom(heading: Locator): Promise<typeof MAIN_PART> {
  await heading.scrollIntoViewIfNeeded();
  const top = (await heading.boundingBox())?.y ?? MAIN_PART.y;
  return { ...MAIN_PART, y: top - MARGIN, height: MAIN_PART.y + MAIN_PART.height - top + MARGIN };
}

/** Keeps a picture for the README, which shows it; only where UPDATE_SCREENSHOTS=1 asks for it. */
export async function keepScreenshot(shown: Page | Locator, name: string, clip?: typeof MAIN_PART): Promise<void> {
  if (process.env.UPDATE_SCREENSHOTS !== '1') return;
  const picture = await shown.screenshot({ animations: 'disabled', ...(clip !== undefined && { clip }) });
  await mkdir(DIRECTORY, { recursive: true });
  await writeFile(join(DIRECTORY, `${name}.png`), picture);
}
