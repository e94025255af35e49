import { type BudgetTime, windowStartMs } from './budget-window.js';
import { toPublicId } from './ids.js';
import { printAmount } from './money.js';

/** What a budget limits. Of `end_user` and `label` either one, by name, or each for itself. */
export const BUDGET_SCOPES = ['project', 'key', 'end_user', 'label'] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];

/** A money limit over a time. Amounts are nano-units (10⁻⁹ of the currency). */
export interface Budget extends BudgetTime {
  id: string;
  scope: BudgetScope;
  /** The end user or the label; null: each of them for itself, and for other scopes. */
  subject: string | null;
  cap: bigint;
  /** False: it only counts and never refuses. */
  enforced: boolean;
  /** Percentages of the cap whose passing is told, ascending. */
  thresholds: readonly number[];
  /** The highest of them that was passed (0: none), and the start of the window it was in, in epoch milliseconds. */
  reached: number;
  reachedMs: number | null;
}

/** A budget as its administrators see it. */
export interface BudgetRecord extends Budget {
  projectId: string;
  /** The key, for budgets on keys. */
  keyId: string | null;
  /** The budget for each of them that this one comes from. */
  templateId: string | null;
  createdAtMs: number;
}

/** What was agreed, in the words of the API: the part of a budget that is the same in answers, in the terminal and in the audit log. */
export const budgetTerms = (budget: BudgetRecord) => ({
  scope: budget.scope,
  key_id: budget.keyId === null ? null : toPublicId('key', budget.keyId),
  subject: budget.subject,
  period: budget.period,
  time_zone: budget.timeZone,
  rolling_seconds: budget.rollingSeconds,
  limit: printAmount(budget.cap),
  enforced: budget.enforced,
  thresholds: budget.thresholds,
});

/** The highest threshold that is passed in the present window; null for none. */
export const thresholdReached = (budget: Budget, nowMs: number): number | null =>
  budget.reached > 0 && budget.reachedMs === windowStartMs(budget, nowMs) ? budget.reached : null;

/** The fullest of the caller's budgets that have passed a threshold, as answers carry it; null for none. */
export function thresholdHeaders(budgets: readonly Budget[], nowMs: number): Record<string, string> | null {
  let fullest: { id: string; percent: number } | null = null;
  for (const budget of budgets) {
    const percent = budget.reached === 0 ? null : thresholdReached(budget, nowMs);
    if (percent !== null && percent > (fullest?.percent ?? 0)) fullest = { id: budget.id, percent };
  }
  if (fullest === null) return null;
  return { 'x-budget-threshold': String(fullest.percent), 'x-budget-id': toPublicId('budget', fullest.id) };
}

/** What is spent and held in a window. */
export interface BudgetState {
  settled: bigint;
  reserved: bigint;
}
