import { GatewayError } from '../../domain/errors.js';
import { affordableOutput, type Price } from '../../domain/money.js';

export interface Shortage {
  /** Why the call was refused. */
  error: unknown;
  price: Price | null;
  /** Tokens that the answer was to have at most. */
  wanted: number;
  /** Fewer are of no use; null: budgets never cut answers. */
  least: number | null;
  inputTokens(): Promise<number>;
}

/** How long an answer the refusing budget can still cover, in tokens; null when that is of no use, or money was not the reason. */
export async function affordableTokens({ error, price, wanted, least, inputTokens }: Shortage): Promise<number | null> {
  if (least === null || price === null || !(error instanceof GatewayError) || error.code !== 'insufficient_quota')
    return null;
  const remaining = BigInt(String(error.details.remaining ?? 0));
  const tokens = affordableOutput(price, await inputTokens(), remaining, wanted);
  return tokens >= least && tokens < wanted ? tokens : null;
}
