import type { Budget } from '../../domain/budget.js';

/** A budget as a statement gathers it: the cap is text, since JSON numbers lose digits. */
export type BudgetJson = Omit<Budget, 'cap'> & { cap: string };

/** Of a row `b` of `budgets`. */
export const BUDGET_AS_JSON = `json_build_object('id', b.id, 'scope', b.scope, 'subject', b.subject, 'period', b.period,
  'cap', b.cap::text, 'timeZone', b.time_zone, 'rollingSeconds', b.rolling_seconds, 'enforced', b.enforced,
  'thresholds', b.thresholds, 'reached', b.reached, 'reachedMs', extract(epoch from b.reached_window) * 1000)`;

export const toBudget = (json: BudgetJson): Budget => ({ ...json, cap: BigInt(json.cap) });

/** Of one that stands alone in its row: statements give JSON back as text. */
export const readBudget = (text: string): Budget => toBudget(JSON.parse(text) as BudgetJson);
