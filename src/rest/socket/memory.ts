import type { Item } from '../../domain/item.js';

/** A response that is not stored, as its connection remembers it. */
export interface Remembered {
  /** UUID. */
  id: string;
  /** Everything said up to its end. */
  items: readonly Item[];
  /** About its size. */
  bytes: number;
}

export interface Memory {
  find(id: string): Remembered | undefined;
  /** Takes the place of the lane's last one. Null: the lane's newest response needs no remembering. */
  keep(lane: string, newest: Remembered | null): void;
  forget(id: string): void;
}

/**
 * The newest response of each lane of one connection (WebSocket section): it may be continued although it is not stored.
 * Bounded in lanes and bytes; what does not fit is unknown afterwards, as after a reconnect.
 */
export function createMemory(limits: { lanes: number; bytes: number }): Memory {
  const newest = new Map<string, Remembered>();
  const total = (): number => [...newest.values()].reduce((sum, { bytes }) => sum + bytes, 0);

  return {
    find: (id) => [...newest.values()].find((remembered) => remembered.id === id),
    keep(lane, remembered) {
      newest.delete(lane);
      if (remembered === null) return;
      newest.set(lane, remembered);
      // The lane that was silent for longest goes first.
      for (const [oldest] of newest) {
        if (newest.size <= limits.lanes && total() <= limits.bytes) break;
        newest.delete(oldest);
      }
    },
    forget(id) {
      for (const [lane, remembered] of newest) if (remembered.id === id) newest.delete(lane);
    },
  };
}
