/** Lets a few at a time through; the others wait in their order, but neither many nor for long. */
export interface Turns {
  /** @throws what `refusal` makes, where there is no turn to be had */
  take<Result>(run: () => Promise<Result>): Promise<Result>;
  /** Refuses all that wait now. */
  refuseWaiting(): void;
}

export interface TurnsOptions {
  /** How many are let through at a time. */
  readonly atOnce: number;
  /** How many may wait; one more is refused at once. */
  readonly maxWaiting: number;
  /** Longest wait, in milliseconds. */
  readonly maxWaitMs: number;
  readonly refusal: () => Error;
}

export function createTurns({ atOnce, maxWaiting, maxWaitMs, refusal }: TurnsOptions): Turns {
  const waiting = new Set<PromiseWithResolvers<void>>();
  let running = 0;

  async function begin(): Promise<void> {
    if (running < atOnce) {
      running += 1;
      return;
    }
    if (waiting.size >= maxWaiting) throw refusal();
    const turn = Promise.withResolvers<void>();
    waiting.add(turn);
    const timer = setTimeout(() => refuse(turn), maxWaitMs);
    await turn.promise.finally(() => clearTimeout(timer));
  }

  /** The turn goes on to the one that has waited longest. */
  function end(): void {
    const [next] = waiting;
    if (next === undefined) {
      running -= 1;
      return;
    }
    waiting.delete(next);
    next.resolve();
  }

  function refuse(turn: PromiseWithResolvers<void>): void {
    if (waiting.delete(turn)) turn.reject(refusal());
  }

  return {
    async take(run) {
      await begin();
      try {
        return await run();
      } finally {
        end();
      }
    },
    refuseWaiting() {
      for (const turn of [...waiting]) refuse(turn);
    },
  };
}
