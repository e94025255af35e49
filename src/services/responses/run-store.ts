import type { Budget } from '../../domain/budget.js';
import { stepMs, windowEndMs, windowStartMs } from '../../domain/budget-window.js';
import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import { toPublicId } from '../../domain/ids.js';
import { printAmount } from '../../domain/money.js';
import type { Principal } from '../../domain/principal.js';
import { createBatcher } from '../../persistence/batcher.js';
import { isConnectionLoss, type Queryable } from '../../persistence/database.js';
import type { BudgetRepository } from '../../persistence/repositories/budget.repository.js';
import type { RunRepository } from '../../persistence/repositories/run.repository.js';
import type { ThresholdRepository } from '../../persistence/repositories/threshold.repository.js';
import {
  type BeginOutcome,
  beginRuns,
  type RunBeginning,
  type RunExtra,
} from '../../persistence/statements/begin-runs.js';
import { type Bill, billRuns } from '../../persistence/statements/bill-runs.js';
import { finishRuns, type RunEnding } from '../../persistence/statements/finish-runs.js';
import { wakeUp } from './event-log.js';
import { again, retried } from './retried.js';

export interface RunStoreOptions {
  beginWriter: Queryable;
  finishWriter: Queryable;
  budgets: BudgetRepository;
  thresholds: ThresholdRepository;
  runs: RunRepository;
  owner: string;
  clock: Clock;
  /** For messages. */
  currency: string;
  /** Called when ends were written that webhooks are to be told of. */
  onNotices?(): void;
  /** Called when runs have begun or ended in these conversations. */
  onConversations?(ids: readonly string[]): void;
  /** Called when budgets have passed a threshold. */
  onThresholds?(): void;
  /** Called for everything that was booked, once it is. */
  onBooked?(bill: Bill): void;
  /** Called for a bill that could not be booked, however often it was tried. */
  onLost?(bill: Bill, error: unknown): void;
}

/** A caller's key for one run, and what tells the same request from another. */
export type Idempotency = NonNullable<RunExtra['idempotency']>;

export type RunStore = ReturnType<typeof createRunStore>;

/** Bills gather this long: nobody waits for them. */
const BILL_PAUSE_MS = 20;
const BILLS_PER_STATEMENT = 256;
const MANY_BILLS = 2 * BILLS_PER_STATEMENT;

