import type { Queryable } from './database.js';

const PARTITIONED = ['response_events', 'ledger'] as const;

/** Months kept ready ahead of now, so that a missed daily check never refuses a row. */
const MONTHS_AHEAD = 4;

/** The smallest UUID v7 of a moment: 48 bits of milliseconds, then zeros. Ids made at or after it sort above it. */
export function uuidFloor(epochMs: number): string {
  const hex = Math.max(0, epochMs).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}

/** The months that must exist at `nowMs`: the previous one (ids made just before midnight), this one, and some ahead. */
export function monthsAround(nowMs: number): { suffix: string; from: string; to: string }[] {
  const now = new Date(nowMs);
  const months = [];
  for (let offset = -1; offset <= MONTHS_AHEAD; offset += 1) {
    const start = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1));
    const end = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1);
    const suffix = `${start.getUTCFullYear()}_${String(start.getUTCMonth() + 1).padStart(2, '0')}`;
    months.push({ suffix, from: uuidFloor(start.getTime()), to: uuidFloor(end) });
  }
  return months;
}

/** Makes the monthly partitions of events and ledger. Idempotent; run at start and once a day. */
export async function ensurePartitions(db: Queryable, nowMs: number): Promise<void> {
  for (const table of PARTITIONED) {
    for (const { suffix, from, to } of monthsAround(nowMs)) {
      await db.query(
        `create table if not exists ${table}_${suffix} partition of ${table} for values from ('${from}') to ('${to}')`,
      );
    }
  }
}
