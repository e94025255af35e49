import { errors } from '../../domain/errors.js';
import { createBatcher } from '../../persistence/batcher.js';

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

/** Longer texts are counted by themselves, so that short ones need not wait for them. */
const GATHERED_CHARACTERS = 16_384;

/** A counter that is asked once for all who wait at the same moment: asking costs more than counting a prompt does. */
export function gathered(counter: TokenCounter): TokenCounter {
  const batcher = createBatcher<readonly string[], number[]>({
    // Whoever counts holds a request, and those are bounded.
    maxQueued: Number.POSITIVE_INFINITY,
    onFull: errors.overloaded,
    async run(batch) {
      const counts = await counter.count(batch.flat());
      let end = 0;
      return batch.map((texts) => {
        const start = end;
        end += texts.length;
        return counts.slice(start, end);
      });
    },
  });
  const lengthOf = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + text.length, 0);
  return {
    count: (texts) => (lengthOf(texts) > GATHERED_CHARACTERS ? counter.count(texts) : batcher.submit(texts)),
  };
}
