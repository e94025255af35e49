/** What the header editor shows first. */
export const HEADERS_TEMPLATE = JSON.stringify({ authorization: 'Bearer YOUR_KEY' }, null, 2);

const REMEMBERED = 'antiphon:headers';
const watchers = new Set<() => void>();

/** Keeps edited headers until the browser tab is closed: a key must not outlive it on a shared machine. */
export function rememberHeaders(text: string): void {
  if (text.trim() === '' || text === HEADERS_TEMPLATE) return;
  sessionStorage.setItem(REMEMBERED, text);
  for (const watcher of watchers) watcher();
}

/** The headers edited last in this browser tab, or null. */
export function rememberedHeaders(): string | null {
  return sessionStorage.getItem(REMEMBERED);
}

/** Calls back whenever headers were edited; returns how to stop that. */
export function watchHeaders(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}
