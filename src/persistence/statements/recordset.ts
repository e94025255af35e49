type Cell = string | number | boolean | null | undefined;

export interface Recordset<Column extends string> {
  /** `unnest($n::type[], …) with ordinality as name(column, …, n)`: the rows as a table inside a statement. */
  readonly sql: string;
  /** The rows as one array per column, in the order of the placeholders. */
  params(rows: readonly Readonly<Record<Column, Cell>>[]): Cell[][];
}

/**
 * Declares a table that is handed to a statement as arrays: one statement text for any number of rows.
 *
 * @param firstPlaceholder number of its first `$n`; the others follow
 * @param columns PostgreSQL type of each column
 */
export function recordset<Column extends string>(
  name: string,
  firstPlaceholder: number,
  columns: Record<Column, string>,
): Recordset<Column> {
  const names = Object.keys(columns) as Column[];
  const arrays = names.map((column, index) => `$${firstPlaceholder + index}::${columns[column]}[]`);
  return {
    sql: `unnest(${arrays.join(', ')}) with ordinality as ${name}(${names.join(', ')}, n)`,
    params: (rows) => names.map((column) => rows.map((row) => row[column])),
  };
}
