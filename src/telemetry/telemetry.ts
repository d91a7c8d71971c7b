import { type Logger, pino } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { BulkActionProgress, BulkActionType } from '../domain/bulk-actions.ts';
import type { Channel } from '../domain/channels.ts';
import type { FailureKind } from '../domain/failures.ts';
import type { Discrepancy } from '../domain/reconcile.ts';
import type { Removable } from '../domain/retention.ts';
import { createMetrics } from './metrics.ts';

/**
 * `unverifiable` is signed in a way that cannot be checked here: the provider's settings have to be changed. `unverified`
 * is not signed at all, so that nothing follows from it.
 */
export type ReceiptResult = 'applied' | 'duplicate' | 'unknown' | 'forged' | 'unverifiable' | 'unverified';

/** One function per business event: a counter and a log line together. No personal data in either. */
export interface Telemetry {
  readonly log: Logger;
  readonly registry: Registry;
  messageAccepted(event: { messageId: string; channel: Channel }): void;
  dispatchFailed(event: { messageId: string; error: unknown }): void;
  attemptFinished(event: {
    messageId: string;
    attemptId: string;
    channel: Channel;
    outcome: 'accepted' | FailureKind;
    code: string | null;
    seconds: number;
  }): void;
  receiptTaken(event: { provider: string; result: ReceiptResult }): void;
  /** A provider gave a code that no table of ours has. */
  unknownCode(event: { channel: Channel; code: string }): void;
  /** A receipt names another message than the one that the provider said it had made of the attempt. */
  doubleSend(event: { messageId: string; attemptId: string; channel: Channel }): void;
  /** A provider has counted other segments than we had. */
  segmentsDiffer(event: { messageId: string; expected: number; billed: number }): void;
  /** WhatsApp has changed its mind about a template. */
  approvalChanged(event: { contentSid: string; status: string }): void;
  stepFailed(event: { step: string; messageId: string | null; error: unknown }): void;
  /** An opened mail or a followed link that could not be recorded; whoever came has been served all the same. */
  trackingFailed(event: { act: 'opened' | 'clicked'; error: unknown }): void;
  bulkActionFinished(event: BulkActionProgress & { bulkActionId: string; action: BulkActionType }): void;
  undispatched(count: number): void;
  /** Rows whose time was over have been removed. */
  cleanedUp(event: { what: Removable; removed: number }): void;
  /** A message differed from its workflow; both go on together again. */
  healed(event: { messageId: string; kind: Discrepancy }): void;
}

/** Ordinary failures are information: the workflow deals with them. Only a wrong set-up needs somebody now. */
const LEVELS: Partial<Record<'accepted' | FailureKind, 'debug' | 'error'>> = {
  accepted: 'debug',
  misconfigured: 'error',
};

const RECEIPT_LEVELS: Partial<Record<ReceiptResult, 'warn' | 'error'>> = { forged: 'warn', unverifiable: 'error' };

/** @param level least severe level that is logged */
export function createTelemetry(options: { service: 'api' | 'worker'; level: string }): Telemetry {
  const log = pino({ level: options.level, base: { service: options.service } });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = createMetrics(registry);
  return {
    log,
    registry,
    messageAccepted({ messageId, channel }) {
      metrics.accepted.inc({ channel });
      log.debug({ message_id: messageId, channel }, 'message accepted');
    },
    dispatchFailed({ messageId, error }) {
      metrics.dispatchFailures.inc();
      log.warn({ message_id: messageId, reason: describeError(error) }, 'workflow not started; it will be tried again');
    },
    attemptFinished({ messageId, attemptId, channel, outcome, code, seconds }) {
      metrics.attempts.inc({ channel, outcome, code: code ?? '' });
      metrics.duration.observe({ channel }, seconds);
      log[LEVELS[outcome] ?? 'info'](
        { message_id: messageId, attempt_id: attemptId, channel, outcome, code, seconds },
        'attempt finished',
      );
    },
    receiptTaken({ provider, result }) {
      metrics.receipts.inc({ provider, result });
      log[RECEIPT_LEVELS[result] ?? 'debug']({ provider, result }, 'receipt');
    },
    unknownCode({ channel, code }) {
      metrics.unknownCodes.inc({ channel });
      log.warn({ channel, code }, 'unknown code of a provider; look it up and tell it in a table');
    },
    doubleSend({ messageId, attemptId, channel }) {
      metrics.doubleSends.inc({ channel });
      log.error({ message_id: messageId, attempt_id: attemptId, channel }, 'an attempt was sent twice');
    },
    segmentsDiffer({ messageId, expected, billed }) {
      metrics.segmentsDiffering.inc();
      log.info({ message_id: messageId, expected, billed }, 'other segments were billed than expected');
    },
    approvalChanged({ contentSid, status }) {
      metrics.approvals.inc({ status });
      const isBad = ['rejected', 'paused', 'disabled', 'missing'].includes(status);
      log[isBad ? 'error' : 'info']({ content_sid: contentSid, status }, 'approval of a WhatsApp template');
    },
    stepFailed({ step, messageId, error }) {
      metrics.stepFailures.inc({ step });
      log.error({ step, message_id: messageId, reason: describeError(error) }, 'step failed; it will be tried again');
    },
    trackingFailed({ act, error }) {
      metrics.trackingFailures.inc({ act });
      log.warn({ act, reason: describeError(error) }, 'not recorded');
    },
    ...maintenanceEvents(log, metrics),
    undispatched(count) {
      metrics.waiting.set(count);
    },
  };
}

/** What the work behind the scenes tells. */
function maintenanceEvents(
  log: Logger,
  metrics: ReturnType<typeof createMetrics>,
): Pick<Telemetry, 'cleanedUp' | 'healed' | 'bulkActionFinished'> {
  return {
    cleanedUp({ what, removed }) {
      metrics.removed.inc({ what }, removed);
      if (removed > 0) log.info({ what, removed }, 'removed what had been kept for its time');
    },
    healed({ messageId, kind }) {
      metrics.healed.inc({ kind });
      log.warn({ message_id: messageId, kind }, 'a message and its workflow differed; healed');
    },
    bulkActionFinished({ bulkActionId, action, status, ...counts }) {
      metrics.bulkActions.inc({ action, status });
      log.info({ bulk_action_id: bulkActionId, action, status, ...counts }, 'bulk action finished');
    },
  };
}

/** The kind of an error and its code: messages of libraries may quote an address, so they stay out of logs. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = 'code' in error ? ` ${String(error.code)}` : '';
  const cause = error.cause === undefined ? '' : ` (${describeError(error.cause)})`;
  return `${error.name}${code}${cause}`;
}
