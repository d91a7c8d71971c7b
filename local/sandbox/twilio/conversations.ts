/** What people have written to our senders: when last, and whether they have told them to stop. */
export interface Conversations {
  /** Notes that somebody wrote to a sender: a number or a Messaging Service. */
  hear(sender: string, number: string): void;
  /** Whether somebody wrote to a sender within WhatsApp's 24 hours. */
  isOpen(sender: string, number: string): boolean;
  stop(sender: string, number: string): void;
  start(sender: string, number: string): void;
  hasStopped(sender: string, number: string): boolean;
}

/** https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-or-customer-service-window */
const WINDOW_MS = 24 * 3_600_000;

/** @param capacity how many pairs are remembered; the oldest are forgotten first */
export function createConversations(capacity: number): Conversations {
  const heardAt = new Map<string, number>();
  const stopped = new Set<string>();
  return {
    hear(sender, number) {
      heardAt.delete(pairOf(sender, number));
      heardAt.set(pairOf(sender, number), Date.now());
      const oldest = heardAt.keys().next();
      if (heardAt.size > capacity && !oldest.done) heardAt.delete(oldest.value);
    },
    isOpen: (sender, number) => Date.now() - (heardAt.get(pairOf(sender, number)) ?? -Infinity) < WINDOW_MS,
    stop: (sender, number) => void stopped.add(pairOf(sender, number)),
    start: (sender, number) => void stopped.delete(pairOf(sender, number)),
    hasStopped: (sender, number) => stopped.has(pairOf(sender, number)),
  };
}

function pairOf(sender: string, number: string): string {
  return `${sender} ${number}`;
}
