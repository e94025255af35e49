/** Counts tokens as the o200k tokenizer does; for models with another one the count is an estimate. */
export interface TokenCounter {
  /** Tokens of each text, in order. */
  count(texts: readonly string[]): Promise<number[]>;
}

/** Where nothing can count, or need not: three characters to a token, which is more than ordinary text has. */
export const roughCounter: TokenCounter = {
  count: async (texts) => texts.map((text) => Math.ceil(text.length / 3)),
};

/** A counter that never fails: it falls back to the rough count. */
export function withFallback(counter: TokenCounter): TokenCounter {
  return { count: (texts) => counter.count(texts).catch(() => roughCounter.count(texts)) };
}
