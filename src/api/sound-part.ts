import { jsonPointer } from '../domain/json-pointer.ts';
import type { Fault } from '../service/service-error.ts';

/** What is left of a JSON body without the values that are not as described. */
export interface SoundPart {
  readonly value: object;
  /** Where a place in `value` is in the whole body: items of lists have moved up. */
  placed(pointer: string): string;
}

/**
 * Leaves out of a body the values in which faults of shape were found, so that the rest of it can be looked at. A missing
 * field makes the object that lacks it unusable, except for the body itself.
 * @param faults their pointers lead into the body
 * @returns null if the body itself is no object, or too much is wrong with it
 */
export function soundPart(body: unknown, faults: readonly Fault[]): SoundPart | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null;
  if (faults.length > ENOUGH || faults.some(({ pointer }) => pointer === '')) return null;
  const removed = new Set(faults.map(unusable).filter((pointer) => pointer !== ''));
  const cut = new Cut(removed);
  return { value: cut.copy(body, '') as object, placed: (pointer) => cut.placed(pointer) };
}

/** So many faults are named that more of them help nobody. */
const ENOUGH = 100;

function unusable({ pointer, code }: Fault): string {
  return code === 'required' ? parentOf(pointer) : pointer;
}

function parentOf(pointer: string): string {
  return pointer.slice(0, pointer.lastIndexOf('/'));
}

class Cut {
  readonly #removed: ReadonlySet<string>;
  /** Every place above one that is removed. */
  readonly #above = new Set<string>();
  /** The former positions of the items of lists, by the pointer of the list in the whole body. */
  readonly #positions = new Map<string, number[]>();

  constructor(removed: ReadonlySet<string>) {
    this.#removed = removed;
    for (const pointer of removed) {
      for (let above = parentOf(pointer); above !== ''; above = parentOf(above)) this.#above.add(above);
    }
  }

  copy(value: unknown, pointer: string): unknown {
    if (pointer !== '' && !this.#above.has(pointer)) return value;
    if (Array.isArray(value)) {
      const positions = [...value.keys()].filter((index) => !this.#removed.has(`${pointer}/${index}`));
      this.#positions.set(pointer, positions);
      return positions.map((index) => this.copy(value[index], `${pointer}/${index}`));
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(
      ([name, part]) => [name, `${pointer}${jsonPointer(name)}`, part] as const,
    );
    return Object.fromEntries(
      entries
        .filter(([, place]) => !this.#removed.has(place))
        .map(([name, place, part]) => [name, this.copy(part, place)]),
    );
  }

  placed(pointer: string): string {
    let place = '';
    for (const step of pointer.split('/').slice(1)) {
      place += `/${this.#positions.get(place)?.[Number(step)] ?? step}`;
    }
    return place;
  }
}
