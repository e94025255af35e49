import type pg from 'pg';
import type { Queryable } from './database.js';
import { areTablesInUse } from './tables-in-use.js';

/** Lists that are named, for all connections together; others are planned each time they are asked for. */
const MOST_LISTS = 64;
const lists = new Map<string, string>();

/**
 * A page of a list as a statement that is planned once per connection, which costs as much as reading it. For lists in the order of
 * an index, whatever they are asked: where the best way depends on the value (a rare word, a span of time), the plan for any value
 * may be a bad one for this.
 */
export function preparedList(text: string, values: unknown[]): pg.QueryConfig {
  let name = lists.get(text);
  if (name === undefined) {
    if (lists.size >= MOST_LISTS) return { text, values };
    name = `list-${lists.size}`;
    lists.set(text, name);
  }
  return { name, text, values };
}

/** Named statements from one look at the tables to the next, while they are small. */
const STATEMENTS_PER_LOOK = 64;

/**
 * Takes the names off statements until the tables are in use: a plan that was made while they were small may read them as a whole,
 * and would be kept while they grow.
 */
export function namedOnceInUse(sql: Queryable): Queryable {
  let isInUse = false;
  let statements = 0;
  const look = async (): Promise<void> => {
    isInUse = await areTablesInUse(sql, ['responses']);
  };
  return {
    query(text, values) {
      if (isInUse || typeof text === 'string' || text.name === undefined) return sql.query(text, values);
      // Should it fail, the next look will tell.
      if (statements % STATEMENTS_PER_LOOK === 0) look().catch(() => undefined);
      statements += 1;
      const { name: _name, ...unnamed } = text;
      return sql.query(unnamed, values);
    },
  };
}
