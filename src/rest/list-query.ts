import { z } from 'zod';
import type { Page, PageRequest } from '../domain/page.js';
import { parseInput } from '../services/validation.js';

/** Query of every list (lists and pagination section). */
export const ListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).optional().describe('1 to 100, default 20.'),
  after: z.string().max(256).optional().describe('Id of the last element of the page before.'),
  before: z.string().max(256).optional().describe('Id of the first element of the page after.'),
  order: z.enum(['asc', 'desc']).optional().describe('By creation; default desc.'),
});

/** Reads a list's query; cursors are mapped by the caller. @throws 400 naming the parameter */
export function readListQuery(query: Record<string, unknown>): PageRequest<string> {
  const { limit, after, before, order } = parseInput(ListQuery, query);
  return {
    limit: limit ?? 20,
    order: order ?? 'desc',
    after: after ?? null,
    before: before ?? null,
    fromEnd: after === undefined && before !== undefined,
  };
}

/** The API's list object. */
export function toList<Row extends object>(page: Page<unknown>, data: readonly Row[], fromEnd = false) {
  const idOf = (row: object | undefined): string | null => (row as { id?: string } | undefined)?.id ?? null;
  return {
    object: 'list',
    data,
    first_id: idOf(data[0]),
    last_id: idOf(data.at(-1)),
    has_more: fromEnd ? page.hasPrevious : page.hasNext,
  };
}
