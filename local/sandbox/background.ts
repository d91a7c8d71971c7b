import { setTimeout as sleep } from 'node:timers/promises';

/** Twilio waits so long for an answer to a callback: https://www.twilio.com/docs/api/errors/11205. */
const POST_TIMEOUT_MS = 15_000;

/** The delay before the first repetition of a request that failed; it doubles with each further one. */
const FIRST_REPETITION_MS = 250;
const REPETITIONS = 5;

/** Where the service answers, if not at its public URL. */
export interface Reach {
  readonly publicUrl: string;
  readonly at: string;
}

/** Work that goes on after an answer was given, such as callbacks. It ends at once when this is closed. */
export class Background {
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #reach: Reach | null;

  constructor(reach: Reach | null = null) {
    this.#reach = reach;
  }

  /** @param work may end with any error once this is closed; an earlier one is a fault of the sandbox and not caught */
  start(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) throw error;
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** @throws {Error} `AbortError` when this is closed meanwhile */
  async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#closing.signal });
  }

  /**
   * Posts, and repeats the same request a few times while the receiver is away or fails with a 5xx.
   * @returns the status of the last answer, 0 where there was none
   * @throws {Error} `AbortError` when this is closed meanwhile
   */
  async post(url: string, headers: Record<string, string>, body: string | Buffer): Promise<number> {
    for (let repetition = 0; ; repetition += 1) {
      const { status } = await this.postOnce(url, headers, body);
      if ((status !== 0 && status < 500) || repetition === REPETITIONS) return status;
      await this.pause(FIRST_REPETITION_MS * 2 ** repetition);
    }
  }

  /** Posts once. @returns the answer, with status 0 where there was none */
  async postOnce(
    url: string,
    headers: Record<string, string>,
    body: string | Buffer,
  ): Promise<{ status: number; text: string | null }> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(POST_TIMEOUT_MS)]);
    try {
      const response = await fetch(this.#addressOf(url), { method: 'POST', headers, body, signal, redirect: 'manual' });
      return { status: response.status, text: await response.text() };
    } catch {
      return { status: 0, text: null };
    }
  }

  #addressOf(url: string): string {
    const { publicUrl, at } = this.#reach ?? { publicUrl: '', at: '' };
    return publicUrl !== '' && url.startsWith(`${publicUrl}/`) ? at + url.slice(publicUrl.length) : url;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
  }
}
