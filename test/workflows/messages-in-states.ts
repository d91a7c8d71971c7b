import { planOf } from '../domain/deliveries.ts';
import { ACCEPTED, failing, HeldCall, type Script, type Stage, type StagedMessage } from './stage.ts';

/** The moments of a message's life at which an operator may step in. */
export type Moment = 'schedule' | 'quiet' | 'call' | 'retry' | 'receipt' | 'operator';

export interface CaughtMessage {
  readonly message: StagedMessage;
  /** Lets the life go on to its end, after the operator has stepped in. */
  finish(): Promise<{ status: string; errorCode: string | null }>;
}

/**
 * A message from whatsapp to sms that is caught at one moment: a day before it is due; in quiet hours, eight hours
 * before their end; during a call that will fail for
 * a while; before the next attempt; waiting to be read; failed on both channels. What is attempted later succeeds.
 */
export async function messageAt(stage: Stage, moment: Moment): Promise<CaughtMessage> {
  const held = new HeldCall();
  const message = await startAt(stage, moment, held);
  return {
    message,
    async finish() {
      held.end(failing('transient'));
      const { status, errorCode } = await message.result();
      return { status, errorCode };
    },
  };
}

async function startAt(stage: Stage, moment: Moment, held: HeldCall): Promise<StagedMessage> {
  const start = async (script: Script, changes = {}) => await stage.start(planOf(['whatsapp', 'sms'], changes), script);
  switch (moment) {
    case 'schedule': {
      const message = await start({}, { sendAt: await stage.inSeconds(24 * 3600) });
      // A workflow answers only after it has come to its first wait.
      await message.currentDetails();
      return message;
    }
    case 'quiet': {
      const until = await stage.inSeconds(8 * 3600);
      const message = await start({ renders: [{ do: 'postpone', until }] });
      await message.waitingFor('schedule');
      return message;
    }
    case 'call': {
      const message = await start({ sends: [held.send] });
      await held.begun;
      return message;
    }
    case 'retry':
      return await caught(await start({ sends: [failing('transient')] }), moment);
    case 'receipt':
      return await caught(await start({ sends: [ACCEPTED] }, { escalateAfterSeconds: 600, until: 'read' }), moment);
    case 'operator':
      return await caught(await start({ sends: [failing('unreachable'), failing('unreachable')] }), moment);
  }
}

async function caught(message: StagedMessage, moment: 'retry' | 'receipt' | 'operator'): Promise<StagedMessage> {
  await message.waitingFor(moment);
  return message;
}
