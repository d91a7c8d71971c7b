import { Readable } from 'node:stream';
import { type ChannelAdapter, DeliveryFailure, type OutgoingMessage } from '../../src/channels/channel.ts';

/** The end of a worker: nothing of it runs on, and nothing but the database keeps what it did. */
export class WorkerDied extends Error {
  override readonly name = 'WorkerDied';
}

/** An adapter whose worker dies before it calls the provider. */
export function dyingBefore(adapter: ChannelAdapter): ChannelAdapter {
  return {
    ...adapter,
    send: async () => {
      throw new WorkerDied();
    },
  };
}

/** An adapter whose worker dies when the call has ended, whether an answer came or not. */
export function dyingAfter(adapter: ChannelAdapter): ChannelAdapter {
  return {
    ...adapter,
    send: async (message) => {
      await Promise.allSettled([adapter.send(message)]);
      throw new WorkerDied();
    },
  };
}

/** An adapter whose worker dies while it hands over the content of an email: its end is never sent. */
export function dyingWithin(adapter: ChannelAdapter): ChannelAdapter {
  return dyingAfter({ ...adapter, send: async (message) => await adapter.send(neverEnding(message)) });
}

function neverEnding(message: OutgoingMessage): OutgoingMessage {
  async function* half() {
    yield Buffer.alloc(100_000, 'half');
    throw new WorkerDied();
  }
  const about = { filename: 'plan.txt', contentType: 'text/plain', contentId: null };
  return { ...message, attachments: [{ ...about, content: () => Readable.from(half()) }] };
}

/** An adapter whose provider takes messages, but cannot be asked about them. */
export function notAnswering(adapter: ChannelAdapter): ChannelAdapter {
  return {
    ...adapter,
    findAccepted: async () => {
      throw new DeliveryFailure('transient', 'twilio_timeout', 'Twilio could not be asked about the message.');
    },
  };
}

/** An adapter that keeps what it is asked to do. */
export function listening(adapter: ChannelAdapter): { adapter: ChannelAdapter; calls: string[] } {
  const calls: string[] = [];
  const send: ChannelAdapter['send'] = async (message) => {
    calls.push('send');
    return await adapter.send(message);
  };
  const findAccepted: ChannelAdapter['findAccepted'] = async (message, calledAt) => {
    calls.push('findAccepted');
    return await adapter.findAccepted(message, calledAt);
  };
  return { adapter: { ...adapter, send, findAccepted }, calls };
}
