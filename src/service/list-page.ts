import { refuseFaults } from './service-error.ts';

/** What a page of a list starts from. */
export interface PageRequest {
  /** Opaque, from the `next` or `previous` link of another page. */
  readonly cursor: string | null;
  readonly limit: number;
}

export interface PageResult<Item> {
  readonly items: Item[];
  readonly next: string | null;
  readonly previous: string | null;
}

/** What a list is ordered by, the largest first; no two items have the same. */
interface ListKey<Item, Key extends string | number> {
  readonly pattern: RegExp;
  readonly parse: (text: string) => Key;
  readonly of: (item: Item) => Key;
}

/** Rows that are read at a time where all are wanted. */
const READ_AT_ONCE = 100;

/** A whole list that is ordered by id, the newest first, page by page, so that thousands need no more memory than a few. */
export async function* readAllPages<Item extends { id: string }>(
  read: (page: { before?: string; limit: number }) => Promise<Item[]>,
): AsyncGenerator<Item[]> {
  let before: string | undefined;
  for (;;) {
    const items = await read({ limit: READ_AT_ONCE, ...(before === undefined ? {} : { before }) });
    yield items;
    before = items.at(-1)?.id;
    if (items.length < READ_AT_ONCE) return;
  }
}

type ReadPage<Item, Key> = (page: { before?: Key; after?: Key; limit: number }) => Promise<Item[]>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * One page of a list that is ordered by id, the newest first.
 * @throws {ServiceError} invalid, where the cursor is not one of ours
 */
export async function readPage<Item extends { id: string }>(
  request: PageRequest,
  read: ReadPage<Item, string>,
): Promise<PageResult<Item>> {
  const key = { pattern: UUID, parse: String, of: ({ id }: Item) => id };
  return await readPageBy(key, request, read);
}

/**
 * One page of a list that is ordered by any key. Reads one row more than asked for, to know whether there is another
 * page.
 * @throws {ServiceError} invalid, where the cursor is not one of ours
 */
export async function readPageBy<Item, Key extends string | number>(
  key: ListKey<Item, Key>,
  request: PageRequest,
  read: ReadPage<Item, Key>,
): Promise<PageResult<Item>> {
  const limit = request.limit + 1;
  if (request.cursor === null) {
    const rows = await read({ limit });
    return pageOf(key, rows.slice(0, request.limit), rows.length > request.limit, false);
  }
  const { direction, at } = readCursor(key, request.cursor);
  if (direction === 'a') {
    const rows = await read({ after: at, limit });
    return pageOf(key, rows.slice(-request.limit), true, rows.length > request.limit);
  }
  const rows = await read({ before: at, limit });
  return pageOf(key, rows.slice(0, request.limit), rows.length > request.limit, true);
}

/** A cursor is `a.` (after) or `b.` (before) and a key. */
function readCursor<Item, Key extends string | number>({ pattern, parse }: ListKey<Item, Key>, cursor: string) {
  const [direction, text = ''] = [cursor.charAt(0), cursor.slice(2)];
  if (!/^[ab]\./.test(cursor) || !pattern.test(text)) {
    refuseFaults([{ pointer: '/cursor', code: 'invalid_cursor', message: 'Not a cursor of this list.' }]);
  }
  return { direction, at: parse(text) };
}

function pageOf<Item, Key extends string | number>(
  key: ListKey<Item, Key>,
  items: Item[],
  hasOlder: boolean,
  hasNewer: boolean,
): PageResult<Item> {
  const [first, last] = [items[0], items.at(-1)];
  return {
    items,
    next: hasOlder && last !== undefined ? `b.${key.of(last)}` : null,
    previous: hasNewer && first !== undefined ? `a.${key.of(first)}` : null,
  };
}