/** The two durable writes of a run, grouped over all runs of this process. */
export function createRunStore(options: RunStoreOptions) {
  const { budgets, runs, clock, owner } = options;
  const openedWindows = new Set<string>();
  const money = (nano: bigint): string => `${printAmount(nano)} ${options.currency}`;

  /** Writes whose answer was lost: they may have happened. */
  const unsure = new WeakSet<RunBeginning | RunEnding>();
  const noting = async <T>(batch: readonly (RunBeginning | RunEnding)[], write: Promise<T>): Promise<T> => {
    try {
      return await write;
    } catch (error) {
      if (isConnectionLoss(error)) for (const row of batch) unsure.add(row);
      throw error;
    }
  };

  /** A beginning that was not let in may be one that is in already, its first answer lost. */
  const recognised = async (batch: readonly RunBeginning[], outcomes: BeginOutcome[]): Promise<BeginOutcome[]> => {
    const isIn = ({ kind }: BeginOutcome): boolean => kind === 'placed' || kind === 'opened';
    const doubtful = batch.filter((run, index) => unsure.has(run) && !isIn(outcomes[index] as BeginOutcome));
    if (doubtful.length === 0) return outcomes;
    const begun = new Map((await runs.findBegun(owner, doubtful)).map((run) => [run.responseId, run]));
    return outcomes.map((outcome, index) => {
      const own = isIn(outcome) ? undefined : begun.get(batch[index]?.responseId ?? '');
      if (own === undefined) return outcome;
      return own.place === null ? { kind: 'opened' } : { kind: 'placed', ...own.place };
    });
  };

  const write = async (batch: readonly RunBeginning[]): Promise<BeginOutcome[]> => {
    const touched = conversationsOf(batch);
    const notify = touched.length === 0 ? '' : wakeUp(owner, touched);
    const isRepeated = batch.some((run) => unsure.has(run));
    const begun = beginRuns(options.beginWriter, owner, batch, notify, isRepeated);
    const outcomes = await recognised(batch, await noting(batch, begun));
    if (touched.length > 0) options.onConversations?.(touched);
    return outcomes;
  };

  const beginnings = createBatcher<RunBeginning, BeginOutcome>({
    onFull: errors.overloaded,
    async run(batch) {
      const outcomes = await write(batch);
      if (batch.length === 1) return outcomes;
      // A batch is weighed as a whole; whoever did not fit in is weighed again alone, in order.
      const settled: BeginOutcome[] = [];
      for (const [index, outcome] of outcomes.entries()) {
        const run = batch[index] as RunBeginning;
        const again = outcome.kind === 'over-budget' ? (await write([run]))[0] : outcome;
        settled.push(again as BeginOutcome);
      }
      return settled;
    },
  });

  const endings = createBatcher<RunEnding, boolean>({
    // An end is never refused: its run was accepted, and accepted runs are bounded.
    maxQueued: Number.POSITIVE_INFINITY,
    onFull: errors.overloaded,
    async run(batch) {
      const logged = batch.filter((run) => run.lastSequence !== null).map((run) => run.responseId);
      const touched = conversationsOf(batch);
      const woken = touched.length === 0 ? logged : [...logged, ...touched];
      const notify = woken.length === 0 ? '' : wakeUp(owner, woken);
      const { mine, notices, due } = await noting(batch, finishRuns(options.finishWriter, batch, notify));
      if (touched.length > 0) options.onConversations?.(touched);
      if (notices > 0) options.onNotices?.();
      if (due > 0) options.onThresholds?.();
      for (const [index, run] of batch.entries()) if (mine[index] === true) options.onBooked?.(run);
      const doubtful = batch.filter((run, index) => unsure.has(run) && mine[index] !== true);
      if (doubtful.length === 0) return mine;
      // Its bill has an id of its own: if it is booked, this very end was written before.
      const booked = await runs.findBooked(doubtful);
      return mine.map((isMine, index) => isMine || booked.has(batch[index]?.ledgerId ?? ''));
    },
  });

  /** Bills that are tried again. */
  const retries = new Set<Promise<void>>();
  const lose = (bill: Bill, error: unknown): void => options.onLost?.(bill, error);
  const bookAgain = (bill: Bill, error: unknown): void => {
    const retry = again(error, () => bills.submit(bill)).catch((last: unknown) => lose(bill, last));
    retries.add(retry);
    void retry.then(() => retries.delete(retry));
  };
  const bills = createBatcher<Bill, void>({
    maxBatch: BILLS_PER_STATEMENT,
    // Whoever brings one while too many wait waits too, which bounds them.
    maxQueued: Number.POSITIVE_INFINITY,
    pauseMs: BILL_PAUSE_MS,
    onFull: errors.overloaded,
    onFailed: bookAgain,
    concernsAll: isConnectionLoss,
    async run(batch) {
      await billRuns(options.finishWriter, batch);
      for (const bill of batch) options.onBooked?.(bill);
      return batch.map(() => undefined);
    },
  });

  return {
    /** The budget windows that apply to this key now; their rows exist when this resolves. */
    async openWindows(principal: Principal): Promise<RunBeginning['windows']> {
      const nowMs = clock.now();
      const windows = principal.budgets.map((budget) => ({
        budgetId: budget.id,
        startMs: windowStartMs(budget, nowMs),
      }));
      for (const [index, window] of windows.entries()) {
        const { rollingSeconds: rolling = null, thresholds = [] } = principal.budgets[index] ?? {};
        const step = rolling === null ? 0 : Math.floor(nowMs / stepMs(rolling));
        const key = `${window.budgetId}:${window.startMs}:${step}`;
        if (openedWindows.has(key)) continue;
        await budgets.openWindow({ projectId: principal.projectId, ...window });
        if (rolling !== null) {
          await budgets.forget(principal.projectId, window.budgetId, nowMs - rolling * 1000);
          // What has left the window may be passed again.
          if (thresholds.length > 0) await options.thresholds.rearm(principal.projectId, window.budgetId);
        }
        if (openedWindows.size > 100_000) openedWindows.clear();
        openedWindows.add(key);
      }
      return windows;
    },

    /**
     * Writes a run's beginning, again if the connection breaks meanwhile.
     *
     * @throws 429 `insufficient_quota` when a budget cannot cover it, 400 `conversation_locked` when another run writes there
     */
    async begin(
      principal: Principal,
      run: RunBeginning,
    ): Promise<Exclude<BeginOutcome, { kind: 'over-budget' | 'locked' }>> {
      const outcome = await retried(() => beginnings.submit(run), isConnectionLoss);
      if (outcome.kind === 'locked')
        throw run.conversationId === null
          ? errors.idempotentRunFailed()
          : errors.conversationLocked(toPublicId('conversation', run.conversationId));
      if (outcome.kind === 'over-budget') throw await this.overBudget(principal, run.amount);
      return outcome;
    },

    markSent: runs.markSent,
    release: runs.release,

    /** Writes a run's end. False if the run belongs to another process by now: nothing was written. */
    finish: (ending: RunEnding): Promise<boolean> => endings.submit(ending),

    /**
     * Books a run that has no row, and so no end to write; again, if that fails. Nothing but the bill is kept until then. Null:
     * nobody has to wait for it, as nobody does unless bills come faster than they can be written. Never rejects.
     */
    book(bill: Bill): Promise<void> | null {
      if (bills.queued > MANY_BILLS)
        return retried(() => bills.submit(bill)).catch((error: unknown) => lose(bill, error));
      bills.post(bill);
      return null;
    },

    /** Beginnings, ends and bills that wait to be written. */
    get waiting(): number {
      return beginnings.queued + endings.queued + bills.queued;
    },

    /** What was written so far, by kind. */
    counts: { begin: beginnings.counts, end: endings.counts, bill: bills.counts },

    /** How long the beginning or the end that has waited longest has waited, in milliseconds. Bills are in no hurry. */
    get waitedMs(): number {
      return Math.max(beginnings.waitedMs, endings.waitedMs);
    },

    /** How long a run that came now would wait for the beginnings and ends before its own, in milliseconds. */
    get aheadMs(): number {
      return beginnings.aheadMs + endings.aheadMs;
    },

    /** Resolves when every end and bill submitted so far is written or lost, but for those that somebody waits for and tries again. */
    async idle(): Promise<void> {
      await Promise.all([endings.idle(), bills.idle()]);
      await Promise.all(retries);
    },

    /** Holds more money for a run that goes on. False if a budget cannot cover it. */
    extend: (projectId: string, responseId: string, amount: bigint): Promise<boolean> =>
      budgets.extend(projectId, responseId, amount),

    /** The error that says what is left, what was needed and when the next window opens. */
    async overBudget(principal: Principal, needed: bigint) {
      const nowMs = clock.now();
      const states = await budgets.findStates(
        principal.projectId,
        principal.budgets.map((budget) => ({ budgetId: budget.id, startMs: windowStartMs(budget, nowMs) })),
      );
      const tightest = principal.budgets
        .filter(({ enforced }) => enforced)
        .map((budget) => {
          const state = states.find((s) => s.budgetId === budget.id);
          return { budget, remaining: budget.cap - (state?.settled ?? 0n) - (state?.reserved ?? 0n) };
        })
        .sort((a, b) => (a.remaining < b.remaining ? -1 : 1))[0];
      const resetMs = tightest === undefined ? null : windowEndMs(tightest.budget, nowMs);
      const remaining = tightest === undefined || tightest.remaining < 0n ? 0n : tightest.remaining;
      const resetAt = resetMs === null ? null : Math.floor(resetMs / 1000);
      return errors.insufficientQuota(
        `The ${printBudget(tightest?.budget)} cannot cover this request: it may cost ${money(needed)}, and ${money(remaining)} is left.`,
        { currency: options.currency, needed: String(needed), remaining: String(remaining), reset_at: resetAt },
        {
          'x-budget-needed': String(needed),
          'x-budget-remaining': String(remaining),
          ...(resetAt === null ? {} : { 'x-budget-reset': String(resetAt) }),
        },
      );
    },
  };
}

function conversationsOf(runs: readonly (RunBeginning | RunEnding)[]): string[] {
  const ids: string[] = [];
  for (const { conversationId } of runs) if (conversationId !== null) ids.push(conversationId);
  return ids;
}

const OF_SCOPE = {
  project: 'of the project',
  key: 'of this key',
  end_user: 'of this end user',
  label: 'of this label',
};
const OF_PERIOD = { total: 'total', day: 'daily', week: 'weekly', month: 'monthly', rolling: 'rolling' };

const printBudget = (budget: Budget | undefined): string =>
  budget === undefined ? 'budget' : `${OF_PERIOD[budget.period]} budget ${OF_SCOPE[budget.scope]}`;
