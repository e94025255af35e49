/** What this process holds, by room. */
export type Held = ReadonlyMap<string, ReadonlySet<string>>;

export interface Leases {
  add(holder: string, buckets: readonly string[]): void;
  remove(holder: string, buckets: readonly string[]): void;
  close(): void;
}

/** Three beats to a lease, so that one may be lost. */
const BEATS = 3;

/**
 * Keeps the places of this process alive while it is: what others count for it runs out by itself should it die.
 *
 * @param renew is told of everything held, once a beat
 */
export function createLeases(leaseMs: number, renew: (held: Held) => Promise<unknown>): Leases {
  const held = new Map<string, Set<string>>();
  const timer = setInterval(() => {
    // A beat that failed is followed by another.
    renew(held).catch(() => undefined);
  }, leaseMs / BEATS);
  timer.unref();
  return {
    add(holder, buckets) {
      for (const bucket of buckets) {
        const holders = held.get(bucket);
        if (holders === undefined) held.set(bucket, new Set([holder]));
        else holders.add(holder);
      }
    },
    remove(holder, buckets) {
      for (const bucket of buckets) {
        const holders = held.get(bucket);
        holders?.delete(holder);
        if (holders?.size === 0) held.delete(bucket);
      }
    },
    close: () => clearInterval(timer),
  };
}
