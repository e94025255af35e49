import type { GatewayError } from '../../domain/errors.js';
import type { ModelRequest } from '../../providers/provider.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { reservation } from './run-money.js';
import type { RunPlan } from './run-plan.js';
import type { RunStore } from './run-store.js';

/** The money of a run that has a budget: what is held for it, and more as it goes on. Amounts are nano-units. */
export class Purse {
  readonly #store: RunStore;
  readonly #counter: TokenCounter;
  readonly #plan: RunPlan;
  #held: bigint;

  /** @param held what the run was begun with */
  constructor({ store, counter }: { store: RunStore; counter: TokenCounter }, plan: RunPlan, held: bigint) {
    this.#store = store;
    this.#counter = counter;
    this.#plan = plan;
    this.#held = held;
  }

  /** Later turns of a tool loop need more than the first one held. The error that says why it cannot be had, or null. */
  async afford(next: ModelRequest, spent: bigint): Promise<GatewayError | null> {
    return this.#hold(spent + (await reservation(this.#counter, this.#plan, next)));
  }

  /** What calls of tools cost is held before they are made. */
  async affordCalls(types: readonly string[], spent: bigint): Promise<GatewayError | null> {
    const { price } = this.#plan.route;
    const cost = types.reduce((sum, type) => sum + (price?.toolCalls[type] ?? 0n), 0n);
    return cost === 0n ? null : this.#hold(spent + cost);
  }

  /** Makes sure that this much is held in all. */
  async #hold(needed: bigint): Promise<GatewayError | null> {
    const { principal, record } = this.#plan;
    const missing = needed - this.#held;
    if (missing <= 0n) return null;
    if (!(await this.#store.extend(record.projectId, record.id, missing)))
      return this.#store.overBudget(principal, missing);
    this.#held = needed;
    return null;
  }
}
