import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import { chooseWhatsappContent } from '../../src/activities/whatsapp-content.ts';
import { addressHash } from '../../src/db/address-hash.ts';
import type { Database } from '../../src/db/database.ts';
import { keepApproval } from '../../src/db/whatsapp-approvals.ts';
import { markWindowClosed, openWindow } from '../../src/db/whatsapp-windows.ts';
import type { RenderedContent } from '../../src/domain/rendered-content.ts';
import { openTestDatabase } from '../db/open-test-database.ts';
import { freeRules } from '../support/free-rules.ts';
import { activityDependencies } from './dependencies.ts';

const SENDER = '+14155238886';
const TEXT: RenderedContent = {
  ...{ text: 'Your table is ready.', subject: null, html: null, mediaUrl: 'https://example.com/a.png' },
  ...{
    contentSid: null,
    contentVariables: null,
    interactive: { type: 'quick_reply', actions: [{ id: 'ok', title: 'OK' }] },
  },
};
const WITH_TEMPLATE: RenderedContent = { ...TEXT, contentSid: 'HXready', contentVariables: { 1: 'Ann' } };

let db: Database;
let close: () => Promise<void>;
let dependencies: ActivityDependencies;
let count = 0;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
  dependencies = activityDependencies(db);
});
afterAll(() => close());

/** A number with which nothing has happened yet, and the pair that it makes with ours. */
function somebody() {
  count += 1;
  const to = `+1500556${String(count).padStart(4, '0')}`;
  return { to, pair: { sender: SENDER, addressHash: addressHash(dependencies.sealer, 'whatsapp', to) } };
}

async function choose(to: string, content: RenderedContent, parts: Partial<ActivityDependencies> = {}) {
  return await chooseWhatsappContent({ ...dependencies, ...parts }, db, { to, content });
}

const CLOSED = { kind: 'unreachable', code: 'whatsapp_window_closed' };
const AS_TEMPLATE = { contentSid: 'HXready', contentVariables: { 1: 'Ann' }, mediaUrl: null, interactive: null };
const AS_TEXT = { contentSid: null, contentVariables: null, mediaUrl: TEXT.mediaUrl, interactive: TEXT.interactive };

describe('within the window', () => {
  test.each([
    ['a text', TEXT],
    ['the text of a template', WITH_TEMPLATE],
  ])('%s goes as it is', async (_, content) => {
    const { to, pair } = somebody();
    await openWindow(db, pair, new Date());
    expect(await choose(to, content)).toMatchObject({ text: TEXT.text, ...AS_TEXT });
  });
});

test.each([
  ['with a template', WITH_TEMPLATE, true],
  ['without one', TEXT, undefined],
])('a text %s remembers whether one stands ready', async (_, content, hasTemplate) => {
  const { to, pair } = somebody();
  await openWindow(db, pair, new Date());
  expect(((await choose(to, content)) as RenderedContent).hasTemplate).toBe(hasTemplate);
});

describe('outside the window', () => {
  const closings: [string, (pair: ReturnType<typeof somebody>['pair']) => Promise<void>][] = [
    ['a day after somebody has written', (pair) => openWindow(db, pair, new Date(Date.now() - 25 * 3_600_000))],
    ['after WhatsApp has said so', (pair) => markWindowClosed(db, pair, new Date())],
  ];

  test.each(closings)('%s, the template goes', async (_, shut) => {
    const { to, pair } = somebody();
    await shut(pair);
    expect(await choose(to, WITH_TEMPLATE)).toMatchObject(AS_TEMPLATE);
  });

  test.each(closings)('%s, a text without a template is for the next channel', async (_, shut) => {
    const { to, pair } = somebody();
    await shut(pair);
    expect(await choose(to, TEXT)).toMatchObject(CLOSED);
  });

  test.each(['rejected', 'paused', 'disabled', 'pending', 'missing'])(
    'a template that is %s is not sent',
    async (status) => {
      const { to, pair } = somebody();
      await markWindowClosed(db, pair, new Date());
      await keepApproval(db, { content_sid: `HX${status}`, status, category: null, rejection_reason: null });
      expect(await choose(to, { ...WITH_TEMPLATE, contentSid: `HX${status}` })).toMatchObject({
        ...{ kind: 'unreachable', code: 'whatsapp_template_not_approved' },
      });
    },
  );
});

describe('to somebody who was never seen', () => {
  test('the template goes where there is one', async () => {
    expect(await choose(somebody().to, WITH_TEMPLATE)).toMatchObject(AS_TEMPLATE);
  });

  test('a text is tried, as WhatsApp may know better', async () => {
    expect(await choose(somebody().to, TEXT)).toMatchObject(AS_TEXT);
  });

  test('a text is not tried where the rules take the window for closed', async () => {
    const rules = { ...freeRules(), whatsapp: { sender: SENDER, unknownWindow: 'closed' as const } };
    expect(await choose(somebody().to, TEXT, { rules })).toMatchObject(CLOSED);
  });
});
