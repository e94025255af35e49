import type { GatewayError } from '../../domain/errors.js';
import { newUuid } from '../../domain/ids.js';
import type { RateLimit, RateState } from '../../domain/rate-limit.js';
import type { Places, RateCounts } from '../../persistence/rate-counts/rate-counts.js';
import type { Caller } from './bucket.js';
import type { Ask, RateLease, StreamPlace } from './rate-lease.js';
import { busy, tooFast, tooLarge } from './refusals.js';
import { type LimitedRoom, roomsOf } from './rooms.js';
import { type Charge, createWindows, type Windows } from './windows.js';

/** What holds the counts of the limits that are in force. */
interface Counting {
  counts: RateCounts;
  windows: Windows;
}

export type RateLimiter = ReturnType<typeof createRateLimiter>;

/**
 * Limits on requests, tokens, runs and streams. A request is counted in every limit that applies to it, or in none.
 *
 * @param open opens the counts, once there is something to count
 */
export function createRateLimiter(open: () => Promise<RateCounts>) {
  let limits: readonly RateLimit[] = [];
  let counting: Promise<Counting> | null = null;

  const applying = ({ rateLimits }: Caller, model: string | null): RateLimit[] =>
    [...limits, ...rateLimits].filter((limit) => limit.model === null || limit.model === model);

  const inForce = (): Promise<Counting> => {
    counting ??= open().then((counts) => ({ counts, windows: createWindows(counts) }));
    return counting;
  };

  return {
    /** Whether there is anything to ask: nothing is counted, and nothing costs anything, where there is not. */
    limits: ({ rateLimits }: Caller): boolean => limits.length > 0 || rateLimits.length > 0,

    /** Limits everybody by these from now on. What was let in stays counted. */
    async use(next: readonly RateLimit[]): Promise<void> {
      if (next.length > 0) await inForce();
      limits = next;
    },

    /**
     * Lets a request in. Null if no limit applies to it.
     *
     * @throws 429 `rate_limit_exceeded`, with the time to wait
     */
    async acquire(caller: Caller, model: string, ask: Ask): Promise<RateLease | null> {
      const relevant = applying(caller, model);
      if (relevant.length === 0) return null;
      const { counts, windows } = await inForce();
      const isCounting = ask.tokens !== null && relevant.some((limit) => limit.tokens !== null);
      const wanted = windows.wanted(
        relevant,
        caller,
        isCounting ? await (ask.tokens as NonNullable<Ask['tokens']>)() : null,
      );
      const impossible = wanted.find(({ least, window }) => least > window.most);
      if (impossible !== undefined) throw tooLarge(impossible);

      const charges = await Promise.all(wanted.map(windows.charge));
      const state = stateOf(charges);
      const runs = ask.run ? roomsOf(relevant, caller, 'runs') : [];
      const streams = ask.stream ? roomsOf(relevant, caller, 'streams') : [];
      const holder = newUuid();
      const refusal = refusalOf(charges, state) ?? (await taken(counts.places, holder, [...runs, ...streams]));
      if (refusal !== null) {
        await Promise.all(charges.map((charge) => charge.settle(0)));
        throw refusal;
      }
      const stream = streams.length === 0 ? null : { leave: leaving(counts.places, holder, streams) };
      return leaseOf(state, stream, charges, leaving(counts.places, holder, runs));
    },

    /** Counts a run that was let in earlier, by whichever process: it is not refused any more. */
    async resume(caller: Caller, model: string): Promise<RateLease | null> {
      const relevant = applying(caller, model);
      if (relevant.length === 0) return null;
      const { counts, windows } = await inForce();
      const rooms = roomsOf(relevant, caller, 'runs').map((room) => ({ ...room, most: ENDLESS }));
      const holder = newUuid();
      await taken(counts.places, holder, rooms);
      const charges = windows.chargesOfNothing(relevant, caller);
      return leaseOf({ requests: null, tokens: null }, null, charges, leaving(counts.places, holder, rooms));
    },

    /**
     * Lets a reader of events in. Null if no limit applies to it.
     *
     * @param model of the response; null if it is not known any more
     * @throws 429 `rate_limit_exceeded`
     */
    async enterStream(caller: Caller, model: string | null): Promise<StreamPlace | null> {
      const rooms = roomsOf(applying(caller, model), caller, 'streams');
      if (rooms.length === 0) return null;
      const { places } = (await inForce()).counts;
      const holder = newUuid();
      const refusal = await taken(places, holder, rooms);
      if (refusal !== null) throw refusal;
      return { leave: leaving(places, holder, rooms) };
    },

    /** Removes counts that have run out. */
    async sweep(): Promise<void> {
      await (await counting)?.counts.sweep();
    },

    async close(): Promise<void> {
      await (await counting)?.counts.close();
    },
  };
}

const ENDLESS = 2_147_483_647;

/** Of several, the one that holds longest. */
function refusalOf(charges: readonly Charge[], state: RateState): GatewayError | null {
  const last = charges.filter(({ isIn }) => !isIn).sort((a, b) => b.resetMs - a.resetMs)[0];
  return last === undefined ? null : tooFast(last, state);
}

async function taken(places: Places, holder: string, rooms: readonly LimitedRoom[]): Promise<GatewayError | null> {
  if (rooms.length === 0) return null;
  const full = await places.take(holder, rooms);
  return full === null ? null : busy(rooms[full] as LimitedRoom);
}

function leaving(places: Places, holder: string, rooms: readonly LimitedRoom[]): () => void {
  let isHeld = rooms.length > 0;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    const buckets = rooms.map(({ bucket }) => bucket);
    // What cannot be given back runs out.
    places.free(holder, buckets).catch(() => undefined);
  };
}

function leaseOf(
  state: RateState,
  stream: StreamPlace | null,
  charges: readonly Charge[],
  leave: () => void,
): RateLease {
  let isHeld = true;
  return {
    state,
    stream,
    release(usedTokens) {
      if (!isHeld) return;
      isHeld = false;
      leave();
      for (const charge of charges) if (charge.kind === 'tokens') void charge.settle(usedTokens);
    },
  };
}

/** The tightest windows of what belongs to the caller: how far all others are is not its business. */
function stateOf(charges: readonly Charge[]): RateState {
  const tightest = (kind: Charge['kind']): RateState['requests'] => {
    const own = charges.filter((charge) => charge.kind === kind && charge.limit.scope !== 'server');
    const charge = own.sort((a, b) => a.remaining - b.remaining)[0];
    if (charge === undefined) return null;
    return { perMinute: charge.window.perMinute, remaining: charge.remaining, resetMs: charge.resetMs };
  };
  return { requests: tightest('requests'), tokens: tightest('tokens') };
}
