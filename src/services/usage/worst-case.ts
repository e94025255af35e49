import { highestCost, type Price } from '../../domain/money.js';
import type { ModelRequest } from '../../providers/provider.js';
import type { TokenCounter } from './token-counter.js';

/** Tokens an image may cost at most with the models in use; it cannot be counted as text. */
const IMAGE_TOKENS = 3000;
/** Roles, separators and the like that a chat template adds to each item. */
const FRAMING_TOKENS = 16;

/** Members of input that hold an image, as the Responses API and as chat completions spell them. */
const isImage = (key: string, value: unknown): boolean =>
  typeof value === 'string' && (key === 'image_url' || (key === 'url' && value.startsWith('data:image/')));

/** Characters of base64 that are at most one token, once the upstream has made text of a file. */
const FILE_CHARACTERS_PER_TOKEN = 4;

/** The text of values as far as it can be counted, and what cannot be. */
function countable(values: readonly unknown[]): { text: string; images: number; fileTokens: number } {
  let images = 0;
  let fileTokens = 0;
  const text = JSON.stringify(values, (key, value) => {
    // Item ids are ours; no model sees them, and their random digits would make equal requests cost differently.
    if (key === 'id') return undefined;
    if (key === 'file_data' && typeof value === 'string') {
      fileTokens += Math.ceil(value.length / FILE_CHARACTERS_PER_TOKEN);
      return '';
    }
    if (!isImage(key, value)) return value;
    images += 1;
    return '';
  });
  return { text, images, fileTokens };
}

/** Tokens of values counted as JSON, and so a little more than a model will see; `entries` is how many things they hold. */
export async function countValues(counter: TokenCounter, values: readonly unknown[], entries: number): Promise<number> {
  const { text, images, fileTokens } = countable(values);
  const [tokens = 0] = await counter.count([text]);
  return tokens + fileTokens + images * IMAGE_TOKENS + (entries + 2) * FRAMING_TOKENS;
}

/** Input tokens of a request. */
export const countInput = (counter: TokenCounter, request: ModelRequest): Promise<number> =>
  countValues(
    counter,
    [request.instructions, request.items, request.functions, ...request.hostedTools, request.format],
    request.items.length,
  );

/** The most one model turn can cost, in nano-units. */
export async function worstCase(
  counter: TokenCounter,
  price: Price | null,
  request: ModelRequest,
  maxOutputTokens: number,
): Promise<bigint> {
  if (price === null) return 0n;
  return highestCost(price, { inputTokens: await countInput(counter, request), outputTokens: maxOutputTokens });
}
