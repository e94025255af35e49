import type { Clock } from '../../domain/clock.js';
import { errors, type GatewayError, toGatewayError } from '../../domain/errors.js';
import { visibleItem } from '../../domain/include.js';
import type { Item } from '../../domain/item.js';
import { costOf } from '../../domain/money.js';
import { type ResponseWithOutput, toResponseObject } from '../../domain/response.js';
import type { Usage } from '../../domain/usage.js';
import type { Logger } from '../../observability/logger.js';
import type { ModelRequest } from '../../providers/provider.js';
import type { PatternMatcher } from '../../tools/grammar/matcher.js';
import type { StoredItem } from '../items.schema.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { worstCase } from '../usage/worst-case.js';
import type { EventLog, RunLog } from './event-log.js';
import { openTurn, showTurn } from './model-turn.js';
import { createOutputBuilder } from './output-builder.js';
import { type RunPlan, toModelRequest } from './run-plan.js';
import { toBeginning, toEnded, toEnding } from './run-rows.js';
import type { RunStore } from './run-store.js';
import { type Ending, nothingSpent, runLoop } from './tool-loop.js';

export interface RunnerOptions {
  store: RunStore;
  eventLog: EventLog;
  counter: TokenCounter;
  matcher: PatternMatcher;
  clock: Clock;
  logger: Logger;
  owner: string;
  limits: RunnerLimits;
  /** Appends the items of an unstored run to its conversation. */
  appendToConversation(projectId: string, conversationId: string, items: Item[], endUser: string | null): Promise<void>;
}

export interface RunnerLimits {
  /** How long a run's row counts as alive without a heartbeat. */
  leaseMs: number;
  /** Text deltas that follow one another closer than this become one event. */
  coalesceMs: number;
  /** How long an unstored run's events stay readable in this process after its end. */
  unstoredKeepMs: number;
  /** Model turns in one response, whatever the tools do. */
  maxTurns: number;
}

/** A run that has begun: its row is written and its model is at work. */
export interface Run {
  readonly plan: RunPlan;
  /** The response as it stands now; unfinished items are shown as they are. */
  current(): ResponseWithOutput;
  /** The response once it has ended. Rejects only if the end could not be written. */
  readonly settled: Promise<ResponseWithOutput>;
  /** The upstream's refusal, if it came before any output: callers that wait get it as a plain error. */
  readonly refusal: GatewayError | null;
  /** Whether it has a row in the database, which another process takes over should this one die. */
  readonly isFenced: boolean;
  /** Stops the model; what it said so far is kept and paid. The run then ends `cancelled`. */
  cancel(): void;
  /** Stops the model because this process ends or no longer owns the run; the run then ends `failed`. */
  interrupt(): void;
}

export type ResponseRunner = ReturnType<typeof createResponseRunner>;

/**
 * Begins runs and sees them to their end. One flow for every caller; streaming only decides whether a run's events are kept
 * one by one.
 */
