import type { GatewayError } from '../../domain/errors.js';
import type { ResponseWithOutput } from '../../domain/response.js';
import type { RunPlan } from './run-plan.js';

/** What a run was begun with, here or in another process. */
export interface Admission {
  /** Rises with every process that takes the run over; writes of an earlier one are fenced out. */
  attempt: number;
  /** Number of the last event that is stored already, -1 for none. */
  lastSequence: number;
  /** Where its items lie; null for a run that is not stored. */
  place: { threadId: string; inputStart: number } | null;
  /** Nano-units held in every window of the key; null: it has no budget, and so nothing is held. */
  held: bigint | null;
  /** What a short budget has cut the answer down to, in tokens; null: nothing was cut. */
  cutTo: number | null;
}

/** A run that has begun: its row is written and its model is, or will soon be, at work. */
export interface Run {
  readonly plan: RunPlan;
  /** The response as it stands now; unfinished items are shown as they are. */
  current(): ResponseWithOutput;
  /** The response once it has ended. Rejects only if the end could not be written. */
  readonly settled: Promise<ResponseWithOutput>;
  /** The upstream's refusal, if it came before any output: callers that wait get it as a plain error. */
  readonly refusal: GatewayError | null;
  /** Whether it has a row in the database, which another process takes over should this one die. */
  readonly isFenced: boolean;
  /** Stops the model; what it said so far is kept and paid. The run then ends `cancelled`. */
  cancel(): void;
  /** Stops the model because this process ends or no longer owns the run; the run then ends `failed`. */
  interrupt(): void;
}
