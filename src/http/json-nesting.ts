/** Far beyond what any body needs, far below what printing it again, here or in the database, can take. */
export const MAX_JSON_NESTING = 200;

/** Whether a parsed JSON value is nested more than `MAX_JSON_NESTING` levels deep. Uses no stack of its own. */
export function isNestedTooDeeply(value: unknown): boolean {
  let level: object[] = typeof value === 'object' && value !== null ? [value] : [];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_JSON_NESTING) return true;
    const next: object[] = [];
    for (const container of level)
      for (const entry of Object.values(container)) if (typeof entry === 'object' && entry !== null) next.push(entry);
    level = next;
  }
  return false;
}
