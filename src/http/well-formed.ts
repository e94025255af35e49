/**
 * Half a surrogate pair, which JSON can escape but PostgreSQL cannot keep, becomes the replacement character. Works on what
 * `JSON.parse` made, in place where it can; only bodies that hold such an escape pay for the walk.
 */
function toWellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(toWellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key.toWellFormed(), toWellFormed(entry)]));
}

/** Whether JSON text may hold half a surrogate pair: raw ones cannot survive UTF-8, so there has to be an escape. */
const mayBeIllFormed = (json: string): boolean => /\\u[dD]/.test(json);

/** What `JSON.parse` asks of every member. `source` is how a string, a number, a boolean or null is written. */
export type Reviver = (name: string, value: unknown, context?: { source?: string }) => unknown;

/** `JSON.parse` whose strings are all well-formed. */
export function parseWellFormed(json: string, reviver?: Reviver): unknown {
  const value: unknown = JSON.parse(json, reviver as Parameters<typeof JSON.parse>[1]);
  return mayBeIllFormed(json) ? toWellFormed(value) : value;
}
