import { type Logger, pino } from 'pino';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Channel } from '../domain/channels.ts';
import type { FailureKind } from '../domain/failures.ts';

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
  receiptTaken(event: { provider: string; result: 'applied' | 'duplicate' | 'unknown' | 'forged' }): void;
  stepFailed(event: { step: string; messageId: string | null; error: unknown }): void;
  undispatched(count: number): void;
}

/** Ordinary failures are information: the workflow deals with them. Only a wrong set-up needs somebody now. */
const LEVELS: Partial<Record<'accepted' | FailureKind, 'debug' | 'error'>> = {
  accepted: 'debug',
  misconfigured: 'error',
};

/** @param level least severe level that is logged */
export function createTelemetry(options: { service: 'api' | 'worker'; level: string }): Telemetry {
  const log = pino({ level: options.level, base: { service: options.service } });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const accepted = new Counter({
    ...{ name: 'messages_accepted_total', help: 'Messages accepted over HTTP', labelNames: ['channel'], registers },
  });
  const attempts = new Counter({
    ...{ name: 'attempts_total', help: 'Calls to providers', labelNames: ['channel', 'outcome', 'code'], registers },
  });
  const duration = new Histogram({
    ...{ name: 'attempt_seconds', help: 'Duration of calls to providers', labelNames: ['channel'], registers },
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  const receipts = new Counter({
    ...{ name: 'receipts_total', help: 'Receipts from providers', labelNames: ['provider', 'result'], registers },
  });
  const dispatchFailures = new Counter({
    ...{ name: 'dispatch_failures_total', help: 'Workflow starts that failed and are tried again', registers },
  });
  const stepFailures = new Counter({
    ...{ name: 'step_failures_total', help: 'Steps that Temporal tries again', labelNames: ['step'], registers },
  });
  const waiting = new Gauge({
    ...{ name: 'messages_undispatched', help: 'Accepted messages whose workflow has not been started', registers },
  });
  return {
    log,
    registry,
    messageAccepted({ messageId, channel }) {
      accepted.inc({ channel });
      log.debug({ message_id: messageId, channel }, 'message accepted');
    },
    dispatchFailed({ messageId, error }) {
      dispatchFailures.inc();
      log.warn({ message_id: messageId, reason: describeError(error) }, 'workflow not started; it will be tried again');
    },
    attemptFinished({ messageId, attemptId, channel, outcome, code, seconds }) {
      attempts.inc({ channel, outcome, code: code ?? '' });
      duration.observe({ channel }, seconds);
      log[LEVELS[outcome] ?? 'info'](
        { message_id: messageId, attempt_id: attemptId, channel, outcome, code, seconds },
        'attempt finished',
      );
    },
    receiptTaken({ provider, result }) {
      receipts.inc({ provider, result });
      log[result === 'forged' ? 'warn' : 'debug']({ provider, result }, 'receipt');
    },
    stepFailed({ step, messageId, error }) {
      stepFailures.inc({ step });
      log.error({ step, message_id: messageId, reason: describeError(error) }, 'step failed; it will be tried again');
    },
    undispatched(count) {
      waiting.set(count);
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