export function createResponseRunner(options: RunnerOptions) {
  const { store, eventLog, counter, clock, logger, limits, owner } = options;

  /** The most a turn can cost; held in every window of the key, and given back as far as it was not used. */
  const reservation = (plan: RunPlan, request: ModelRequest): Promise<bigint> =>
    worstCase(counter, plan.route.price, request, request.maxOutputTokens ?? plan.route.maxOutputTokens);

  const openLog = ({ record }: RunPlan): RunLog | null => {
    if (!record.logged) return null;
    return record.store
      ? eventLog.open(record.projectId, record.id, 1)
      : eventLog.openUnstored(record.projectId, record.id, limits.unstoredKeepMs);
  };

  return {
    /**
     * Begins a run. Resolves when its beginning is durable, with the model already at work.
     *
     * @throws 429 `insufficient_quota`, 400 `conversation_locked`: nothing was written and nothing was sent upstream
     */
    async start(plan: RunPlan): Promise<Run> {
      const { principal, record } = plan;
      const hasBudget = principal.budgets.length > 0;
      const request = toModelRequest(plan);
      // A budget has to hold the whole answer, so the upstream is told how long it may be.
      if (hasBudget) request.maxOutputTokens ??= plan.route.maxOutputTokens;

      const controller = new AbortController();
      const { signal } = controller;
      const open = (next: ModelRequest) => openTurn(plan.route.provider, next, signal);
      let held = hasBudget ? await reservation(plan, request) : 0n;
      const windows = hasBudget ? await store.openWindows(principal) : [];
      const isFenced = record.store || hasBudget || record.conversationId !== null;
      const begin = async () =>
        isFenced ? store.begin(principal, toBeginning(plan, owner, limits.leaseMs, { windows, amount: held })) : null;

      // What may be refused is written before the model is called; otherwise the write and the call overlap.
      const mayBeRefused = hasBudget || record.conversationId !== null;
      const refusable = mayBeRefused ? await begin() : null;
      let hindrance: GatewayError | null = null;
      if (plan.refresh !== null) {
        try {
          plan.context = await plan.refresh();
          request.items = plan.context;
        } catch (thrown) {
          hindrance = toGatewayError(thrown);
        }
      }
      const firstTurn = hindrance === null ? open(request) : null;
      const place = await (mayBeRefused ? refusable : begin().catch(abortAnd(controller)));

      const log = openLog(plan);
      const builder = createOutputBuilder({
        emit: log === null ? null : (type, members) => log.append(type, members),
        isServerTool: (name) => plan.tools.server.has(name),
        clientTools: plan.tools.client,
        coalesceMs: limits.coalesceMs,
        include: plan.include,
        obfuscate: plan.obfuscate,
      });
      const visible = (items: readonly StoredItem[]) => items.map(({ item }) => visibleItem(item, plan.include));
      const spending = nothingSpent();
      let stopped: 'cancelled' | 'interrupted' | null = null;
      let refusal: GatewayError | null = null;
      let ended: ResponseWithOutput | null = null;

      const announce = (): void => {
        const snapshot = (status: 'queued' | 'in_progress'): string =>
          `"response":${JSON.stringify(toResponseObject({ ...record, status, output: [] }))}`;
        log?.append('response.created', snapshot(record.background ? 'queued' : 'in_progress'));
        if (record.background) log?.append('response.queued', snapshot('queued'));
        log?.append('response.in_progress', snapshot('in_progress'));
      };

      /** Later turns of a tool loop need more than the first one held. */
      const afford = async (next: ModelRequest, spent: Usage): Promise<GatewayError | null> => {
        if (!hasBudget) return null;
        const needed = costOf(plan.route.price, spent) + (await reservation(plan, next));
        if (needed <= held) return null;
        if (!(await store.extend(record.projectId, record.id, needed - held)))
          return store.overBudget(principal, needed - held);
        held = needed;
        return null;
      };

      const loop = async (): Promise<Ending> => {
        if (firstTurn === null) return { status: 'failed', error: hindrance ?? errors.internal() };
        return runLoop(firstTurn, spending, {
          plan,
          builder,
          signal,
          maxTurns: limits.maxTurns,
          maxOutputTokens: request.maxOutputTokens,
          open,
          show: (turn) => showTurn(turn, { builder, log, counter, isStopped: () => stopped !== null }),
          afford,
          matcher: options.matcher,
        }).catch((thrown: unknown): Ending => {
          logger.error({ err: thrown, responseId: record.id }, 'a run failed');
          return { status: 'failed', error: toGatewayError(thrown) };
        });
      };

      const end = async (ending: Ending): Promise<ResponseWithOutput> => {
        const output = builder.snapshot();
        builder.dispose();
        const endedAtMs = clock.now();
        const response = toEnded(record, ending, spending, visible(output), endedAtMs);
        // A cancelled run ends without an event: its log is closed by its last number.
        const closing =
          log === null || ending.status === 'cancelled'
            ? []
            : log.prepare([
                {
                  type: `response.${ending.status}`,
                  members: `"response":${JSON.stringify(toResponseObject(response))}`,
                },
              ]);
        response.lastSequence = log?.lastSequence ?? null;

        const isKept = ending.status === 'completed' || ending.status === 'incomplete';
        const appendTo = isKept ? record.conversationId : null;
        if (appendTo !== null && !record.store) {
          const items = [...plan.input, ...output].map(({ item }) => item);
          await options.appendToConversation(record.projectId, appendTo, items, record.endUser);
        }
        const rows = toEnding(plan, response, {
          endedAtMs,
          place: place?.kind === 'placed' ? place : null,
          output,
          closing,
          appendTo: record.store ? appendTo : null,
          spending,
        });
        if (isFenced) {
          await log?.flush();
          const isMine = await retried(() => store.finish(rows));
          if (!isMine) throw errors.providerFailed('The run was taken over by another process.');
        } else {
          const billed = retried(() => store.bill(rows)).catch((err: unknown) =>
            logger.error({ err, responseId: record.id }, 'a ledger row was lost'),
          );
          // Nobody waits for the bill of a run that keeps nothing, unless bills come faster than they can be written.
          if (store.isBehind) await billed;
        }
        ended = response;
        log?.close(closing);
        return response;
      };

      const execute = async (): Promise<ResponseWithOutput> => {
        announce();
        let ending = await loop();
        if (stopped === 'cancelled') ending = { status: 'cancelled' };
        if (stopped === 'interrupted') ending = { status: 'failed', error: errors.shuttingDown() };
        if (ending.status === 'failed' && !builder.hasOutput) refusal = ending.error;
        controller.abort(runEnded);
        return end(ending);
      };

      const settled = execute();
      settled.catch((err: unknown) => {
        logger.error({ err, responseId: record.id }, 'the end of a run was not written');
        log?.close([]);
      });
      const stop = (why: 'cancelled' | 'interrupted'): void => {
        stopped ??= why;
        controller.abort();
      };
      return {
        plan,
        current: () =>
          ended ?? {
            ...record,
            model: spending.model ?? record.model,
            status: 'in_progress',
            output: visible(builder.snapshot()),
          },
        settled,
        isFenced,
        get refusal() {
          return refusal;
        },
        cancel: () => stop('cancelled'),
        interrupt: () => stop('interrupted'),
      };
    },
  };
}

/** Why whatever may still be open upstream is closed. Made once: a stack trace per response is dear. */
const runEnded = new Error('The run has ended.');

/** The model was called for nothing: the run could not be written. */
const abortAnd =
  (controller: AbortController) =>
  (error: unknown): never => {
    controller.abort();
    throw error;
  };

const WRITE_ATTEMPTS = 5;

/** A database that restarts is back within seconds; an end that was not written costs the user the whole answer. */
async function retried<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (attempt === WRITE_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
    }
  }
}
