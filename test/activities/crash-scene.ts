import { v7 as uuidv7 } from 'uuid';
import type { TakenMessage } from '../../local/sandbox/inbox.ts';
import { startSandbox } from '../../local/sandbox/start.ts';
import type { RenderResult, SendResult } from '../../src/activities/contract.ts';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import { render } from '../../src/activities/render.ts';
import { send } from '../../src/activities/send.ts';
import type { ChannelAdapter } from '../../src/channels/channel.ts';
import { createEmailChannel } from '../../src/channels/email.ts';
import { createSmsChannel } from '../../src/channels/sms.ts';
import { type AttemptView, findAttempt, listAttempts } from '../../src/db/attempts.ts';
import type { Database } from '../../src/db/database.ts';
import { applyReceipt, lockReceiptTarget } from '../../src/db/receipts.ts';
import { updateRecipient } from '../../src/db/recipients.ts';
import { sealedPlaces } from '../../src/db/sealed-places.ts';
import type { DeliveryStatus } from '../../src/domain/statuses.ts';
import { openTestDatabase } from '../db/open-test-database.ts';
import { recipientValues, storeMessage, storeRecipient } from '../db/stored.ts';
import { activityDependencies } from './dependencies.ts';

type CrashChannel = 'email' | 'sms';

export interface CrashScene {
  readonly channels: Readonly<Record<CrashChannel, ChannelAdapter>>;
  /** Stores a message that is due and gives its id. */
  store(channel: CrashChannel, to: string): Promise<string>;
  /** What the workflow does first for an attempt: each call is a step of its own. */
  render(messageId: string, channel: CrashChannel): Promise<RenderResult>;
  /** Renders an attempt and gives its id. */
  attempt(messageId: string, channel: CrashChannel): Promise<string>;
  /** One run of the activity, on a worker with the given adapter. */
  send(attemptId: string, adapter: ChannelAdapter): Promise<SendResult>;
  /** A status callback that carries the attempt's id. */
  receive(attemptId: string, providerMessageId: string, status: DeliveryStatus): Promise<void>;
  attemptsOf(messageId: string): Promise<AttemptView[]>;
  /** Attempts with news of their being taken that no workflow has been told of. */
  untold(): Promise<string[]>;
  /** What the provider has taken for an address, the newest first. */
  taken(channel: CrashChannel, to: string): Promise<TakenMessage[]>;
  close(): Promise<void>;
}

const ACCOUNT = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'token' };
/** Nobody listens there: no callback arrives but those that a test makes itself. */
const PUBLIC_URL = 'http://127.0.0.1:9';

/** The activities on a real database, with the real adapters before stand-ins of the providers. */
export async function openCrashScene(): Promise<CrashScene> {
  const { db, close } = await openTestDatabase();
  const sandbox = await startSandbox({ httpPort: 0, smtpPort: 0, ...ACCOUNT });
  const twilio = { ...ACCOUNT, baseUrl: sandbox.twilioBaseUrl, timeoutSeconds: 1 };
  const channels = {
    email: createEmailChannel({ smtpUrl: sandbox.smtpUrl, from: 'no-reply@example.com', timeoutSeconds: 2 }),
    sms: createSmsChannel({ twilio, from: '+15005550006', publicUrl: PUBLIC_URL }),
  };
  const dependencies = activityDependencies(db);

  async function renderStep(messageId: string, channel: CrashChannel): Promise<RenderResult> {
    return await render(dependencies, { messageId, channel, token: uuidv7(), planRevision: 1 });
  }

  async function run(attemptId: string, adapter: ChannelAdapter): Promise<SendResult> {
    const row = await findAttempt(db, attemptId);
    if (row === undefined) throw new Error('There is no such attempt.');
    const input = { messageId: row.message_id, attemptId };
    return await send({ ...dependencies, channels: { [adapter.channel]: adapter } }, input);
  }

  return {
    ...{ channels, render: renderStep, send: run },
    store: async (channel, to) => await storeDue(dependencies, channel, to),
    receive: async (...receipt) => await receive(db, ...receipt),
    attempt: async (messageId, channel) => attemptOf(await renderStep(messageId, channel)),
    attemptsOf: async (messageId) => await listAttempts(db, messageId),
    untold: async () => await untoldAttempts(db),
    taken: async (channel, to) => {
      const response = await fetch(`${sandbox.httpUrl}/messages/?${new URLSearchParams({ channel, to })}`);
      return ((await response.json()) as { results: TakenMessage[] }).results;
    },
    close: async () => {
      await Promise.all(Object.values(channels).map((channel) => channel.close()));
      await sandbox.close();
      await close();
    },
  };
}

async function untoldAttempts(db: Database): Promise<string[]> {
  const query = db.selectFrom('receipts').select('attempt_id').where('unsignalled_since', 'is not', null);
  const rows = await query.where('status', '=', 'accepted').execute();
  return rows.flatMap(({ attempt_id: id }) => id ?? []);
}

async function storeDue({ db, sealer }: ActivityDependencies, channel: CrashChannel, to: string): Promise<string> {
  const recipient_id = await storeRecipient(db);
  const address = { email: null, phone: null, whatsapp: null, [channel === 'email' ? 'email' : 'phone']: to };
  const details = { externalId: null, name: null, ...address };
  const details_sealed = sealer.seal(details, sealedPlaces.recipientDetails(recipient_id));
  await updateRecipient(db, recipientValues({ id: recipient_id, details_sealed }));
  const id = uuidv7();
  const body = { content: 'The gate has changed.', subject: 'Gate', html: null, variables: null, mediaUrl: null };
  const body_sealed = sealer.seal({ ...body, replyTo: null }, sealedPlaces.messageBody(id));
  return await storeMessage(db, { id, recipient_id, channel, channels: [channel], body_sealed });
}

async function receive(
  db: Database,
  attemptId: string,
  providerMessageId: string,
  status: DeliveryStatus,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const target = await lockReceiptTarget(trx, { attemptId, providerMessageId });
    if (target === undefined) throw new Error('There is no such attempt.');
    await applyReceipt(trx, target, { status, providerMessageId, failure: null });
  });
}

function attemptOf(result: RenderResult): string {
  if (result.do !== 'send') throw new Error(`Nothing is to be sent: ${result.do}.`);
  return result.attemptId;
}
