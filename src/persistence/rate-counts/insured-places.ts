import { createProcessPlaces } from './in-process.js';
import type { Places } from './rate-counts.js';

/**
 * Places that are counted elsewhere, and in this process while that cannot be reached: each process then lets its share in.
 *
 * @param processes how many share the rooms, as far as is known
 */
export function insuredPlaces(places: Places, processes: () => number): Places {
  const own = createProcessPlaces();
  return {
    async take(holder, rooms) {
      try {
        return await places.take(holder, rooms);
      } catch {
        return own.take(
          holder,
          rooms.map(({ bucket, most }) => ({ bucket, most: shareOf(most, processes()) })),
        );
      }
    },
    async free(holder, buckets) {
      await own.free(holder, buckets);
      // What could not be given back runs out.
      await places.free(holder, buckets).catch(() => undefined);
    },
  };
}

/** A process's part of a limit; at least one, so that nobody is shut out for good. */
export const shareOf = (most: number, processes: number): number => Math.max(1, Math.floor(most / processes));
