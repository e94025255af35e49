import type { RateState } from '../../domain/rate-limit.js';

/** What a request asks for. */
export interface Ask {
  /** It calls a model. */
  run: boolean;
  /** Its answer is read as it comes. */
  stream: boolean;
  /** Tokens it may use; asked for only where tokens are limited. Null: it uses none. */
  tokens: (() => Promise<ExpectedTokens>) | null;
}

/** An estimate is enough: what was used is counted in the end. */
export interface ExpectedTokens {
  input: number;
  /** The most the answer can be. */
  output: number;
}

/** What a request was let in with. */
export interface RateLease {
  /** Where it left the limits. */
  readonly state: RateState;
  /** The place of its stream; null if streams are not limited. */
  readonly stream: StreamPlace | null;
  /** The run has ended, and has used so many tokens. Works once. */
  release(usedTokens: number): void;
}

/** A reader of events is there until it leaves. */
export interface StreamPlace {
  /** Works once. */
  leave(): void;
}
