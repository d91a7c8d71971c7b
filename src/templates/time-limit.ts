import { createContext, Script } from 'node:vm';
import { ContentError } from './content-error.ts';
import { RenderError } from './render-error.ts';
import { measureWork } from './work-time.ts';

/** How many times longer something may take at most because the machine is busy. */
const MAX_SHORTAGE = 10;

const call = new Script('task()');
const context = createContext({});

/**
 * Runs something that is not asynchronous and stops it where it takes too long, wherever it hangs: V8 ends it from
 * another thread, even inside a regular expression. `finally` blocks of what is stopped do not run. Where the machine was
 * too busy to let it work for half of its time, it is run once more with as much longer as that took.
 * @param milliseconds as a clock on the wall shows them
 * @throws {RenderError} with `limit_exceeded` where time or the stack runs out
 * @throws {ContentError} that the task throws, and nothing else
 */
export function withinTime<Result>(milliseconds: number, task: () => Result): Result {
  const workSince = measureWork();
  try {
    return runWatched(milliseconds, task);
  } catch (error) {
    const shortage = milliseconds / 2 / Math.max(workSince(), 1);
    if (!isTimeout(error) || shortage < 1) throw typed(error);
    return runAgain(milliseconds * Math.min(shortage, MAX_SHORTAGE), task);
  }
}

function runAgain<Result>(milliseconds: number, task: () => Result): Result {
  try {
    return runWatched(Math.ceil(milliseconds), task);
  } catch (error) {
    throw typed(error);
  }
}

function runWatched<Result>(timeout: number, task: () => Result): Result {
  const results: Result[] = [];
  // Read before the task begins, so that one inside another does no harm.
  context['task'] = () => results.push(task());
  try {
    call.runInContext(context, { timeout });
  } finally {
    delete context['task'];
  }
  return results[0] as Result;
}

/** Without its cause, because the messages of libraries quote what they work on. */
function typed(error: unknown): RenderError | ContentError {
  if (error instanceof RenderError || error instanceof ContentError) return error;
  if (isTimeout(error)) return new RenderError('limit_exceeded', 'The content takes too much time.');
  if (error instanceof RangeError) {
    return new RenderError('limit_exceeded', 'The content is too deeply nested or too long.');
  }
  return new RenderError('render_failed', 'The content cannot be made into an email.');
}

/** The error comes from another realm, so that it is no instance of our `Error`. */
function isTimeout(error: unknown): boolean {
  const isObject = typeof error === 'object' && error !== null;
  return isObject && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
