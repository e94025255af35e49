import { costOf, type Price } from '../../domain/money.js';
import type { ModelRequest } from '../../providers/provider.js';
import type { TokenCounter } from './token-counter.js';

/** Tokens an image may cost at most with the models in use; it cannot be counted as text. */
const IMAGE_TOKENS = 3000;
/** Roles, separators and the like that a chat template adds to each item. */
const FRAMING_TOKENS = 16;

/** The text of a request as far as it can be counted, and what cannot be. */
function countable(request: ModelRequest): { text: string; images: number } {
  let images = 0;
  const text = JSON.stringify(
    [request.instructions, request.items, request.functions, ...request.hostedTools, request.format],
    (key, value) => {
      // Item ids are ours; no model sees them, and their random digits would make equal requests cost differently.
      if (key === 'id') return undefined;
      if (key !== 'image_url' || typeof value !== 'string') return value;
      images += 1;
      return '';
    },
  );
  return { text, images };
}

/** Input tokens of a request, counted as JSON and so a little more than the model will see. */
export async function countInput(counter: TokenCounter, request: ModelRequest): Promise<number> {
  const { text, images } = countable(request);
  const [tokens = 0] = await counter.count([text]);
  return tokens + images * IMAGE_TOKENS + (request.items.length + 2) * FRAMING_TOKENS;
}

/** The most one model turn can cost, in nano-units. */
export async function worstCase(
  counter: TokenCounter,
  price: Price | null,
  request: ModelRequest,
  maxOutputTokens: number,
): Promise<bigint> {
  if (price === null) return 0n;
  return costOf(price, {
    inputTokens: await countInput(counter, request),
    cachedInputTokens: 0,
    outputTokens: maxOutputTokens,
    reasoningTokens: 0,
  });
}
