import type { Budget } from '../../domain/budget.js';
import { withoutRetry } from '../../domain/errors.js';
import type { Item } from '../../domain/item.js';
import type { RateState } from '../../domain/rate-limit.js';
import type { ResponseWithOutput } from '../../domain/response.js';
import type { Signal } from '../../domain/signal.js';
import type { LiveRuns } from './live-runs.js';
import type { Run } from './run.js';
import type { RunPlan } from './run-plan.js';

/** A response that has been started: as it stands, and as it will end. */
export interface StartedResponse {
  /** UUID. */
  id: string;
  /** An earlier request with the same idempotency key began it. */
  isRepeated: boolean;
  /** Where it left the caller's rate limits; null if none applies. */
  rate: RateState | null;
  /** Everything that limits it: of its key, its project, its end user and its label. */
  budgets: readonly Budget[];
  current(): ResponseWithOutput;
  /**
   * The response once it has ended. While someone waits here the caller counts as present; when `signal` aborts it has left,
   * and the grace period begins.
   *
   * @throws the upstream's refusal, if it came before any output
   */
  settled(signal?: Signal): Promise<ResponseWithOutput>;
  /** What a response that continues this one starts from: history, input and output so far. */
  transcript(): Item[];
}

/** A run of this process. A class: most of its callers ask for its end and nothing else. */
export class StartedHere implements StartedResponse {
  readonly isRepeated: boolean;
  readonly rate: RateState | null;
  readonly #live: LiveRuns;
  readonly #run: Run;
  readonly #settled: Promise<ResponseWithOutput>;

  constructor(
    live: LiveRuns,
    run: Run,
    rate: RateState | null,
    settled: Promise<ResponseWithOutput>,
    isRepeated: boolean,
  ) {
    this.#live = live;
    this.#run = run;
    this.#settled = settled;
    this.rate = rate;
    this.isRepeated = isRepeated;
  }

  get id(): string {
    return this.#run.plan.record.id;
  }

  get budgets(): readonly Budget[] {
    return this.#run.plan.principal.budgets;
  }

  current(): ResponseWithOutput {
    return this.#run.current();
  }

  transcript(): Item[] {
    return transcriptOf(this.#run.plan, this.#run.current().output);
  }

  async settled(signal?: Signal): Promise<ResponseWithOutput> {
    const leave = this.#live.attach(this.id);
    // The caller may have left while the run was beginning.
    if (signal?.aborted === true) leave?.();
    if (leave !== null) signal?.addEventListener('abort', leave, { once: true });
    try {
      const response = await this.#settled;
      const { refusal } = this.#run;
      if (refusal !== null) throw withoutRetry(refusal);
      return response;
    } finally {
      leave?.();
    }
  }
}

/** What a response that continues this one starts from. */
export const transcriptOf = (plan: RunPlan, output: readonly Item[]): Item[] => [
  ...plan.history,
  ...plan.input.map(({ item }) => item),
  ...output,
];
