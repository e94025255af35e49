import { RateLimiterMemory, RateLimiterPostgres } from 'rate-limiter-flexible';
import type { Queryable } from '../database.js';
import { insuredPlaces } from './insured-places.js';
import { createLeases } from './leases.js';
import type { RateCounts } from './rate-counts.js';

/** Counts in the tables `rate_windows` and `rate_places`, exact for every process that uses the database. */
export function createPostgresCounts(sql: Queryable, leaseMs: number): RateCounts {
  const leases = createLeases(leaseMs, async (held) => {
    if (held.size === 0) return;
    const rows = [...held].flatMap(([bucket, holders]) => [...holders].map((holder) => ({ bucket, holder })));
    await sql.query(
      `update rate_places p set expires_at = clock_timestamp() + $3 * interval '1 millisecond'
       from unnest($1::text[], $2::uuid[]) as h (bucket, holder)
       where p.bucket = h.bucket and p.holder = h.holder`,
      [rows.map(({ bucket }) => bucket), rows.map(({ holder }) => holder), leaseMs],
    );
  });
  return {
    window: ({ points, seconds }) =>
      new RateLimiterPostgres({
        points,
        duration: seconds,
        keyPrefix: '',
        storeClient: sql,
        storeType: 'pool',
        tableName: 'rate_windows',
        tableCreated: true,
        clearExpiredByTimeout: false,
        // Without its database a process has other worries than to count exactly.
        insuranceLimiter: new RateLimiterMemory({ points, duration: seconds, keyPrefix: '' }),
      }),
    places: insuredPlaces(
      {
        async take(holder, rooms) {
          // Everybody takes the locks of rooms in the same order.
          const ordered = [...rooms].sort((a, b) => (a.bucket < b.bucket ? -1 : 1));
          const buckets = ordered.map(({ bucket }) => bucket);
          const { rows } = await sql.query<{ full: number | null }>({
            name: 'take_rate_places',
            text: 'select take_rate_places($1, $2, $3, $4) as full',
            values: [buckets, ordered.map(({ most }) => most), holder, leaseMs],
          });
          const full = rows[0]?.full ?? null;
          if (full === null) leases.add(holder, buckets);
          return full === null ? null : rooms.findIndex(({ bucket }) => bucket === buckets[full]);
        },
        async free(holder, buckets) {
          leases.remove(holder, buckets);
          await sql.query('delete from rate_places where bucket = any($1) and holder = $2', [buckets, holder]);
        },
      },
      () => 1,
    ),
    era: 0,
    async sweep() {
      await sql.query('delete from rate_windows where expire < $1', [Date.now()]);
      await sql.query('delete from rate_places where expires_at < now()');
    },
    close: async () => leases.close(),
  };
}
