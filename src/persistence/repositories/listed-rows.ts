import type { QueryResultRow } from 'pg';
import { keyset, type Page, type PageRequest, toPage } from '../../domain/page.js';
import type { Queryable } from '../database.js';
import { preparedList } from '../prepared.js';

/** A list of rows with ids, as SQL under an alias. */
export interface Listed {
  alias: string;
  columns: string;
  /** `from … where …`: the rows that may be its cursors. */
  there: string;
  /** ` and …`: those of them that are asked for. */
  conditions: string;
  values: readonly unknown[];
  /** Whether the same plan is good for whatever is asked for. */
  isPrepared: boolean;
}

/**
 * A page of a list by id, and whether its cursors are there, in one statement.
 *
 * @returns `unknown-cursor` if one of them is not
 */
export async function listRows<Row extends QueryResultRow, Shown>(
  sql: Queryable,
  { alias, columns, there, conditions, values, isPrepared }: Listed,
  page: PageRequest<string>,
  show: (row: Row) => Shown,
): Promise<Page<Shown> | 'unknown-cursor'> {
  const key = `${alias}.id`;
  const keys = keyset(page, key, values.length + 1);
  const cursors = new Set(keys.values).size;
  const rowsSql = `select ${columns} ${there}${conditions}${keys.where} ${keys.orderBy}`;
  const places = keys.values.map((_, index) => `$${values.length + 1 + index}`).join(', ');
  const text =
    cursors === 0
      ? rowsSql
      : `select known.cursors, page.* from (select count(*)::int as cursors ${there} and ${key} in (${places})) known
         left join lateral (${rowsSql}) page on true ${keys.orderBy.replace(key, 'page.id')}`;
  const all = [...values, ...keys.values];
  const { rows } = await sql.query<Row & { id: string | null; cursors?: number }>(
    isPrepared ? preparedList(text, all) : { text, values: all },
  );
  const [first] = rows;
  if (cursors > 0 && first?.cursors !== cursors) return 'unknown-cursor';
  // The count alone, with no row beside it.
  return toPage(page, first?.id === null ? [] : rows.map(show));
}
