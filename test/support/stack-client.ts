import type { Static } from 'typebox';
import { vi } from 'vitest';
import type { TakenMessage } from '../../local/sandbox/inbox.ts';
import type { MessageDetail, MessageWithWarnings, NewMessage } from '../../src/api/message-schemas.ts';

export type MessageJson = Static<typeof MessageDetail>;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What a sender, an operator and a provider's inbox see of a running service. */
export interface StackClient {
  /** Any request; its answer, whatever it is. */
  call(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Answer>;
  /** @throws {Error} where the message is not accepted */
  send(message: Static<typeof NewMessage>): Promise<Static<typeof MessageWithWarnings>>;
  get(id: string): Promise<MessageJson>;
  /** The message as it is once something holds for it. */
  until(id: string, holds: (message: MessageJson) => boolean, limitMs?: number): Promise<MessageJson>;
  /** What the providers have taken for an address, in order. */
  taken(to: string, channel?: 'email' | 'sms' | 'whatsapp'): Promise<TakenMessage[]>;
  /** Somebody writes to one of our numbers. The status that our webhook has answered with. */
  reply(written: Reply): Promise<number | null>;
}

/** In the names of the sandbox's `POST /replies/`. */
interface Reply {
  readonly channel: 'sms' | 'whatsapp';
  readonly from: string;
  readonly text?: string;
  readonly profile_name?: string;
  readonly button_id?: string;
  readonly button_text?: string;
}

/** Longest that anything in a journey may take. */
const LIMIT_MS = 25_000;
const PAUSE_MS = 100;

export function createStackClient(apiUrl: string, apiKey: string, sandboxUrl: string): StackClient {
  async function call(method: string, path: string, body?: object, more: Record<string, string> = {}): Promise<Answer> {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const headers = { authorization: `Bearer ${apiKey}`, ...type, ...more };
    const response = await fetch(apiUrl + path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  }

  /** @throws {Error} where the answer has another status */
  async function ask<Answer>(status: number, ...request: Parameters<typeof call>): Promise<Answer> {
    const answer = await call(...request);
    if (answer.status !== status) throw new Error(`${request[1]}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as Answer;
  }

  const get = (id: string) => ask<MessageJson>(200, 'GET', `/api/messages/${id}/`);

  return {
    call,
    send: (message) => ask(201, 'POST', '/api/messages/', message),
    get,
    async until(id, holds, limitMs = LIMIT_MS) {
      const ask = async () => {
        const message = await get(id);
        if (!holds(message)) throw new Error(`This did not come: ${holds}. The message: ${JSON.stringify(message)}`);
        return message;
      };
      return await vi.waitFor(ask, { timeout: limitMs, interval: PAUSE_MS });
    },
    async taken(to, channel) {
      const query = new URLSearchParams({ to, ...(channel === undefined ? {} : { channel }) });
      const response = await fetch(`${sandboxUrl}/messages/?${query}`);
      const { results } = (await response.json()) as { results: TakenMessage[] };
      return results.reverse();
    },
    async reply(written) {
      const response = await fetch(`${sandboxUrl}/replies/`, { method: 'POST', body: JSON.stringify(written) });
      if (response.status !== 201) throw new Error(`The reply was not taken: ${await response.text()}`);
      return ((await response.json()) as { webhook_status: number | null }).webhook_status;
    },
  };
}

export function isSent(message: MessageJson): boolean {
  return message.status === 'sent';
}
