/** Values a schema may consist of, and how deep they may lie in one another. */
const MAX_VALUES = 20_000;
const MAX_DEPTH = 100;
/** Characters of all its names and texts. */
const MAX_TEXT = 500_000;

/** What makes a schema too large to be worked with, or null. Looks at no more of it than the limits allow. */
export function findSizeFault(schema: unknown): string | null {
  const waiting: { value: unknown; depth: number }[] = [{ value: schema, depth: 1 }];
  let values = 0;
  let text = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    values += 1;
    if (typeof value === 'string') text += value.length;
    if (values > MAX_VALUES) return `it consists of more than ${MAX_VALUES} values.`;
    if (text > MAX_TEXT) return `it has more than ${MAX_TEXT} characters.`;
    if (depth > MAX_DEPTH) return `it is nested more than ${MAX_DEPTH} levels deep.`;
    if (typeof value !== 'object' || value === null) continue;
    for (const name in value) {
      text += name.length;
      waiting.push({ value: (value as Record<string, unknown>)[name], depth: depth + 1 });
      if (waiting.length > MAX_VALUES) return `it consists of more than ${MAX_VALUES} values.`;
    }
  }
  return null;
}
