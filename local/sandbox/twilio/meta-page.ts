import { type HttpRequest, originOf } from '../http-server.ts';

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;

/**
 * One page of a list as Twilio's newer APIs give it: below `key`, with absolute links in `meta`. They lead to where the
 * client has found the sandbox, because a client follows them as they are.
 */
export function metaPage<Item>(
  request: HttpRequest,
  key: string,
  items: readonly Item[],
  represent: (item: Item) => unknown,
): Record<string, unknown> {
  const size = Math.min(Math.max(wholeNumber(request.query.get('PageSize')) ?? DEFAULT_PAGE_SIZE, 1), MAX_PAGE_SIZE);
  const page = wholeNumber(request.query.get('Page')) ?? 0;
  const start = page * size;
  const url = (number: number) => pageUrl(request, size, number);
  return {
    [key]: items.slice(start, start + size).map(represent),
    meta: {
      ...{ page, page_size: size, key, url: url(page), first_page_url: url(0) },
      previous_page_url: page === 0 ? null : url(page - 1),
      next_page_url: start + size < items.length ? url(page + 1) : null,
    },
  };
}

function pageUrl(request: HttpRequest, size: number, page: number): string {
  const query = new URLSearchParams(request.query);
  query.set('PageSize', String(size));
  query.set('Page', String(page));
  return `${originOf(request)}${request.path}?${query}`;
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null;
}
