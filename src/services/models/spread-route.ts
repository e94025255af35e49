import type { Price } from '../../domain/money.js';
import type { Signal } from '../../domain/signal.js';
import type {
  ForwardedAnswer,
  ForwardRequest,
  ModelEndpoint,
  ModelRequest,
  ModelStreamPart,
} from '../../providers/provider.js';
import type { Route } from './route.js';
import type { Spread, Target } from './spread.js';

/**
 * The route of one request to a model that is in several places. Where it is asked is decided when it is; from the first
 * answer on everything of this request goes to the same place, for a response has one model. Price and provider are
 * those of the place that was asked last, and before that the highest price.
 */
export class SpreadRoute implements Route, ModelEndpoint {
  readonly upstreamModel: string;
  readonly maxOutputTokens: number;
  readonly #spread: Spread;
  /** What the project has set itself, wherever it is served. */
  readonly #ownPrice: Price | null;
  #asked: Target | null = null;
  #hasAnswered = false;

  /** @param model the name the client used */
  constructor(spread: Spread, model: string, maxOutputTokens: number, ownPrice: Price | null) {
    this.#spread = spread;
    this.upstreamModel = model;
    this.maxOutputTokens = maxOutputTokens;
    this.#ownPrice = ownPrice;
  }

  get provider(): ModelEndpoint {
    return this;
  }

  get price(): Price | null {
    return this.#ownPrice ?? (this.#asked === null ? this.#spread.highestPrice : this.#asked.price);
  }

  get id(): string {
    return this.#asked?.provider.id ?? 'unknown';
  }

  get hasCustomTools(): boolean {
    return this.#spread.all.every(({ provider }) => provider.hasCustomTools);
  }

  /** Only what every place hosts can go there as it is. */
  hosts(toolType: string): boolean {
    return this.#spread.all.every(({ provider }) => provider.hosts(toolType));
  }

  async *stream(request: ModelRequest, signal: Signal): AsyncGenerator<readonly ModelStreamPart[]> {
    const { parts, first } = await this.#ask(async ({ provider, upstreamModel }) => {
      const sent = { ...request, model: upstreamModel ?? request.model };
      const parts = provider.stream(sent, signal)[Symbol.asyncIterator]();
      return { parts, first: await parts.next() };
    }, signal);
    try {
      for (let next = first; next.done !== true; next = await parts.next()) yield next.value;
    } finally {
      await parts.return?.();
    }
  }

  forward(request: ForwardRequest, signal: Signal): Promise<ForwardedAnswer> {
    const { body } = request;
    return this.#ask(
      ({ provider, upstreamModel }) =>
        provider.forward({ ...request, body: { ...body, model: upstreamModel ?? body.model } }, signal),
      signal,
    );
  }

  async #ask<Answer>(ask: (target: Target) => Promise<Answer>, signal: Signal): Promise<Answer> {
    if (this.#hasAnswered && this.#asked !== null) return ask(this.#asked);
    const answer = await this.#spread.ask((target) => (this.#asked = target), ask, signal);
    this.#hasAnswered = true;
    return answer;
  }
}
