export interface BatcherOptions<Input, Output> {
  /** Runs one batch; outputs in the order of the inputs. */
  run(batch: readonly Input[]): Promise<readonly Output[]>;
  /** Largest batch. Above 128 rows nothing is gained. */
  maxBatch?: number;
  /** Callers that may wait; more are refused at once by `onFull`. Default 10,000. */
  maxQueued?: number;
  onFull(): Error;
  /** Told of every posted input that failed. Must not throw. @default nobody is told */
  onFailed?(input: Input, error: unknown): void;
  /** Whether an error says nothing of single inputs, so that repeating them one by one would help none. @default it never does */
  concernsAll?(error: unknown): boolean;
  /** Least time from the start of one batch to the start of the next; waiting inputs gather meanwhile. 0 = none. */
  pauseMs?: number;
}

/** What a batcher has done since it was made. */
export interface BatchCounts {
  batches: number;
  /** Inputs of all batches. */
  rows: number;
  /** Batches that failed and were repeated one by one. */
  repeated: number;
}

export interface Batcher<Input, Output> {
  submit(input: Input): Promise<Output>;
  /**
   * As `submit`, for what nobody waits for: nothing but the input is kept until it is written. `maxQueued` does not hold for it:
   * whoever posts bounds it.
   */
  post(input: Input): void;
  /** Resolves when everything submitted so far has been answered. */
  idle(): Promise<void>;
  /** Inputs that wait for their batch. */
  readonly queued: number;
  /** How long the first of them has waited, in milliseconds; 0 when none waits. */
  readonly waitedMs: number;
  /** How long the full batches that wait will take, in milliseconds, by what the last ones took. */
  readonly aheadMs: number;
  readonly counts: Readonly<BatchCounts>;
}

/** How much the latest batch says of how long the next ones will take, and at most: one that hung says nothing of them. */
const LATEST_WEIGHT = 0.3;
const MOST_MS = 1000;

interface Waiting<Input, Output> {
  input: Input;
  sinceMs: number;
  /** Whoever waits for the output; null if nobody does. */
  caller: { resolve(output: Output): void; reject(error: unknown): void } | null;
}

/**
 * Group commit: while one batch is under way, callers gather; when it returns, all of them go out together. The first
 * caller after silence goes out at once. A batch that fails is repeated one by one, so that a faulty row fails alone.
 */
export function createBatcher<Input, Output>(options: BatcherOptions<Input, Output>): Batcher<Input, Output> {
  const maxBatch = options.maxBatch ?? 128;
  const maxQueued = options.maxQueued ?? 10_000;
  const pauseMs = options.pauseMs ?? 0;
  let queue: Waiting<Input, Output>[] = [];
  let busy = false;
  let lastStartMs = Number.NEGATIVE_INFINITY;
  /** What a batch takes, by the last ones. */
  let batchMs = 0;
  let idleWaiters: (() => void)[] = [];
  const counts: BatchCounts = { batches: 0, rows: 0, repeated: 0 };

  const fail = ({ input, caller }: Waiting<Input, Output>, error: unknown): void => {
    if (caller === null) options.onFailed?.(input, error);
    else caller.reject(error);
  };

  const answer = async (batch: readonly Waiting<Input, Output>[]): Promise<void> => {
    try {
      const outputs = await options.run(batch.map((waiting) => waiting.input));
      for (const [index, { caller }] of batch.entries()) caller?.resolve(outputs[index] as Output);
    } catch (error) {
      if (batch.length === 1 || options.concernsAll?.(error) === true) {
        for (const waiting of batch) fail(waiting, error);
        return;
      }
      counts.repeated += 1;
      for (const waiting of batch) await answer([waiting]);
    }
  };

  const enqueue = (waiting: Waiting<Input, Output>): void => {
    queue.push(waiting);
    if (busy) return;
    busy = true;
    // A microtask later, so that callers of the same tick share the first batch too.
    queueMicrotask(() => void drain());
  };

  const drain = async (): Promise<void> => {
    busy = true;
    while (queue.length > 0) {
      const rest = lastStartMs + pauseMs - performance.now();
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
      lastStartMs = performance.now();
      const batch = queue.slice(0, maxBatch);
      queue = queue.slice(maxBatch);
      counts.batches += 1;
      counts.rows += batch.length;
      await answer(batch);
      batchMs += (Math.min(MOST_MS, performance.now() - lastStartMs) - batchMs) * LATEST_WEIGHT;
    }
    busy = false;
    for (const resolve of idleWaiters) resolve();
    idleWaiters = [];
  };

  return {
    counts,
    submit(input) {
      if (queue.length >= maxQueued) return Promise.reject(options.onFull());
      return new Promise((resolve, reject) => {
        enqueue({ input, sinceMs: performance.now(), caller: { resolve, reject } });
      });
    },
    post(input) {
      enqueue({ input, sinceMs: performance.now(), caller: null });
    },
    idle: () => (busy ? new Promise((resolve) => idleWaiters.push(resolve)) : Promise.resolve()),
    get queued() {
      return queue.length;
    },
    get waitedMs() {
      const first = queue[0];
      return first === undefined ? 0 : performance.now() - first.sinceMs;
    },
    get aheadMs() {
      return Math.floor(queue.length / maxBatch) * batchMs;
    },
  };
}
