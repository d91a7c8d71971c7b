import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import { send } from '../../src/activities/send.ts';
import { type ChannelAdapter, DeliveryFailure } from '../../src/channels/channel.ts';
import { listAuditEntries } from '../../src/db/audit-log.ts';
import type { Database } from '../../src/db/database.ts';
import { sealedPlaces } from '../../src/db/sealed-places.ts';
import { listSuppressions } from '../../src/db/suppressions.ts';
import { openTestDatabase } from '../db/open-test-database.ts';
import { storeAttempt, storeMessage } from '../db/stored.ts';
import { activityDependencies } from './dependencies.ts';

let db: Database;
let close: () => Promise<void>;
let dependencies: ActivityDependencies;

/** A provider whom everybody has told to stop. */
const stopped: ChannelAdapter = {
  channel: 'sms',
  send: async () => {
    throw new DeliveryFailure('opted_out', 'twilio_21610', 'The person has sent STOP.');
  },
  findAccepted: async () => [],
  close: async () => undefined,
};

beforeAll(async () => {
  ({ db, close } = await openTestDatabase());
  dependencies = activityDependencies(db, { channels: { sms: stopped } });
});
afterAll(() => close());

/** Hands a text to the provider. */
async function sendTo(to: string): Promise<void> {
  const messageId = await storeMessage(db, { channel: 'sms', channels: ['sms'] });
  const attemptId = await storeAttempt(db, messageId, { channel: 'sms' });
  const outgoing = { to, toName: null, replyTo: null, content: { text: 'Hello' }, attachmentCount: 0 };
  const outgoing_sealed = dependencies.sealer.seal(outgoing, sealedPlaces.attemptOutgoing(attemptId));
  await db.updateTable('attempts').set({ outgoing_sealed }).where('id', '=', attemptId).execute();
  await send(dependencies, { messageId, attemptId });
}

test('an address whose owner told the provider to stop is suppressed once, which is in the audit log', async () => {
  await sendTo('+447911123456');
  await sendTo('+447911123456');
  const [suppressions, entries] = [
    await listSuppressions(db, {}, { limit: 10 }),
    await listAuditEntries(db, {}, { limit: 10 }),
  ];
  expect(suppressions).toMatchObject([{ channel: 'sms', reason: 'twilio_21610', hint_sealed: null }]);
  expect(entries).toMatchObject([
    {
      ...{ actor: 'worker', action: 'suppression.added', resource_id: suppressions[0]?.id },
      detail: { channel: 'sms', reason: 'twilio_21610' },
    },
  ]);
});
