import type { ApiKey } from '../../domain/api-key.js';
import { windowEndMs, windowStartMs } from '../../domain/budget-window.js';
import type { StoredApiKey } from '../../persistence/repositories/api-key.repository.js';
import type { BudgetRepository } from '../../persistence/repositories/budget.repository.js';

/** Keys of a project with what their budgets hold in the present period; one look-up for all of them. */
export async function withBudgetStates(
  budgets: BudgetRepository,
  projectId: string,
  keys: readonly StoredApiKey[],
  nowMs: number,
): Promise<ApiKey[]> {
  const windows = keys.flatMap((key) =>
    key.budgets.map((budget) => ({ budgetId: budget.id, startMs: windowStartMs(budget, nowMs) })),
  );
  const states = windows.length === 0 ? [] : await budgets.findStates(projectId, windows);
  const byBudget = new Map(states.map((state) => [state.budgetId, state]));
  return keys.map((key) => ({
    ...key,
    budgets: key.budgets.map((budget) => ({
      ...budget,
      settled: byBudget.get(budget.id)?.settled ?? 0n,
      reserved: byBudget.get(budget.id)?.reserved ?? 0n,
      resetsAtMs: windowEndMs(budget, nowMs),
    })),
  }));
}
