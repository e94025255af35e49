/** A money limit of a key over a period. Amounts are nano-units (10⁻⁹ of the currency). */
export interface Budget {
  id: string;
  period: BudgetPeriod;
  cap: bigint;
}
export type BudgetPeriod = 'total' | 'day' | 'month';

/** Who is asking. Comes first in every service call; decides which rows exist. */
export interface Principal {
  projectId: string;
  keyId: string;
  scopes: readonly string[];
  /** Names of the models it may use, `*` at the end standing for any rest; null: all of them. */
  models: readonly string[] | null;
  /** Set for tokens bound to one end user. */
  endUser: string | null;
  budgets: readonly Budget[];
}

/** Whether the caller may use the model of this name. */
export const mayUseModel = ({ models }: Pick<Principal, 'models'>, name: string): boolean =>
  models === null ||
  models.some((model) => (model.endsWith('*') ? name.startsWith(model.slice(0, -1)) : model === name));

/** The start of the budget window a moment falls in, in epoch milliseconds (UTC). `total` has one window for ever. */
export function windowStartMs(period: BudgetPeriod, nowMs: number): number {
  const now = new Date(nowMs);
  if (period === 'total') return 0;
  if (period === 'day') return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
}

/** When the window of a moment ends, or null for `total`. */
export function windowEndMs(period: BudgetPeriod, nowMs: number): number | null {
  const now = new Date(nowMs);
  if (period === 'total') return null;
  if (period === 'day') return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
}
