import { API_VERSION, representMessage, type TwilioMessage } from './message.ts';
import type { MessageStore } from './store.ts';

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;

/**
 * One page of a list, newest first. The link to the next page names the last message of this one, so that no message
 * is left out or comes twice when others arrive in between.
 */
export function listMessages(
  query: URLSearchParams,
  { accountSid, store, priceDelayMs }: { accountSid: string; store: MessageStore; priceDelayMs: number },
) {
  const found = store.newestFirst().filter((message) => matches(message, query));
  const size = Math.min(Math.max(wholeNumber(query.get('PageSize')) ?? DEFAULT_PAGE_SIZE, 1), MAX_PAGE_SIZE);
  const page = wholeNumber(query.get('Page')) ?? 0;
  const previous = found.findIndex((message) => `PA${message.sid}` === query.get('PageToken'));
  const start = previous === -1 ? page * size : previous + 1;
  const messages = found.slice(start, start + size);
  const last = messages.at(-1);
  const uri = (number: number, more: Record<string, string> = {}) => pageUri(query, accountSid, size, number, more);
  return {
    end: start + Math.max(messages.length - 1, 0),
    first_page_uri: uri(0),
    messages: messages.map((message) => representMessage(message, priceDelayMs)),
    next_page_uri:
      last !== undefined && start + size < found.length ? uri(page + 1, { PageToken: `PA${last.sid}` }) : null,
    page,
    page_size: size,
    previous_page_uri: page === 0 ? null : uri(page - 1),
    start,
    uri: uri(page),
  };
}

/** The filters on DateSent are days in GMT, and leave out what has not been sent. */
function matches(message: TwilioMessage, query: URLSearchParams): boolean {
  const day = message.sentAt?.toISOString().slice(0, 10) ?? null;
  const is = (name: string, test: (value: string) => boolean) => {
    const value = query.get(name);
    return value === null || value === '' || test(value);
  };
  return (
    is('To', (to) => message.to === to) &&
    is('From', (from) => message.from === from) &&
    is('DateSent', (date) => day === date.slice(0, 10)) &&
    is('DateSent<', (date) => day !== null && day <= date.slice(0, 10)) &&
    is('DateSent>', (date) => day !== null && day >= date.slice(0, 10))
  );
}

/** Relative to the host, as in all of Twilio's API of 2010. */
function pageUri(query: URLSearchParams, accountSid: string, size: number, page: number, more: Record<string, string>) {
  const kept = [...query].filter(([name]) => !['Page', 'PageSize', 'PageToken'].includes(name));
  const next = new URLSearchParams([
    ...kept,
    ['PageSize', String(size)],
    ['Page', String(page)],
    ...Object.entries(more),
  ]);
  return `/${API_VERSION}/Accounts/${accountSid}/Messages.json?${next}`;
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null;
}
