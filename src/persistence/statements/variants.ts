import { type Columns, type ColumnType, type Recordset, recordset } from './recordset.js';

/** Numbers the placeholders of a statement that is put together from parts. */
export class Placeholders {
  #next = 1;

  table<Column extends string>(name: string, columns: Columns<Column>): Recordset<Column> {
    const table = recordset(name, this.#next, columns);
    this.#next += Object.keys(columns).length;
    return table;
  }

  /** A table with further columns, which are only sent where `isSent`; elsewhere they are null in every row, or false. */
  tableWith<Column extends string, More extends string>(
    name: string,
    columns: Columns<Column>,
    more: Columns<More>,
    isSent: boolean,
  ): Recordset<Column | More> {
    if (isSent) return this.table(name, { ...columns, ...more } as Columns<Column | More>);
    const table = recordset(name, this.#next, columns, more);
    this.#next += Object.keys(columns).length;
    return table;
  }

  /** A single value. */
  value(type: ColumnType): string {
    const placeholder = `$${this.#next}::${type}`;
    this.#next += 1;
    return placeholder;
  }
}

/**
 * A statement for each combination of what only some batches need, made when it is first asked for. Each part of a statement costs
 * a batch as much as another row or two, even when it finds nothing to do.
 *
 * @param make makes the statement with these parts, under a name of its own
 * @returns the statement for the parts that are not false
 */
export function variantsOf<Part extends string, Statement>(
  name: string,
  make: (has: (part: Part) => boolean, name: string) => Statement,
): (parts: readonly (Part | false)[]) => Statement {
  const made = new Map<string, Statement>();
  return (parts) => {
    const wanted = parts.filter((part) => part !== false);
    const own = [name, ...wanted].join('-');
    let statement = made.get(own);
    if (statement === undefined) {
      statement = make((part) => wanted.includes(part), own);
      made.set(own, statement);
    }
    return statement;
  };
}
