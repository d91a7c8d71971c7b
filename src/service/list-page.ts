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

const CURSOR = /^([ab])\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * One page of a list that is ordered by id, the newest first. Reads one row more than asked for, to know whether
 * there is another page.
 * @throws {ServiceError} invalid, where the cursor is not one of ours
 */
export async function readPage<Item extends { id: string }>(
  request: PageRequest,
  read: (page: { before?: string; after?: string; limit: number }) => Promise<Item[]>,
): Promise<PageResult<Item>> {
  const match = request.cursor === null ? null : CURSOR.exec(request.cursor);
  if (request.cursor !== null && match === null) {
    refuseFaults([{ pointer: '/cursor', code: 'invalid_cursor', message: 'Not a cursor of this list.' }]);
  }
  const [, direction, id = ''] = match ?? [];
  const limit = request.limit + 1;
  if (direction === 'a') {
    const rows = await read({ after: id, limit });
    const items = rows.slice(-request.limit);
    return page(items, true, rows.length > request.limit);
  }
  const rows = await read(direction === 'b' ? { before: id, limit } : { limit });
  return page(rows.slice(0, request.limit), rows.length > request.limit, direction === 'b');
}

function page<Item extends { id: string }>(items: Item[], hasOlder: boolean, hasNewer: boolean): PageResult<Item> {
  const first = items[0];
  const last = items.at(-1);
  return {
    items,
    next: hasOlder && last !== undefined ? `b.${last.id}` : null,
    previous: hasNewer && first !== undefined ? `a.${first.id}` : null,
  };
}
