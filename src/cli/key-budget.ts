import { BUDGET_PERIODS, type BudgetPeriod } from '../domain/budget-window.js';
import { parseAmount } from '../domain/money.js';
import { TimeZone } from '../services/usage/usage.schema.js';
import { UsageError } from './command.js';

export interface KeyBudget {
  period: BudgetPeriod;
  cap: bigint;
  timeZone: string;
  rollingSeconds: number | null;
}

const LEAST_SECONDS = 60;
const MOST_SECONDS = 31_622_400;

/** `day=2.50`, `month@Europe/Berlin=50` or `3600s=1` → a budget of a key. @throws UsageError */
export function readKeyBudget(text: string): KeyBudget {
  const refuse = (why: string): never => {
    throw new UsageError(`--budget ${text}: ${why}`);
  };
  const [, window = '', timeZone, amount = ''] = /^([a-z\d]+)(?:@([^=]+))?=(.*)$/.exec(text) ?? [];
  let cap = 0n;
  try {
    cap = parseAmount(amount);
  } catch (error) {
    refuse((error as Error).message);
  }
  const seconds = /^(\d{1,9})s$/.exec(window)?.[1];
  if (seconds !== undefined) {
    const rollingSeconds = Number(seconds);
    if (timeZone !== undefined) refuse('seconds have no time zone.');
    if (rollingSeconds < LEAST_SECONDS || rollingSeconds > MOST_SECONDS)
      refuse(`use ${LEAST_SECONDS} to ${MOST_SECONDS} seconds.`);
    return { period: 'rolling', cap, timeZone: 'UTC', rollingSeconds };
  }
  if (window === 'rolling' || !(BUDGET_PERIODS as readonly string[]).includes(window))
    refuse('use total, day, week, month, or seconds such as 3600s, before the "=".');
  if (timeZone !== undefined && !TimeZone.safeParse(timeZone).success)
    refuse(`${timeZone} is no name of the IANA time zone database.`);
  return { period: window as BudgetPeriod, cap, timeZone: timeZone ?? 'UTC', rollingSeconds: null };
}
