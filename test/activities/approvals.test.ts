import { afterAll, beforeAll, expect, test } from 'vitest';
import { refreshApprovals } from '../../src/activities/approvals.ts';
import { type Approval, DeliveryFailure } from '../../src/channels/channel.ts';
import type { Database } from '../../src/db/database.ts';
import { insertTemplate } from '../../src/db/templates.ts';
import { findApproval } from '../../src/db/whatsapp-approvals.ts';
import { openTestDatabase } from '../db/open-test-database.ts';
import { activityDependencies } from './dependencies.ts';

let db: Database;
let close: () => Promise<void>;
let asked: string[] = [];
const answers = new Map<string, Approval | DeliveryFailure>();

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
});
afterAll(() => close());

async function run(): Promise<string[]> {
  asked = [];
  const fetchApproval = async (sid: string): Promise<Approval> => {
    asked.push(sid);
    const answer = answers.get(sid) ?? { status: 'approved', category: 'UTILITY', rejectionReason: null };
    if (answer instanceof DeliveryFailure) throw answer;
    return answer;
  };
  await refreshApprovals(activityDependencies(db, { approvals: { fetchApproval } }));
  return asked;
}

/** A template in use that names one of the provider. */
async function storeTemplate(sid: string): Promise<void> {
  const whatsapp = { content_sid: sid, variables: {}, category: 'utility', language: 'en' } as const;
  const template = { name: `template-${sid}`, channel: 'whatsapp', category: 'transactional', isActive: true } as const;
  const words = {
    content: 'Hi',
    subject: null,
    html: null,
    format: 'text',
    layout: null,
    sms: {},
    locales: {},
  } as const;
  await insertTemplate(db, template, { ...words, whatsapp, variables: {} }, { author: 'test', note: null });
}

async function grow(sid: string, minutes: number): Promise<void> {
  const checked_at = new Date(Date.now() - minutes * 60_000);
  await db.updateTable('whatsapp_approvals').set({ checked_at }).where('content_sid', '=', sid).execute();
}

test('the approval of a template in use is kept', async () => {
  answers.set('HXnew', { status: 'rejected', category: 'MARKETING', rejectionReason: 'Too vague' });
  await storeTemplate('HXnew');
  await run();
  expect(await findApproval(db, 'HXnew')).toMatchObject({
    ...{ status: 'rejected', category: 'MARKETING', rejection_reason: 'Too vague' },
  });
});

test('what is approved is asked for again after hours, anything else at the next run', async () => {
  answers.set('HXwaiting', { status: 'pending', category: null, rejectionReason: null });
  await Promise.all([storeTemplate('HXfine'), storeTemplate('HXwaiting')]);
  await run();
  await Promise.all([grow('HXfine', 10), grow('HXwaiting', 10)]);
  const soon = await run();
  await grow('HXfine', 7 * 60);
  expect([soon.includes('HXfine'), soon.includes('HXwaiting'), (await run()).includes('HXfine')]).toEqual([
    ...[false, true, true],
  ]);
});

test('a template that the provider does not have is missing', async () => {
  answers.set('HXgone', new DeliveryFailure('misconfigured', 'twilio_20404', 'Not known.'));
  await storeTemplate('HXgone');
  await run();
  expect(await findApproval(db, 'HXgone')).toMatchObject({ status: 'missing' });
});

test('a run ends where nothing is answered', async () => {
  const silent = ['HXa', 'HXb', 'HXc', 'HXd'];
  await db.updateTable('whatsapp_approvals').set({ status: 'approved', checked_at: new Date() }).execute();
  for (const sid of silent) {
    answers.set(sid, new DeliveryFailure('transient', 'twilio_timeout', 'No answer.'));
    await storeTemplate(sid);
  }
  expect(await run()).toHaveLength(3);
  for (const sid of silent) answers.delete(sid);
});

test('a provider that cannot be asked leaves what is known', async () => {
  await storeTemplate('HXsteady');
  await run();
  answers.set('HXsteady', new DeliveryFailure('transient', 'twilio_timeout', 'No answer.'));
  await grow('HXsteady', 7 * 60);
  await run();
  expect(await findApproval(db, 'HXsteady')).toMatchObject({ status: 'approved' });
});
