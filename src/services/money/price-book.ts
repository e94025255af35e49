import type { Clock } from '../../domain/clock.js';
import type { Price } from '../../domain/money.js';
import type { PriceVersion } from '../../domain/price-version.js';
import type { PriceRepository } from '../../persistence/repositories/price.repository.js';

/** Runs that were begun this long ago can still be priced as they began. */
const LOOK_BACK_MS = 86_400_000;

export type PriceBook = ReturnType<typeof createPriceBook>;

/** The prices that projects have set, in memory: asking costs nothing. Reloaded when any process changes one. */
export function createPriceBook({ prices, clock }: { prices: PriceRepository; clock: Clock }) {
  let versions = new Map<string, PriceVersion[]>();
  let loading: Promise<void> = Promise.resolve();

  const load = async (): Promise<void> => {
    const next = new Map<string, PriceVersion[]>();
    for (const version of await prices.loadSince(clock.now() - LOOK_BACK_MS)) {
      const key = keyOf(version.projectId, version.model);
      const known = next.get(key);
      if (known === undefined) next.set(key, [version]);
      else known.push(version);
    }
    versions = next;
  };

  return {
    /** Reads all prices again, after any reading under way: what was written before the call is known when it resolves. */
    reload(): Promise<void> {
      loading = loading.catch(() => undefined).then(load);
      return loading;
    },

    /** What the project has set for this model at that moment; null if nothing. */
    find(projectId: string, model: string, atMs: number): Price | null {
      const known = versions.get(keyOf(projectId, model));
      return known?.find(({ effectiveAtMs }) => effectiveAtMs <= atMs)?.price ?? null;
    },
  };
}

const keyOf = (projectId: string, model: string): string => `${projectId}:${model}`;
