import { windowStartMs } from '../../domain/budget-window.js';
import type { Clock } from '../../domain/clock.js';
import { newUuid } from '../../domain/ids.js';
import { costOfStorage } from '../../domain/money.js';
import type { BudgetRepository } from '../../persistence/repositories/budget.repository.js';
import type { StorageRepository } from '../../persistence/repositories/storage.repository.js';

const BATCH = 100;

export interface StorageChargesOptions {
  storage: StorageRepository;
  budgets: BudgetRepository;
  clock: Clock;
  /** Nano-units for 10⁹ bytes over a day; read whenever it is needed. */
  perGbDay(): bigint;
}

/**
 * What vector stores cost by their size: each project, once in a UTC day, for what its stores hold then. It is settled in the
 * budgets of the project, none of which can refuse it, and is in the ledger as model `vector_stores` of provider `storage`.
 */
export function createStorageCharges({ storage, budgets, clock, perGbDay }: StorageChargesOptions) {
  return {
    /** Charges what has not been charged today, in any process. */
    async charge(): Promise<void> {
      const price = perGbDay();
      if (price === 0n) return;
      const nowMs = clock.now();
      const day = new Date(nowMs).toISOString().slice(0, 10);
      for (let isMore = true; isMore; ) {
        const found = await storage.findUncharged(day, BATCH);
        isMore = found.length === BATCH;
        for (const { projectId, bytes, budgets: limits } of found) {
          const windows = limits.map((budget) => ({ budgetId: budget.id, startMs: windowStartMs(budget, nowMs) }));
          for (const window of windows) await budgets.openWindow({ projectId, ...window });
          const amount = costOfStorage(price, bytes);
          await storage.charge({ projectId, day, bytes, amount, ledgerId: newUuid(), chargedAtMs: nowMs, windows });
        }
      }
    },
  };
}
