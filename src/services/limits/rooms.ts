import type { RateLimit } from '../../domain/rate-limit.js';
import type { Room } from '../../persistence/rate-counts/rate-counts.js';
import { bucketOf, type Caller } from './bucket.js';

/** A room, and what it comes from. */
export interface LimitedRoom extends Room {
  limit: RateLimit;
  kind: 'runs' | 'streams';
}

/** The rooms in which a caller's run has to find a place, or its stream. */
export function roomsOf(limits: readonly RateLimit[], caller: Caller, kind: LimitedRoom['kind']): LimitedRoom[] {
  return limits.flatMap((limit) => {
    const most = kind === 'runs' ? limit.concurrentRuns : limit.concurrentStreams;
    return most === null ? [] : [{ limit, kind, most, bucket: bucketOf(limit, caller, kind) }];
  });
}
