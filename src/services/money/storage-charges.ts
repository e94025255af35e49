import { windowStartMs } from '../../domain/budget-window.js';
import type { Clock } from '../../domain/clock.js';
import { newUuid } from '../../domain/ids.js';
import { costOfStorage } from '../../domain/money.js';
import type { BudgetRepository } from '../../persistence/repositories/budget.repository.js';
import type { StorageRepository, StoredBytes } from '../../persistence/repositories/storage.repository.js';

const BATCH = 100;

export interface StorageChargesOptions {
  storage: StorageRepository;
  budgets: BudgetRepository;
  clock: Clock;
  /** Nano-units for 10⁹ bytes over a day where a project has set no price; read whenever it is needed. */
  perGbDay(): bigint;
}

/**
 * What vector stores cost by their size: each project, once in a UTC day, for what its stores hold then, at the price that holds
 * then. It is settled in the budgets of the project, none of which can refuse it, and is in the ledger as model `vector_stores`
 * of provider `storage`.
 */
export function createStorageCharges({ storage, budgets, clock, perGbDay }: StorageChargesOptions) {
  const chargeOne = async (day: string, nowMs: number, found: StoredBytes): Promise<void> => {
    const { projectId, bytes, perGbDay: price } = found;
    const windows = found.budgets.map((budget) => ({ budgetId: budget.id, startMs: windowStartMs(budget, nowMs) }));
    for (const window of windows) await budgets.openWindow({ projectId, ...window });
    const amount = costOfStorage(price, bytes);
    await storage.charge({ projectId, day, bytes, amount, ledgerId: newUuid(), chargedAtMs: nowMs, windows });
  };

  return {
    /**
     * Charges what has not been charged today, in any process.
     * @throws AggregateError for projects that could not be charged, after all others were: one that has set a price beyond all
     * measure does not stand in their way
     */
    async charge(): Promise<void> {
      const nowMs = clock.now();
      const day = new Date(nowMs).toISOString().slice(0, 10);
      const failures: unknown[] = [];
      for (let after: string | null = null, isMore = true; isMore; ) {
        const found = await storage.findUncharged({ day, nowMs, defaultPerGbDay: perGbDay(), after, limit: BATCH });
        for (const project of found) await chargeOne(day, nowMs, project).catch((error) => failures.push(error));
        after = found.at(-1)?.projectId ?? null;
        isMore = found.length === BATCH;
      }
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} projects were not charged`);
    },
  };
}
