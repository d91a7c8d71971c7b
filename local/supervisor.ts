import { setTimeout as sleep } from 'node:timers/promises';
import { endLeftovers } from './process-record.ts';

/** How often it is looked whether a part that is being started has become a process, in milliseconds. */
const PAUSE_MS = 100;

/** A process that runs and can work. */
export interface Running {
  /** Resolves when it has ended, with words that say how. */
  exited: Promise<string>;
  stop(): Promise<void>;
}

export interface SupervisedPart {
  /** As a sentence begins: `PostgreSQL`, `The api`. */
  name: string;
  /** Starts it; resolves when it can work, and leaves nothing behind if it cannot. */
  launch(): Promise<Running>;
  /** Where its processes are written down. */
  runDirectory: string;
  /** Shown while the part ends again and again. */
  lastWords(): string;
  say(sentence: string): void;
}

/** The pause before a new start, in milliseconds; it doubles with each end that follows soon, up to the longest. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** A part that has run for so long, in milliseconds, has come up well: its earlier ends no longer count. */
const STEADY_MS = 60_000;

/** After how many ends in a row the log is shown. */
const ENDS_TO_EXPLAIN = 3;

/**
 * Keeps a part running: once it has started, it is started again whenever it ends, ever more slowly while it ends again
 * and again.
 */
export class Supervisor {
  readonly #part: SupervisedPart;
  #running: Running | null = null;
  #launching: Promise<void> | null = null;
  #stopping = false;
  #ends = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(part: SupervisedPart) {
    this.#part = part;
  }

  /** @throws whatever kept the part from its first start */
  async start(): Promise<void> {
    await this.#launch();
  }

  /** Ends the part and starts it anew, with what holds now. */
  async restart(): Promise<void> {
    await this.#launching?.catch(() => undefined);
    if (this.#stopping) return;
    await this.#end();
    await this.#relaunch();
  }

  /** Ends the part for good, also if it is just being started. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#end();
    // What is just being started is written down as soon as it is a process.
    for (let launching = this.#launching; launching !== null; launching = this.#launching) {
      await endLeftovers(this.#part.runDirectory);
      await Promise.race([launching.catch(() => undefined), sleep(PAUSE_MS)]);
    }
  }

  #launch(): Promise<void> {
    this.#launching = this.#begin().finally(() => {
      this.#launching = null;
    });
    return this.#launching;
  }

  async #begin(): Promise<void> {
    const started = await this.#part.launch();
    if (this.#stopping) return await started.stop();
    this.#running = started;
    const since = Date.now();
    void started.exited.then((how) => {
      // Ended by us, or replaced.
      if (this.#running !== started) return;
      this.#running = null;
      if (Date.now() - since > STEADY_MS) this.#ends = 0;
      this.#onEnd(`ended (${how})`);
    });
  }

  async #relaunch(): Promise<void> {
    try {
      await this.#launch();
      if (!this.#stopping) this.#part.say(`${this.#part.name} runs again.`);
    } catch (error) {
      this.#onEnd(`did not start (${error instanceof Error ? error.message : String(error)})`);
    }
  }

  #onEnd(how: string): void {
    if (this.#stopping) return;
    const { name, say, lastWords } = this.#part;
    this.#ends += 1;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#ends - 1));
    say(`${name} ${how}. It is started again in ${pauseMs / 1000} s.`);
    if (this.#ends >= ENDS_TO_EXPLAIN) say(`${name} has ended ${this.#ends} times in a short time. ${lastWords()}`);
    this.#timer = setTimeout(() => void this.#relaunch(), pauseMs);
  }

  /** Ends what runs, and it is not started again by itself. */
  async #end(): Promise<void> {
    clearTimeout(this.#timer);
    const ending = this.#running;
    this.#running = null;
    await ending?.stop();
  }
}
