import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../local/sandbox/start.ts';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import { send } from '../../src/activities/send.ts';
import type { ChannelAdapter } from '../../src/channels/channel.ts';
import { createEmailChannel } from '../../src/channels/email.ts';
import { insertAttachments } from '../../src/db/attachments.ts';
import type { Database } from '../../src/db/database.ts';
import { sealedPlaces } from '../../src/db/sealed-places.ts';
import { sealAttachments } from '../../src/service/attachments.ts';
import { outgoingMessage } from '../channels/outgoing-message.ts';
import { openTestDatabase } from '../db/open-test-database.ts';
import { storeAttempt, storeMessage } from '../db/stored.ts';
import { activityDependencies } from './dependencies.ts';

let db: Database;
let close: () => Promise<void>;
let sandbox: Sandbox;
let email: ChannelAdapter;
let dependencies: ActivityDependencies;

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
  sandbox = await startSandbox({ httpPort: 0, smtpPort: 0, accountSid: `AC${'0'.repeat(32)}`, authToken: 'token' });
  email = createEmailChannel({ smtpUrl: sandbox.smtpUrl, from: 'no-reply@example.com', timeoutSeconds: 2 });
  dependencies = activityDependencies(db, { channels: { email } });
});
afterAll(async () => {
  await email.close();
  await sandbox.close();
  await close();
});

/** An attempt to send an email with a file. */
async function attemptTo(to: string): Promise<{ messageId: string; attemptId: string }> {
  const { sealer } = dependencies;
  const messageId = await storeMessage(db);
  const file = { filename: 'plan.txt', contentType: 'text/plain', contentId: null, content: randomBytes(700_000) };
  await insertAttachments(db, sealAttachments(sealer, messageId, [file]));
  const attemptId = uuidv7();
  const outgoing = { ...outgoingMessage({ to, attemptId, content: { subject: 'Plan' } }), attachmentCount: 1 };
  const outgoingSealed = sealer.seal(outgoing, sealedPlaces.attemptOutgoing(attemptId));
  await storeAttempt(db, messageId, { id: attemptId, token: attemptId, outgoingSealed });
  return { messageId, attemptId };
}

const takenFor = async (to: string) => {
  const response = await fetch(`${sandbox.httpUrl}/messages/?${new URLSearchParams({ channel: 'email', to })}`);
  return ((await response.json()) as { results: unknown[] }).results;
};

const UNREADABLE = { outcome: 'failed', failure: { kind: 'misconfigured', code: 'attachment_unreadable' } };

test('a mail whose file was tampered with is not sent, and says why', async () => {
  const attempt = await attemptTo('tampered@example.com');
  await db
    .updateTable('attachment_chunks')
    .set({ content_sealed: randomBytes(64) })
    .where('position', '=', 2)
    .execute();
  expect(await send(dependencies, attempt)).toEqual(UNREADABLE);
  expect(await takenFor('tampered@example.com')).toEqual([]);
});

test('a mail with a file whose name does not open is not begun', async () => {
  const attempt = await attemptTo('renamed@example.com');
  const changed = { details_sealed: randomBytes(64) };
  await db.updateTable('attachments').set(changed).where('message_id', '=', attempt.messageId).execute();
  expect(await send(dependencies, attempt)).toEqual(UNREADABLE);
  expect(await takenFor('renamed@example.com')).toEqual([]);
});

test('a call that was interrupted stays in doubt, even if its file does not open any more', async () => {
  const attempt = await attemptTo('interrupted@example.com');
  await db.updateTable('attempts').set({ called_at: new Date() }).where('id', '=', attempt.attemptId).execute();
  await db
    .updateTable('attachments')
    .set({ details_sealed: randomBytes(64) })
    .execute();
  expect(await send(dependencies, attempt)).toMatchObject({ failure: { kind: 'uncertain', code: 'interrupted' } });
});
