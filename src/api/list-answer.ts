import type { FastifyRequest } from 'fastify';
import type { PageRequest, PageResult } from '../service/list-page.ts';

export function pageRequest(query: { cursor?: string; limit?: number }): PageRequest {
  return { cursor: query.cursor ?? null, limit: query.limit ?? 50 };
}

/** A page as the contract has it; the links keep the filters of the request. */
export function listAnswer<Row, Json>(
  request: FastifyRequest,
  page: PageResult<Row>,
  toJson: (row: Row) => Json,
): { results: Json[]; next: string | null; previous: string | null } {
  const link = (cursor: string | null) => {
    if (cursor === null) return null;
    const [path, query] = request.url.split('?');
    const params = new URLSearchParams(query);
    params.set('cursor', cursor);
    return `${path}?${params}`;
  };
  return { results: page.items.map(toJson), next: link(page.next), previous: link(page.previous) };
}
