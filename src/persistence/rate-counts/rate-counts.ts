import type { RateLimiterAbstract } from 'rate-limiter-flexible';

/** A limit on what goes on at once. */
export interface Room {
  bucket: string;
  /** Places in it. */
  most: number;
}

/** Places that are held while something goes on. */
export interface Places {
  /**
   * Takes a place in every room, or in none.
   *
   * @param holder UUID of whoever holds them
   * @returns the index of the first room that is full, or null
   */
  take(holder: string, rooms: readonly Room[]): Promise<number | null>;
  /** Gives places back. Ones that are not held are nothing to it. */
  free(holder: string, buckets: readonly string[]): Promise<void>;
}

/** What counts windows: `points` in `seconds` for each key by itself. */
export interface WindowSize {
  points: number;
  seconds: number;
}

/** Where rates and places are counted: in this process, or for many processes in PostgreSQL or Redis. */
export interface RateCounts {
  window(size: WindowSize): Pick<RateLimiterAbstract, 'consume' | 'penalty' | 'reward'>;
  places: Places;
  /** Changes when what was counted may be lost: nothing is to be given back then that was taken before. */
  readonly era: number;
  /** Removes what has run out. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}
