import { type Page, type PageRequest, toPage } from '../../domain/page.js';

interface Found<Key> {
  id: string | null;
  position: Key | null;
}

/**
 * A page whose cursors are item ids as a page by positions, given the positions that were found for them. Null when a cursor
 * is not among them.
 */
export function byPosition<Key>(page: PageRequest<string>, found: readonly Found<Key>[]): PageRequest<Key> | null {
  const positions = new Map(found.map(({ id, position }) => [id, position]));
  const read = (cursor: string | null): Key | null | undefined =>
    cursor === null ? null : (positions.get(cursor) ?? undefined);
  const after = read(page.after);
  const before = read(page.before);
  return after === undefined || before === undefined ? null : { ...page, after, before };
}

/** The cursors of a page, for looking their positions up. */
export const cursorsOf = (page: PageRequest<string>): string[] =>
  [page.after, page.before].filter((cursor) => cursor !== null);

type Range<Key> = Partial<Record<'$lt' | '$gt', Key>>;

/** A keyset page for the entity manager: the range of the key, and the options that go with it. */
export function entityPage<Key, Column extends string>(page: PageRequest<Key>, column: Column) {
  const isNewestFirst = page.order === 'desc';
  const range: Range<Key> = {};
  if (page.after !== null) range[isNewestFirst ? '$lt' : '$gt'] = page.after;
  if (page.before !== null) range[isNewestFirst ? '$gt' : '$lt'] = page.before;
  const direction: 'asc' | 'desc' = isNewestFirst === page.fromEnd ? 'asc' : 'desc';
  return {
    range: range as Range<Key>,
    options: { orderBy: { [column]: direction } as Record<Column, 'asc' | 'desc'>, limit: page.limit + 1 },
  };
}

/** Which end of a list, and how much of it; no cursors. The same for every parent, so many lists are read at once. */
export type FirstPage = Pick<PageRequest<never>, 'limit' | 'order' | 'fromEnd'>;

export const withoutCursors = (page: FirstPage): PageRequest<never> => ({ ...page, after: null, before: null });

/** Rows of many parents, in order within each, as a page per parent. Parents without rows get an empty page. */
export function pagesByParent<Row, Shown>(
  page: FirstPage,
  parents: readonly string[],
  rows: readonly Row[],
  parentOf: (row: Row) => string,
  show: (row: Row) => Shown,
): Map<string, Page<Shown>> {
  const byParent = new Map<string, Shown[]>(parents.map((parent) => [parent, []]));
  for (const row of rows) byParent.get(parentOf(row))?.push(show(row));
  return new Map([...byParent].map(([parent, shown]) => [parent, toPage(withoutCursors(page), shown)]));
}
