import type { Usage } from './usage.js';

/** Nano-units (10⁻⁹ of the currency) per million tokens. */
export interface Price {
  input: bigint;
  cachedInput: bigint;
  output: bigint;
}

const PER_MILLION = 1_000_000n;
const NANO = 1_000_000_000n;

/** `"0.15"` → 150000000n nano-units. Throws a RangeError for anything but a plain decimal with up to nine places. */
export function parseAmount(text: string): bigint {
  const match = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) throw new RangeError(`'${text}' is not an amount: use a decimal such as "0.15".`);
  return BigInt(match[1] ?? '0') * NANO + BigInt((match[2] ?? '').padEnd(9, '0'));
}

/** What tokens cost, rounded up to the next nano-unit once per response. */
export function costOf(price: Price | null, usage: Usage): bigint {
  if (price === null) return 0n;
  const uncached = Math.max(0, usage.inputTokens - usage.cachedInputTokens);
  const sum =
    BigInt(uncached) * price.input +
    BigInt(usage.cachedInputTokens) * price.cachedInput +
    BigInt(usage.outputTokens) * price.output;
  return (sum + PER_MILLION - 1n) / PER_MILLION;
}
