import type pg from 'pg';

/** Statements that are named, for all connections together; whatever else comes is planned each time it is asked. */
const MOST_NAMES = 256;
const names = new Map<string, string>();

/**
 * A statement that every connection parses and plans once, which costs as much as reading a page. For statements that find their
 * rows by key, whatever they are asked: where the best way depends on the value (a rare word, a span of time) the plan for any value
 * may be a bad one for this.
 */
export function prepared(text: string, values: unknown[]): pg.QueryConfig {
  let name = names.get(text);
  if (name === undefined) {
    if (names.size >= MOST_NAMES) return { text, values };
    name = `read-${names.size}`;
    names.set(text, name);
  }
  return { name, text, values };
}
