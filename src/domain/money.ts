import type { ToolCalls } from './tool-calls.js';
import type { Usage } from './usage.js';

/** What a model costs. Tokens in nano-units (10⁻⁹ of the currency) per million, calls in nano-units each. */
export interface Price {
  input: bigint;
  cachedInput: bigint;
  output: bigint;
  /** Output tokens that the model thought. */
  reasoning: bigint;
  /** By the type of the tool (`web_search`); tools that are not named cost nothing. */
  toolCalls: Readonly<Record<string, bigint>>;
}

const PER_MILLION = 1_000_000n;
const NANO = 1_000_000_000n;

/** `"0.15"` → 150000000n nano-units. Throws a RangeError for anything but a plain decimal with up to nine places. */
export function parseAmount(text: string): bigint {
  const match = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) throw new RangeError(`'${text}' is not an amount: use a decimal such as "0.15".`);
  return BigInt(match[1] ?? '0') * NANO + BigInt((match[2] ?? '').padEnd(9, '0'));
}

/** 150000000n → `"0.15"`: the decimal that `parseAmount` reads back. */
export function printAmount(nano: bigint): string {
  const [sign, whole, rest] = nano < 0n ? ['-', -nano / NANO, -nano % NANO] : ['', nano / NANO, nano % NANO];
  const places = String(rest).padStart(9, '0').replace(/0+$/, '');
  return `${sign}${whole}${places === '' ? '' : `.${places}`}`;
}

/**
 * What a response costs: exact in all its parts, and rounded up to the next nano-unit once, at the end. Storage is rounded the
 * same way; there is no other rounding of money anywhere.
 */
export function costOf(price: Price | null, usage: Usage, toolCalls: ToolCalls | null = null): bigint {
  if (price === null) return 0n;
  const uncached = Math.max(0, usage.inputTokens - usage.cachedInputTokens);
  const reasoning = Math.min(usage.reasoningTokens, usage.outputTokens);
  const sum =
    BigInt(uncached) * price.input +
    BigInt(usage.cachedInputTokens) * price.cachedInput +
    BigInt(usage.outputTokens - reasoning) * price.output +
    BigInt(reasoning) * price.reasoning;
  return (sum + PER_MILLION - 1n) / PER_MILLION + costOfCalls(price, toolCalls);
}

const costOfCalls = (price: Price, toolCalls: ToolCalls | null): bigint =>
  toolCalls === null
    ? 0n
    : Object.entries(toolCalls).reduce((sum, [tool, calls]) => sum + BigInt(calls) * (price.toolCalls[tool] ?? 0n), 0n);

const greater = (a: bigint, b: bigint): bigint => (a > b ? a : b);

const BYTES_PER_GB = 1_000_000_000n;

/** What so many bytes cost for a day, rounded up to the next nano-unit. */
export const costOfStorage = (perGbDay: bigint, bytes: bigint): bigint =>
  (bytes * perGbDay + BYTES_PER_GB - 1n) / BYTES_PER_GB;

/** The most that tokens can cost, whichever of them turn out to be cached or thought. */
export function highestCost(price: Price, usage: Pick<Usage, 'inputTokens' | 'outputTokens'>): bigint {
  const sum =
    BigInt(usage.inputTokens) * greater(price.input, price.cachedInput) +
    BigInt(usage.outputTokens) * greater(price.output, price.reasoning);
  return (sum + PER_MILLION - 1n) / PER_MILLION;
}

/** The most output tokens that `amount` covers after the input is paid; never below zero, no more than `atMost`. */
export function affordableOutput(price: Price, inputTokens: number, amount: bigint, atMost: number): number {
  const perToken = greater(price.output, price.reasoning);
  const left = amount * PER_MILLION - BigInt(inputTokens) * greater(price.input, price.cachedInput);
  if (left < 0n) return 0;
  if (perToken === 0n) return atMost;
  const tokens = left / perToken;
  return tokens > BigInt(atMost) ? atMost : Number(tokens);
}

/** The most of several prices in every part; none of them is an unpriced one, which costs nothing. Null if all are. */
export function highestPrice(prices: readonly (Price | null)[]): Price | null {
  let highest: Price | null = null;
  for (const price of prices) {
    if (price === null) continue;
    if (highest === null) {
      highest = price;
      continue;
    }
    const toolCalls: Record<string, bigint> = { ...highest.toolCalls };
    for (const [tool, amount] of Object.entries(price.toolCalls))
      toolCalls[tool] = greater(toolCalls[tool] ?? 0n, amount);
    highest = {
      input: greater(highest.input, price.input),
      cachedInput: greater(highest.cachedInput, price.cachedInput),
      output: greater(highest.output, price.output),
      reasoning: greater(highest.reasoning, price.reasoning),
      toolCalls,
    };
  }
  return highest;
}
