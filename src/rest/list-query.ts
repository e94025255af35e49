import { z } from 'zod';
import { errors } from '../domain/errors.js';
import { type IdKind, parsePublicId } from '../domain/ids.js';
import type { Page, PageRequest } from '../domain/page.js';
import { parseInput, queryInteger } from '../services/validation.js';
import { IncludeQuery } from './include-query.js';

/** Query of every list (lists and pagination section). */
export const ListQuery = z.object({
  limit: queryInteger(1, 100).optional().describe('1 to 100, default 20.'),
  after: z.string().max(256).optional().describe('Id of the last element of the page before.'),
  before: z.string().max(256).optional().describe('Id of the first element of the page after.'),
  order: z.enum(['asc', 'desc']).optional().describe('By creation; default desc.'),
});

/** Query of a list of items. */
export const ItemListQuery = ListQuery.extend(IncludeQuery.shape);

/** A cursor as the key it stands for. @throws 400 naming the parameter when it cannot be one */
type ReadCursor<Key> = (param: string, cursor: string) => Key;

/** Cursors that the service itself reads. */
export const asSent: ReadCursor<string> = (_param, cursor) => cursor;

/** Cursors that are public ids of one kind. */
export const publicId =
  (kind: IdKind): ReadCursor<string> =>
  (param, cursor) => {
    const uuid = parsePublicId(kind, cursor);
    if (uuid !== null) return uuid;
    const what = kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    throw errors.invalidValue(param, `The cursor '${cursor.slice(0, 80)}' is not a ${what} id.`);
  };

/** Cursors that are version numbers. */
export const versionNumber: ReadCursor<number> = (param, cursor) => {
  if (!/^\d{1,9}$/.test(cursor)) throw errors.invalidValue(param, 'The cursor is a version number.');
  return Number(cursor);
};

/** Reads a list's query. `size` is for lists whose pages are longer than usual. @throws 400 naming the parameter */
export function readListQuery<Key>(
  query: Record<string, unknown>,
  readCursor: ReadCursor<Key>,
  size = { limit: 20, max: 100 },
): PageRequest<Key> {
  const limited = ListQuery.extend({ limit: z.coerce.number().int().min(1).max(size.max).optional() });
  const { limit, after, before, order } = parseInput(size.max === 100 ? ListQuery : limited, query);
  return {
    limit: limit ?? size.limit,
    order: order ?? 'desc',
    after: after === undefined ? null : readCursor('after', after),
    before: before === undefined ? null : readCursor('before', before),
    fromEnd: after === undefined && before !== undefined,
  };
}

const idOf = (row: object): string => (row as { id: string }).id;

/** The API's list object. `first_id` and `last_id` are cursors: ids, unless the list has others. */
export function toList<Row extends object>(
  page: Page<unknown>,
  data: readonly Row[],
  fromEnd = false,
  cursorOf: (row: Row) => string = idOf,
) {
  const [first] = data;
  const last = data.at(-1);
  return {
    object: 'list',
    data,
    first_id: first === undefined ? null : cursorOf(first),
    last_id: last === undefined ? null : cursorOf(last),
    has_more: fromEnd ? page.hasPrevious : page.hasNext,
  };
}
