import { PRIORITIES, type Priority } from '../domain/statuses.ts';

/** What waits: the urgent first, and of equal priority each owner in turn, so that nobody waits behind another's thousands. */
export interface FairQueue<Item> {
  readonly size: number;
  add(item: Item, place: { priority: Priority; owner: string }): void;
  next(): Item | undefined;
  clear(): void;
}

export function createFairQueue<Item>(): FairQueue<Item> {
  /** By priority and owner; the owner whose turn it is comes first. */
  const waiting = new Map(PRIORITIES.map((priority) => [priority, new Map<string, Item[]>()]));
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(item, { priority, owner }) {
      const owners = waiting.get(priority);
      const items = owners?.get(owner);
      if (items === undefined) owners?.set(owner, [item]);
      else items.push(item);
      size += 1;
    },
    next() {
      for (const owners of waiting.values()) {
        const [turn] = owners;
        if (turn === undefined) continue;
        const [owner, items] = turn;
        const item = items.shift();
        owners.delete(owner);
        if (items.length > 0) owners.set(owner, items);
        size -= 1;
        return item;
      }
      return undefined;
    },
    clear() {
      for (const owners of waiting.values()) owners.clear();
      size = 0;
    },
  };
}
