import type { Failure } from '../../src/domain/failures.ts';
import type { MessageSignal } from '../../src/temporal/gateway.ts';
import { planOf } from '../domain/deliveries.ts';
import { messageAt } from './messages-in-states.ts';
import { failing, type Stage, type StagedMessage } from './stage.ts';

/** Lives of messages whose histories are kept in test/histories, so that later code is held to replay them. */
export const LIVES: Readonly<Record<string, (stage: Stage) => Promise<StagedMessage>>> = {
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
};

/** WhatsApp had taken the message and then could not deliver it. */
function returned(failure: Failure): MessageSignal {
  return { name: 'receipt', argument: { status: 'undelivered', channel: 'whatsapp', failure } };
}
