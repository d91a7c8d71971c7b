import type { TwilioMessage } from './message.ts';

export interface MessageStore {
  add(message: TwilioMessage): void;
  get(sid: string): TwilioMessage | undefined;
  remove(sid: string): void;
  newestFirst(): TwilioMessage[];
}

/** @param capacity how many messages are kept; the oldest go first */
export function createMessageStore(capacity: number): MessageStore {
  const messages = new Map<string, TwilioMessage>();
  return {
    add(message) {
      messages.set(message.sid, message);
      const oldest = messages.keys().next();
      if (messages.size > capacity && !oldest.done) messages.delete(oldest.value);
    },
    get: (sid) => messages.get(sid),
    remove(sid) {
      messages.delete(sid);
    },
    newestFirst: () => [...messages.values()].reverse(),
  };
}
