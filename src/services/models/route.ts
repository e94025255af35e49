import type { Price } from '../../domain/money.js';
import type { ModelEndpoint } from '../../providers/provider.js';

/** Where a model name leads. */
export interface Route {
  provider: ModelEndpoint;
  /** The upstream's own name of the model. */
  upstreamModel: string;
  /** Most tokens one answer may have: reserved, and sent upstream, when a budget applies and the request names no limit. */
  maxOutputTokens: number;
  /** What the model costs as it is asked for; null: unpriced, costs nothing. */
  price: Price | null;
}
