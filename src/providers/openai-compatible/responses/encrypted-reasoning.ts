/**
 * An upstream's encrypted reasoning only opens for the upstream that sealed it, under the id it gave the item. Both are kept
 * in front of it, since the item itself goes by an id of ours.
 */
export const wrapReasoning = (providerId: string, itemId: string, encrypted: string): string =>
  `${providerId}:${encodeURIComponent(itemId)}:${encrypted}`;

/** What `wrapReasoning` wrapped for this provider, or null for anybody else's. */
export function unwrapReasoning(providerId: string, wrapped: unknown): { itemId: string; encrypted: string } | null {
  if (typeof wrapped !== 'string' || !wrapped.startsWith(`${providerId}:`)) return null;
  const start = providerId.length + 1;
  const end = wrapped.indexOf(':', start);
  if (end === -1) return null;
  try {
    return { itemId: decodeURIComponent(wrapped.slice(start, end)), encrypted: wrapped.slice(end + 1) };
  } catch {
    return null;
  }
}
