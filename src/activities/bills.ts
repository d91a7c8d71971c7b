import type { Bill, BillSource } from '../channels/channel.ts';
import { claimDueBills, type DueBill, keepBill } from '../db/bills.ts';
import { insertEvent } from '../db/message-events.ts';
import { asDeliveryFailure } from './delivery-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** How many are asked for at the same time. */
const BATCH = 20;
/** A run begins no batch after this time; the next run, a minute later, goes on. */
const RUN_MS = 45_000;

/**
 * Asks providers for the bills that are due, and keeps what they say in place of our estimates. Those that are not known
 * yet are asked for again later, at growing intervals.
 * @returns how many were asked for
 */
export async function fetchBills(dependencies: ActivityDependencies): Promise<number> {
  const { db, bills } = dependencies;
  if (bills === null) return 0;
  const end = performance.now() + RUN_MS;
  let count = 0;
  let due: DueBill[];
  do {
    due = await claimDueBills(db, BATCH);
    await Promise.all(due.map((bill) => settle(dependencies, bills, bill)));
    count += due.length;
  } while (due.length === BATCH && performance.now() < end);
  return count;
}

async function settle({ db, telemetry }: ActivityDependencies, bills: BillSource, due: DueBill): Promise<void> {
  const bill = await ask(bills, due);
  if (bill === null || bill.cost === null) return;
  const { cost, segments } = bill;
  const { message_id: messageId, expected_segments: expected } = due;
  await db.transaction().execute(async (trx) => {
    await keepBill(trx, due, { cost, segments });
    if (segments === null || expected === null || segments === expected) return;
    const detail = `${expected} expected, ${segments} billed`;
    await insertEvent(trx, messageId, { type: 'segments_differ', channel: 'sms', detail, actor: 'twilio' });
    telemetry.segmentsDiffer({ messageId, expected, billed: segments });
  });
}

/**
 * The bill; null where the provider could not be asked now, or does not know the message: Twilio has been seen to say so
 * of messages that are there (github.com/twilio/twilio-node/issues/936), so that it is asked again.
 */
async function ask(bills: BillSource, { provider_message_id }: DueBill): Promise<Bill | null> {
  try {
    return await bills.fetchBill(provider_message_id);
  } catch (error) {
    asDeliveryFailure(error);
    return null;
  }
}
