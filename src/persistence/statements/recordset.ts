import { JsonPieces, type PrintedJson } from '../../domain/json-literals.js';
import { binaryArray, OIDS } from './binary-array.js';

type Cell = PrintedJson | number | boolean | null | undefined;

/** Types whose text needs no quoting inside an array, and those that do. `json` is text made by `JSON.stringify`. */
export type ColumnType = 'uuid' | 'int' | 'bigint' | 'float8' | 'boolean' | 'text' | 'json';

export interface Recordset<Column extends string> {
  /** The rows as a table inside a statement, under the recordset's name: its columns, and `n`, which counts rows from 1. */
  readonly sql: string;
  /** The rows as one array per column, in the order of the placeholders: a literal, or bytes where texts are long. */
  params(rows: readonly Readonly<Record<Column, Cell>>[]): (string | Buffer)[];
}

export type Columns<Column extends string> = Readonly<Record<Column, ColumnType>>;

/**
 * Declares a table that is handed to a statement as arrays: one statement text for any number of rows.
 *
 * @param firstPlaceholder number of its first `$n`; the others follow
 * @param columns PostgreSQL type of each column
 * @param empty columns that are not sent, because nothing is in them: null in every row, or false
 */
export function recordset<Column extends string, Empty extends string = never>(
  name: string,
  firstPlaceholder: number,
  columns: Columns<Column>,
  empty?: Columns<Empty>,
): Recordset<Column | Empty> {
  const names = Object.keys(columns) as Column[];
  const arrays = names.map((column, index) => `$${firstPlaceholder + index}::${columns[column]}[]`);
  const sent = `unnest(${arrays.join(', ')}) with ordinality as ${name}(${names.join(', ')}, n)`;
  return {
    sql: empty === undefined ? sent : `(select *, ${nothingIn(empty)} from ${sent}) as ${name}`,
    params: (rows) =>
      names.map((column) => {
        const type: ColumnType = columns[column];
        if ((type === 'json' || type === 'text') && isLong(rows, column))
          return binaryArray(
            rows.map((row) => textOf(row[column])),
            OIDS[type],
          );
        const print = printers[type];
        let elements = '';
        for (const row of rows) {
          const cell = row[column];
          const element = cell === null || cell === undefined ? 'NULL' : print(cell);
          elements += elements === '' ? element : `,${element}`;
        }
        return `{${elements}}`;
      }),
  };
}

const nothingIn = <Column extends string>(columns: Columns<Column>): string =>
  (Object.entries(columns) as [Column, ColumnType][])
    .map(([column, type]) => (type === 'boolean' ? `false as ${column}` : `null::${type} as ${column}`))
    .join(', ');

/** Whether anything is in one of these columns, so that they have to be sent. */
export function isAnythingIn<Column extends string>(
  columns: Columns<Column>,
  rows: readonly Readonly<Record<NoInfer<Column>, Cell>>[],
): boolean {
  for (const row of rows)
    for (const column in columns) {
      const cell = row[column];
      if (cell !== null && cell !== undefined && cell !== false) return true;
    }
  return false;
}

/** Characters in one cell from which on its column's array is sent as bytes, as it is when one of them comes in pieces. */
const LONG = 2048;

function isLong<Column extends string>(rows: readonly Readonly<Record<Column, Cell>>[], column: Column): boolean {
  for (const row of rows) {
    const cell = row[column];
    if (typeof cell === 'string' ? cell.length >= LONG : cell instanceof JsonPieces) return true;
  }
  return false;
}

const textOf = (cell: Cell): PrintedJson | null => {
  if (cell === null || cell === undefined) return null;
  return cell instanceof JsonPieces ? cell : String(cell);
};

/** Most texts have nothing to escape, and looking costs less than replacing. */
const escaped = (text: string): string => (/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text);

/** Knowing the column's type, an element is printed far cheaper than by the driver, which looks at every value. */
const printers: Record<ColumnType, (cell: PrintedJson | number | boolean) => string> = {
  uuid: String,
  int: String,
  bigint: String,
  float8: String,
  boolean: String,
  text: (cell) => `"${escaped(String(cell))}"`,
  // JSON text holds no control characters, so a string of it is escaped alike in JSON and in an array: quotes and backslashes.
  json: (cell) => JSON.stringify(cell),
};
