import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What Prometheus reads; each is counted by the function of the event that it belongs to. */
export function createMetrics(registry: Registry) {
  const registers = [registry];
  return {
    accepted: new Counter({
      ...{ name: 'messages_accepted_total', help: 'Messages accepted over HTTP', labelNames: ['channel'], registers },
    }),
    attempts: new Counter({
      ...{ name: 'attempts_total', help: 'Calls to providers', labelNames: ['channel', 'outcome', 'code'], registers },
    }),
    duration: new Histogram({
      ...{ name: 'attempt_seconds', help: 'Duration of calls to providers', labelNames: ['channel'], registers },
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    }),
    receipts: new Counter({
      ...{ name: 'receipts_total', help: 'Receipts from providers', labelNames: ['provider', 'result'], registers },
    }),
    unknownCodes: new Counter({
      ...{ name: 'unknown_provider_codes_total', help: 'Codes in no table', labelNames: ['channel'], registers },
    }),
    doubleSends: new Counter({
      ...{ name: 'double_sends_total', help: 'Attempts sent twice', labelNames: ['channel'], registers },
    }),
    dispatchFailures: new Counter({
      ...{ name: 'dispatch_failures_total', help: 'Workflow starts that failed and are tried again', registers },
    }),
    segmentsDiffering: new Counter({
      ...{ name: 'segments_differing_total', help: 'Texts billed by other segments than expected', registers },
    }),
    approvals: new Counter({
      ...{ name: 'template_approvals_total', help: 'Changes of approval', labelNames: ['status'], registers },
    }),
    stepFailures: new Counter({
      ...{ name: 'step_failures_total', help: 'Steps that Temporal tries again', labelNames: ['step'], registers },
    }),
    trackingFailures: new Counter({
      ...{ name: 'tracking_failures_total', help: 'Opens and clicks not recorded', labelNames: ['act'], registers },
    }),
    removed: new Counter({
      ...{ name: 'rows_removed_total', help: 'Rows whose time was over', labelNames: ['what'], registers },
    }),
    healed: new Counter({
      ...{ name: 'messages_healed_total', help: 'Differences to workflows', labelNames: ['kind'], registers },
    }),
    bulkActions: new Counter({
      ...{ name: 'bulk_actions_total', help: 'Bulk actions that ended', labelNames: ['action', 'status'], registers },
    }),
    waiting: new Gauge({
      ...{ name: 'messages_undispatched', help: 'Accepted messages whose workflow has not been started', registers },
    }),
  };
}
