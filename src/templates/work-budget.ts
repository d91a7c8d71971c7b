import { setImmediate } from 'node:timers/promises';
import { RenderError } from './render-error.ts';
import { measureWork } from './work-time.ts';

/** Work that one request may cause, in milliseconds of this thread's time. */
export interface WorkBudget {
  left(): number;
  /** Counts work that has been done elsewhere. */
  take(work: number): void;
  /**
   * Does work that cannot be interrupted, and counts it.
   * @param task gets the milliseconds that are left, which it is to keep to
   * @throws {RenderError} with `limit_exceeded` where nothing is left
   */
  spend<Result>(task: (left: number) => Result): Result;
  /** Lets others have their turn where work has been done for a while since the last time. */
  pause(): Promise<void>;
}

/** Work for one message, on all of its channels together; an ordinary one takes less than ten milliseconds. */
export const MESSAGE_WORK = 150;

/** Work after which others get their turn. */
const TURN = 10;

/** @param milliseconds less than what others may have to wait for */
export function startBudget(milliseconds = MESSAGE_WORK): WorkBudget {
  let left = milliseconds;
  let sincePause = 0;
  return {
    left: () => left,
    take(work) {
      left -= work;
    },
    spend(task) {
      if (left <= 0) throw new RenderError('limit_exceeded', 'The content takes too much time.');
      const workSince = measureWork();
      try {
        return task(Math.ceil(left));
      } finally {
        const work = workSince();
        left -= work;
        sincePause += work;
      }
    },
    async pause() {
      if (sincePause < TURN) return;
      sincePause = 0;
      await setImmediate();
    },
  };
}
