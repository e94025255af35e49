/** How long the time is that a budget counts over. `rolling`: the last so many seconds, whenever one looks. */
export const BUDGET_PERIODS = ['total', 'day', 'week', 'month', 'rolling'] as const;
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

/** When the windows of a budget begin. */
export interface BudgetTime {
  period: BudgetPeriod;
  /** IANA name; whose days, weeks and months are meant. */
  timeZone: string;
  /** Only of rolling budgets. */
  rollingSeconds: number | null;
}

/** What a rolling budget has spent leaves its window again in this many steps. */
const ROLLING_STEPS = 60;

/** The step of a rolling window, in milliseconds. */
export const stepMs = (rollingSeconds: number): number => Math.floor(rollingSeconds / ROLLING_STEPS) * 1000;

/** The start of the window a moment falls in, in epoch milliseconds. Total and rolling budgets have one window for ever. */
export function windowStartMs({ period, timeZone }: BudgetTime, nowMs: number): number {
  if (period === 'total' || period === 'rolling') return 0;
  return startOfDay(firstDay(period, localDate(timeZone, nowMs)), timeZone);
}

/** When the window of a moment ends, or null if it never does. */
export function windowEndMs({ period, timeZone }: BudgetTime, nowMs: number): number | null {
  if (period === 'total' || period === 'rolling') return null;
  const first = firstDay(period, localDate(timeZone, nowMs));
  const next = {
    day: { ...first, day: first.day + 1 },
    week: { ...first, day: first.day + 7 },
    month: { ...first, month: first.month + 1 },
  }[period];
  return startOfDay(next, timeZone);
}

/** A date of the calendar; months from 0, and days may run over. */
interface LocalDate {
  year: number;
  month: number;
  day: number;
}

function firstDay(period: 'day' | 'week' | 'month', date: LocalDate): LocalDate {
  if (period === 'month') return { ...date, day: 1 };
  if (period === 'day') return date;
  const weekday = new Date(Date.UTC(date.year, date.month, date.day)).getUTCDay();
  return { ...date, day: date.day - ((weekday + 6) % 7) };
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What clocks show at a moment, as if it were UTC. */
function localMs(timeZone: string, atMs: number): number {
  if (timeZone === 'UTC') return atMs;
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-u-hc-h23', {
      timeZone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const part = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(
    part.year as number,
    (part.month as number) - 1,
    part.day as number,
    part.hour as number,
    part.minute as number,
    part.second as number,
  );
}

function localDate(timeZone: string, atMs: number): LocalDate {
  const local = new Date(localMs(timeZone, atMs));
  return { year: local.getUTCFullYear(), month: local.getUTCMonth(), day: local.getUTCDate() };
}

/** When a date begins. Where clocks skip midnight, the first moment after it. */
function startOfDay({ year, month, day }: LocalDate, timeZone: string): number {
  const wanted = Date.UTC(year, month, day);
  if (timeZone === 'UTC') return wanted;
  let at = wanted;
  for (let round = 0; round < 3; round += 1) {
    const ahead = localMs(timeZone, at) - wanted;
    if (ahead === 0) break;
    at -= ahead;
  }
  return at;
}
