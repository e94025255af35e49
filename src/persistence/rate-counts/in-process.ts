import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Places, RateCounts } from './rate-counts.js';

/** Counts of this process alone: exact where there is one. */
export const createProcessCounts = (): RateCounts => ({
  window: ({ points, seconds }) => new RateLimiterMemory({ points, duration: seconds, keyPrefix: '' }),
  places: createProcessPlaces(),
  era: 0,
  sweep: async () => undefined,
  close: async () => undefined,
});

/** Places in memory; nobody else can lose them, so nothing runs out. */
export function createProcessPlaces(): Places {
  const rooms = new Map<string, Set<string>>();
  return {
    async take(holder, wanted) {
      const full = wanted.findIndex(({ bucket, most }) => (rooms.get(bucket)?.size ?? 0) >= most);
      if (full !== -1) return full;
      for (const { bucket } of wanted) {
        const holders = rooms.get(bucket);
        if (holders === undefined) rooms.set(bucket, new Set([holder]));
        else holders.add(holder);
      }
      return null;
    },
    async free(holder, buckets) {
      for (const bucket of buckets) {
        const holders = rooms.get(bucket);
        holders?.delete(holder);
        if (holders?.size === 0) rooms.delete(bucket);
      }
    },
  };
}
