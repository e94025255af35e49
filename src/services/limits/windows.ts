import type { RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimit, RateWindow } from '../../domain/rate-limit.js';
import type { RateCounts } from '../../persistence/rate-counts/rate-counts.js';
import { bucketOf, type Caller } from './bucket.js';
import type { ExpectedTokens } from './rate-lease.js';

/** A window in which something is to be counted. */
export interface Wanted {
  limit: RateLimit;
  kind: 'requests' | 'tokens';
  window: RateWindow;
  bucket: string;
  /** What is counted, and what of it the window has to hold in any case. */
  points: number;
  least: number;
}

/** What was counted in a window, or found it used up. */
export interface Charge extends Wanted {
  isIn: boolean;
  /** Left in the window, and ms until it ends. */
  remaining: number;
  resetMs: number;
  /** Makes it this much instead. Never rejects. */
  settle(points: number): Promise<unknown>;
}

export type Windows = ReturnType<typeof createWindows>;

type Found = Pick<RateLimiterRes, 'remainingPoints' | 'consumedPoints' | 'msBeforeNext'>;

/** Nothing is given back to a window that ends so soon: it might come to the next one, as a gift. */
const MARGIN_MS = 100;

/** Requests and tokens by the minute, counted by rate-limiter-flexible. */
export function createWindows(counts: RateCounts) {
  const counters = new Map<string, ReturnType<RateCounts['window']>>();
  const counterOf = ({ most, seconds }: RateWindow) => {
    const size = `${most}/${seconds}`;
    const known = counters.get(size);
    if (known !== undefined) return known;
    const counter = counts.window({ points: most, seconds });
    counters.set(size, counter);
    return counter;
  };

  const chargeOf = (wanted: Wanted, isIn: boolean, found: Found): Charge => {
    const { bucket, window, points } = wanted;
    const counter = counterOf(window);
    const { era } = counts;
    const endMs = Date.now() + found.msBeforeNext;
    return {
      ...wanted,
      isIn,
      remaining: isIn ? found.remainingPoints : Math.max(0, window.most - found.consumedPoints + points),
      resetMs: found.msBeforeNext,
      async settle(instead) {
        const isOver = Date.now() > endMs - MARGIN_MS || counts.era !== era;
        if (instead > points) await counter.penalty(bucket, instead - points).catch(() => undefined);
        else if (instead < points && !isOver) await counter.reward(bucket, points - instead).catch(() => undefined);
      },
    };
  };

  const wantedIn = (limit: RateLimit, kind: Wanted['kind'], caller: Caller, expected: ExpectedTokens): Wanted[] => {
    const window = limit[kind];
    if (window === null) return [];
    const { input, output } = expected;
    const bucket = `${bucketOf(limit, caller, kind)}/${window.most}/${window.seconds}`;
    // An answer of unknown length waits for the whole window, and not for more than that.
    return [{ limit, kind, window, bucket, least: input, points: Math.min(input + output, window.most) }];
  };

  return {
    /** What a request is counted in; `expected` is null if it uses no tokens. */
    wanted: (limits: readonly RateLimit[], caller: Caller, expected: ExpectedTokens | null): Wanted[] =>
      distinct(
        limits.flatMap((limit) => [
          ...wantedIn(limit, 'requests', caller, { input: 1, output: 0 }),
          ...(expected === null ? [] : wantedIn(limit, 'tokens', caller, expected)),
        ]),
      ),

    async charge(wanted: Wanted): Promise<Charge> {
      try {
        return chargeOf(wanted, true, await counterOf(wanted.window).consume(wanted.bucket, wanted.points));
      } catch (refused) {
        if (refused instanceof Error) throw refused;
        return chargeOf(wanted, false, refused as RateLimiterRes);
      }
    },

    /** Charges for a run that was let in long ago: its tokens are counted when it has ended. */
    chargesOfNothing: (limits: readonly RateLimit[], caller: Caller): Charge[] =>
      distinct(limits.flatMap((limit) => wantedIn(limit, 'tokens', caller, { input: 0, output: 0 }))).map((wanted) =>
        chargeOf(wanted, true, { remainingPoints: wanted.window.most, consumedPoints: 0, msBeforeNext: 0 }),
      ),
  };
}

/** A limit that is set twice, for everybody and for a key, counts once. */
const distinct = (wanted: readonly Wanted[]): Wanted[] => [
  ...new Map(wanted.map((each) => [each.bucket, each])).values(),
];
