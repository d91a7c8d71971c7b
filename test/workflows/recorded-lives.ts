import type { Failure } from '../../src/domain/failures.ts';
import type { MessageSignal } from '../../src/temporal/gateway.ts';
import { POLICY, planOf, toBeAcknowledged } from '../domain/deliveries.ts';
import { messageAt } from './messages-in-states.ts';
import { ACCEPTED, failing, type Stage, type StagedMessage } from './stage.ts';
import { progressAt, type StagedBulkAction } from './staged-bulk-action.ts';

type Recordable = Pick<StagedMessage | StagedBulkAction, 'handle' | 'result'>;

/** Lives of messages, and runs of other workflows, whose histories are kept in test/histories, so that later code is held to replay them. */
export const LIVES: Readonly<Record<string, (stage: Stage) => Promise<Recordable>>> = {
  'bulk-action-in-steps': (stage) =>
    stage.startBulkAction([progressAt(50), progressAt(98), progressAt(98, { status: 'completed' })]),
  'bulk-action-stopped': async (stage) => {
    const begun = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();
    const held = async () => {
      begun.resolve();
      await stopped.promise;
      return progressAt(50);
    };
    const action = await stage.startBulkAction([held]);
    await begun.promise;
    await action.signalStop();
    stopped.resolve();
    return action;
  },
  'clean-up-in-batches': (stage) => stage.startScheduled('cleanUp'),
  'reconciled-page-by-page': (stage) => stage.startScheduled('reconcile'),
  'statistics-in-pieces': (stage) => stage.startScheduled('computeStatistics'),
  'bills-fetched': (stage) => stage.startScheduled('fetchBills'),
  'approvals-refreshed': (stage) => stage.startScheduled('refreshApprovals'),
  'made-urgent-while-scheduled': async (stage) => {
    const { message } = await messageAt(stage, 'schedule');
    const plan = planOf(['email', 'sms'], { revision: 2 });
    const labels = { templateName: null, priority: 'high' } as const;
    await message.signal({ name: 'planChanged', argument: { plan, policy: POLICY, labels } });
    return message;
  },
  'resolved-by-operator': async (stage) => {
    const { message } = await messageAt(stage, 'operator');
    await message.signal({ name: 'resolve', argument: { actor: 'key:test' } });
    return message;
  },
  'cancelled-while-escalating': async (stage) => {
    const { message } = await messageAt(stage, 'receipt');
    await message.cancel();
    return message;
  },
  'sent-at-once': (stage) => stage.start(planOf(['sms'])),
  'retries-then-fallback': (stage) =>
    stage.start(planOf(['whatsapp', 'sms']), {
      sends: [failing('transient'), failing('throttled', 90), failing('transient'), failing('transient')],
    }),
  'failed-then-retried-by-operator': async (stage) => {
    const { message } = await messageAt(stage, 'operator');
    await message.retry();
    return message;
  },
  'switched-during-retry-wait': async (stage) => {
    const { message } = await messageAt(stage, 'retry');
    await message.switchTo('email');
    return message;
  },
  'cancelled-while-scheduled': async (stage) => {
    const { message } = await messageAt(stage, 'schedule');
    await message.cancel();
    return message;
  },
  'escalated-on-silence': (stage) =>
    stage.start(planOf(['whatsapp', 'sms'], { escalateAfterSeconds: 600, until: 'read' })),
  'resumed-by-receipt': async (stage) => {
    const past = { status: 'sent', channel: 'whatsapp', failure: null } as const;
    const message = stage.prepare(planOf(['whatsapp', 'sms']), { past });
    await message.signal({ name: 'receipt', argument: { status: 'undelivered', channel: 'whatsapp' } });
    return message;
  },
  'gone-on-after-its-workflow-was-lost': async (stage) => {
    const next = { do: 'wait', for: 'retry', until: Date.parse(await stage.inSeconds(60)) } as const;
    const midway = { usedUp: ['whatsapp'], takenBy: [], round: 1, next } as const;
    const past = { status: 'pending', channel: 'sms', failure: null, attempts: 1, midway } as const;
    const message = stage.prepare(planOf(['whatsapp', 'sms']), { past });
    await message.signal({ name: 'recordAgain', argument: { actor: 'reconciler' } });
    return message;
  },
  'tried-again-after-a-receipt': async (stage) => {
    const message = await stage.start(planOf(['whatsapp', 'sms'], { escalateAfterSeconds: 600, until: 'delivered' }));
    await message.waitingFor('receipt');
    await message.signal(returned({ kind: 'transient', code: 'twilio_30008', retryAfterSeconds: 300, repeats: 1 }));
    return message;
  },
  'moved-on-after-an-unknown-code': async (stage) => {
    // The one more time that such a code is worth has been used by the run before.
    const past = { status: 'sent', channel: 'whatsapp', failure: null, attempts: 2 } as const;
    const message = stage.prepare(planOf(['whatsapp', 'sms']), { past });
    await message.signal(returned({ kind: 'throttled', code: 'twilio_39999', retryAfterSeconds: 300, repeats: 1 }));
    return message;
  },
  'waited-for-the-end-of-quiet-hours': async (stage) => {
    const { message } = await messageAt(stage, 'quiet');
    return message;
  },
  'retried-in-quiet-hours': async (stage) => {
    const { message } = await messageAt(stage, 'quiet');
    await message.retry();
    return message;
  },
  acknowledged: async (stage) => {
    const message = await stage.start(planOf(['sms', 'email'], toBeAcknowledged(2)));
    await message.waitingFor('receipt');
    await message.signal({ name: 'acknowledge', argument: { channel: 'sms', actor: 'recipient' } });
    return message;
  },
  'acknowledged-after-a-lost-signal': (stage) =>
    stage.start(planOf(['sms'], toBeAcknowledged(2)), { renders: [null, { do: 'acknowledge', channel: 'sms' }] }),
  'acknowledged-by-nobody-in-two-rounds': (stage) => stage.start(planOf(['sms', 'email'], toBeAcknowledged(2))),
  'patient-as-the-message-asks': async (stage) => {
    const impatient = {
      ...POLICY.channels.sms,
      retryDelaysSeconds: [5],
      uncertainLimit: 1,
      onUncertain: 'resend',
    } as const;
    const policy = { ...POLICY, channels: { ...POLICY.channels, sms: impatient } };
    const message = await stage.start(planOf(['sms', 'email']), { policy, sends: [failing('transient')] });
    await message.waitingFor('retry');
    await message.signal({
      name: 'planChanged',
      argument: { plan: planOf(['email'], { revision: 2 }), policy: POLICY },
    });
    return message;
  },
  'receipt-after-an-escalation': async (stage) => {
    const plan = planOf(['whatsapp', 'sms'], { escalateAfterSeconds: 0, until: 'read' });
    const message = await stage.start(plan, { sends: [ACCEPTED, failing('transient')] });
    await message.waitingFor('retry');
    await message.signal({ name: 'receipt', argument: { status: 'read', channel: 'whatsapp' } });
    return message;
  },
  'expired-before-a-worker-took-the-call': async (stage) => {
    const nobody = { do: 'send', attemptId: 'unused', sender: 'NOBODY' } as const;
    const plan = planOf(['sms', 'email'], { expiresAt: await stage.inSeconds(2) });
    return await stage.start(plan, { renders: [nobody, { do: 'expire' }] });
  },
};

/** WhatsApp had taken the message and then could not deliver it. */
function returned(failure: Failure): MessageSignal {
  return { name: 'receipt', argument: { status: 'undelivered', channel: 'whatsapp', failure } };
}
