import { LightSignal } from '../../domain/signal.js';
import type { BeginOutcome } from '../../persistence/statements/index.js';
import type { ModelRequest } from '../../providers/provider.js';
import { countPrompt } from '../usage/prompt-tokens.js';
import { announceQueued } from './announcements.js';
import { openTurn } from './model-turn.js';
import type { Admission, Run } from './run.js';
import { refreshed } from './run-context.js';
import { RunExecution } from './run-execution.js';
import { affordableAnswer, firstRequest, reservation } from './run-money.js';
import type { RunPlan } from './run-plan.js';
import { toBeginning } from './run-rows.js';
import type { Idempotency } from './run-store.js';
import type { RunnerOptions } from './runner-options.js';

export type ResponseRunner = ReturnType<typeof createResponseRunner>;

/**
 * Begins runs and sees them to their end. One flow for every caller; streaming only decides whether a run's events are kept
 * one by one.
 */
export function createResponseRunner(options: RunnerOptions) {
  const { store, eventLog, counter, limits } = options;

  const hold = async (plan: RunPlan, request: ModelRequest): Promise<Hold> => {
    if (plan.principal.budgets.length === 0) return nothingHeld;
    return { amount: await reservation(counter, plan, request), windows: await store.openWindows(plan.principal) };
  };

  /** A run with a row: it can be refused, read back, or taken over. */
  const startFenced = async (plan: RunPlan, idempotency: Idempotency | null): Promise<Run> => {
    const { principal, record } = plan;
    const request = firstRequest(plan);
    const hasBudget = principal.budgets.length > 0;
    // What an unstored run was sent cannot be read back, should this process die. Counted beside what is held for it.
    const counted = hasBudget && !record.store ? countPrompt(counter, request) : null;
    let money = hasBudget ? await hold(plan, request) : nothingHeld;
    const stopping = new LightSignal();
    const write = (inputTokens: number | null) => {
      const extra =
        idempotency === null && inputTokens === null ? undefined : { command: null, inputTokens, idempotency };
      return store.begin(principal, toBeginning(plan, limits.leaseMs, { ...money, extra }));
    };
    const begin = () => (counted === null ? write(null) : counted.then(write));

    // What may be refused is written before the model is called; otherwise the write and the call overlap.
    const mayBeRefused = hasBudget || record.conversationId !== null || idempotency !== null;
    const shorten = async (error: unknown) => {
      const tokens = await affordableAnswer(counter, plan, request, error, limits.leastOutputTokens);
      if (tokens === null) throw error;
      request.maxOutputTokens = tokens;
      money = { ...money, amount: await reservation(counter, plan, request) };
      return begin();
    };
    const refusable = mayBeRefused ? await begin().catch(shorten) : null;
    const hindrance = plan.refresh === null ? null : await refreshed(plan, plan.refresh, request);
    const isOpened = hindrance === null && callsModelFirst(plan);
    const firstTurn = isOpened ? openTurn(plan.route.provider, request, stopping) : null;
    const place = mayBeRefused ? refusable : await begin().catch(abortAnd(stopping));
    const admission = {
      attempt: 1,
      lastSequence: -1,
      place: placeOf(place),
      held: hasBudget ? money.amount : null,
      cutTo: null,
    };
    const first = firstTurn ?? hindrance;
    const begun = { request, stopping, first, isFenced: true };
    return new RunExecution(options, plan, admission, begun);
  };

  /** Nothing can refuse it and nothing is kept of it: there is no beginning to write. */
  const startLoose = (plan: RunPlan): Run => {
    const request = firstRequest(plan);
    const stopping = new LightSignal();
    const first = callsModelFirst(plan) ? openTurn(plan.route.provider, request, stopping) : null;
    const admission = { attempt: 1, lastSequence: -1, place: null, held: null, cutTo: null };
    return new RunExecution(options, plan, admission, { request, stopping, first, isFenced: false });
  };

  return {
    /**
     * Begins a run. Resolves when its beginning is durable, with the model already at work; at once where there is nothing to be
     * durable.
     *
     * @throws 429 `insufficient_quota`, 400 `conversation_locked`: nothing was written and nothing was sent upstream
     */
    start: (plan: RunPlan, idempotency: Idempotency | null = null): Run | Promise<Run> =>
      isFenced(plan, idempotency) ? startFenced(plan, idempotency) : startLoose(plan),

    /**
     * Writes a background run down without starting it. Whoever launches it has its lease; at once, or whoever takes it.
     *
     * @param isTaken whether this process will launch it; otherwise any may take it
     * @param commandOf what a process needs to start it, given the money that is held for it and what its answer was cut down to
     * @throws as `start`
     */
    async enqueue(
      plan: RunPlan,
      isTaken: boolean,
      commandOf: (money: { held: bigint; cutTo: number | null }) => string,
      idempotency: Idempotency | null,
    ): Promise<Admission> {
      const request = firstRequest(plan);
      const { windows, amount } = await hold(plan, request);
      let money = { held: amount, cutTo: null as number | null };
      const begin = () => {
        const extra = { command: commandOf(money), inputTokens: null, idempotency };
        const rows = { windows, amount: money.held, extra };
        return store.begin(plan.principal, toBeginning(plan, isTaken ? limits.leaseMs : 0, rows));
      };
      const outcome = await begin().catch(async (error: unknown) => {
        const cutTo = await affordableAnswer(counter, plan, request, error, limits.leastOutputTokens);
        if (cutTo === null) throw error;
        money = { held: await reservation(counter, plan, { ...request, maxOutputTokens: cutTo }), cutTo };
        return begin();
      });
      return { attempt: 1, lastSequence: -1, place: placeOf(outcome), ...money };
    },

    /** Tells followers of a queued run, which nobody runs yet, that it is there. */
    async announceQueued({ record }: RunPlan, { attempt, lastSequence }: Admission): Promise<void> {
      const log = eventLog.open(record, record.id, attempt, lastSequence);
      announceQueued(log, record);
      // Whoever has taken it meanwhile announces it.
      await log.flush().catch(() => undefined);
      log.release();
    },

    /** Runs what was written down earlier, here or by another process. */
    launch: (plan: RunPlan, admission: Admission): Run => new RunExecution(options, plan, admission, null),
  };
}

type Hold = Pick<Parameters<typeof toBeginning>[2], 'windows' | 'amount'>;
const nothingHeld: Hold = { windows: [], amount: 0n };

/** Whether a run has a row, and with it a fence, a lease and a place to be found by. */
const isFenced = ({ record, principal }: RunPlan, idempotency: Idempotency | null): boolean =>
  record.store || principal.budgets.length > 0 || record.conversationId !== null || idempotency !== null;

/** Before a compaction, and before MCP servers have listed their tools, the model cannot be called. */
const callsModelFirst = ({ compaction, tools }: RunPlan): boolean => compaction === null && tools.mcp.length === 0;

const placeOf = (outcome: BeginOutcome | null): Admission['place'] => (outcome?.kind === 'placed' ? outcome : null);

/** The model was called for nothing: the run could not be written. */
const abortAnd =
  (stopping: LightSignal) =>
  (error: unknown): never => {
    stopping.abort();
    throw error;
  };
