import { GatewayError } from '../../domain/errors.js';
import { highestPrice, type Price } from '../../domain/money.js';
import type { Signal } from '../../domain/signal.js';
import type { Logger } from '../../observability/logger.js';
import type { ModelProvider } from '../../providers/provider.js';
import { CircuitBreaker } from '../circuit-breaker.js';

/** One place a model may be asked at. */
export interface Target {
  provider: ModelProvider;
  /** The upstream's own name of the model; null: the name the client used. */
  upstreamModel: string | null;
  price: Price | null;
}

export interface SpreadOptions {
  /** Name of the rule, for the log and the metrics. */
  name: string;
  /** Those that share the requests, by their weights. */
  targets: readonly (Target & { weight: number })[];
  /** Those that are asked when none of the targets answers, in this order. */
  fallbacks: readonly Target[];
  logger: Logger;
  now(): number;
  /** From 0 to below 1, as `Math.random`. */
  random(): number;
  /** A request went on to another target. */
  onFallback(model: string, from: string, to: string): void;
}

const BREAKER = { maxFailures: 3, restMs: 10_000, maxRestMs: 60_000 };

type Guarded = Target & { breaker: CircuitBreaker };

/** The places of one model, and how each of them does. Shared by all of its requests. */
export class Spread {
  readonly name: string;
  /** The most that any of them costs, in each part. */
  readonly highestPrice: Price | null;
  readonly #targets: readonly (Guarded & { weight: number })[];
  readonly #fallbacks: readonly Guarded[];
  readonly #options: SpreadOptions;

  constructor(options: SpreadOptions) {
    const guarded = <Place extends Target>(place: Place) => ({ ...place, breaker: new CircuitBreaker(BREAKER) });
    this.name = options.name;
    this.#options = options;
    this.#targets = options.targets.map(guarded);
    this.#fallbacks = options.fallbacks.map(guarded);
    this.highestPrice = highestPrice(this.all.map(({ price }) => price));
  }

  get all(): readonly Target[] {
    return [...this.#targets, ...this.#fallbacks];
  }

  /**
   * Whom to ask, first to last: a target by its weight, the other targets, the fallbacks. Those that keep failing are left out,
   * unless nobody else is there.
   */
  order(): readonly Guarded[] {
    const everyone = [...this.#drawn(), ...this.#fallbacks];
    const nowMs = this.#options.now();
    const healthy = everyone.filter(({ breaker }) => !breaker.isOpen(nowMs));
    return healthy.length > 0 ? healthy : everyone;
  }

  #drawn(): Guarded[] {
    const left = [...this.#targets];
    const drawn: Guarded[] = [];
    while (left.length > 0) {
      const total = left.reduce((sum, { weight }) => sum + weight, 0);
      let point = left.length === 1 ? 0 : this.#options.random() * total;
      const index = left.findIndex(({ weight }) => {
        point -= weight;
        return point < 0;
      });
      drawn.push(...left.splice(Math.max(index, 0), 1));
    }
    return drawn;
  }

  /**
   * Asks one after another until one has begun to answer. Who is asked is told beforehand.
   *
   * @throws what the last one said, or the first thing that another would say as well: a refusal of the request itself
   */
  async ask<Answer>(
    onAsked: (target: Target) => void,
    ask: (target: Target) => Promise<Answer>,
    signal: Signal,
  ): Promise<Answer> {
    const { logger, now, onFallback } = this.#options;
    const order = this.order();
    for (const [index, target] of order.entries()) {
      const { breaker, provider } = target;
      onAsked(target);
      breaker.begin();
      try {
        const answer = await ask(target);
        if (signal.aborted) breaker.abandoned();
        else breaker.succeeded();
        return answer;
      } catch (thrown) {
        const isItsFault = !signal.aborted && isUpstreamsFault(thrown);
        if (isItsFault) breaker.failed(now(), askedMs(thrown));
        else breaker.abandoned();
        const next = order[index + 1];
        if (!isItsFault || next === undefined) throw thrown;
        const { status, code } = thrown as GatewayError;
        onFallback(this.name, provider.id, next.provider.id);
        logger.warn({ model: this.name, from: provider.id, to: next.provider.id, status, code }, 'a fallback is taken');
      }
    }
    throw new Error('A model without a target.');
  }

  /** How many of them are left alone right now. */
  get resting(): number {
    const nowMs = this.#options.now();
    return [...this.#targets, ...this.#fallbacks].filter(({ breaker }) => breaker.isOpen(nowMs)).length;
  }
}

/** Whether another upstream may do better: not if the request itself was refused. The model's name there is the operator's. */
const isUpstreamsFault = (thrown: unknown): boolean =>
  thrown instanceof GatewayError &&
  (thrown.status >= 500 || thrown.status === 429 || thrown.code === 'model_not_found');

function askedMs(thrown: unknown): number | null {
  const text = thrown instanceof GatewayError ? thrown.headers['retry-after-ms'] : undefined;
  return text === undefined ? null : Number(text);
}
