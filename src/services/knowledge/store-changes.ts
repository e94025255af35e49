import { setTimeout as sleep } from 'node:timers/promises';
import type { Notifier } from '../../persistence/notifier.js';
import { STORE_CHANNEL } from '../../persistence/repositories/ingestion.repository.js';

/** A notification can be lost with its connection. */
const LOOK_AGAIN_MS = 2000;

export type StoreChanges = ReturnType<typeof createStoreChanges>;

/** Tells who waits that a vector store has moved on, in whichever process. */
export function createStoreChanges(notifier: Notifier) {
  const watchers = new Map<string, Set<() => void>>();
  notifier.on(STORE_CHANNEL, (storeId) => {
    for (const wake of watchers.get(storeId) ?? []) wake();
  });

  return {
    /** Waits until something about the store changes, or for a while. */
    async wait(storeId: string, signal: AbortSignal): Promise<void> {
      const waiters = watchers.get(storeId) ?? new Set();
      watchers.set(storeId, waiters);
      const stop = new AbortController();
      let wake: () => void = () => undefined;
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      waiters.add(wake);
      try {
        await Promise.race([
          woken,
          sleep(LOOK_AGAIN_MS, undefined, { signal: AbortSignal.any([signal, stop.signal]) }).catch(() => undefined),
        ]);
      } finally {
        stop.abort();
        waiters.delete(wake);
        if (waiters.size === 0) watchers.delete(storeId);
      }
    },
  };
}
