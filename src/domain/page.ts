/** One page of a list ordered by a key that only grows (an id or a position). */
export interface PageRequest<Key> {
  /** 1–100. */
  limit: number;
  /** Direction in which the list is shown. */
  order: 'asc' | 'desc';
  /** Rows that follow this key in the shown direction. */
  after: Key | null;
  /** Rows that precede this key in the shown direction. */
  before: Key | null;
  /** Take the page from the end of the range instead of its beginning (Relay's `last`). */
  fromEnd: boolean;
}

export interface Page<Row> {
  /** In the shown direction. */
  rows: Row[];
  hasNext: boolean;
  hasPrevious: boolean;
}

/** SQL pieces of a keyset page. `hasMore` rows beyond the limit are fetched to know whether the list goes on. */
export function keyset<Key>(page: PageRequest<Key>, column: string, firstPlaceholder: number) {
  const ascending = page.order === 'asc';
  const conditions: string[] = [];
  const values: Key[] = [];
  const bound = (key: Key | null, greater: boolean): void => {
    if (key === null) return;
    values.push(key);
    conditions.push(`${column} ${greater ? '>' : '<'} $${firstPlaceholder + values.length - 1}`);
  };
  bound(page.after, ascending);
  bound(page.before, !ascending);
  const readsAscending = ascending !== page.fromEnd;
  return {
    where: conditions.map((condition) => ` and ${condition}`).join(''),
    orderBy: `order by ${column} ${readsAscending ? 'asc' : 'desc'} limit ${page.limit + 1}`,
    values,
  };
}

/** Cuts the row fetched beyond the limit off and puts the page in its shown direction. */
export function toPage<Key, Row>(page: PageRequest<Key>, fetched: Row[]): Page<Row> {
  const hasMore = fetched.length > page.limit;
  const rows = hasMore ? fetched.slice(0, page.limit) : fetched;
  if (page.fromEnd) rows.reverse();
  return {
    rows,
    hasNext: page.fromEnd ? page.before !== null : hasMore,
    hasPrevious: page.fromEnd ? hasMore : page.after !== null,
  };
}
