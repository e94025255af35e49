import type { Clock } from '../../domain/clock.js';
import { errors, GatewayError, toGatewayError } from '../../domain/errors.js';
import { visibleItem } from '../../domain/include.js';
import type { Item } from '../../domain/item.js';
import { costOf } from '../../domain/money.js';
import { type ResponseWithOutput, toResponseObject } from '../../domain/response.js';
import type { Usage } from '../../domain/usage.js';
import type { Logger } from '../../observability/logger.js';
import type { BeginOutcome } from '../../persistence/statements/index.js';
import type { ModelRequest } from '../../providers/provider.js';
import type { PatternMatcher } from '../../tools/grammar/matcher.js';
import type { SchemaChecker } from '../../tools/json-schema/checker.js';
import type { McpConnector } from '../../tools/mcp/client.js';
import type { CompactionItems } from '../compaction/compaction-items.js';
import type { Compactor } from '../compaction/compactor.js';
import type { StoredItem } from '../items.schema.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { countInput, worstCase } from '../usage/worst-case.js';
import { compactFirst } from './compact-first.js';
import type { EventLog, RunLog } from './event-log.js';
import { createMcpSession, prepareMcp } from './mcp-session.js';
import { type OpenTurn, openTurn, showTurn } from './model-turn.js';
import { createOutputBuilder } from './output-builder.js';
import { retried } from './retried.js';
import { modelItems, type RunPlan, toModelRequest } from './run-plan.js';
import { toBeginning, toEnded, toEnding } from './run-rows.js';
import type { Idempotency, RunStore } from './run-store.js';
import { findFormatFault } from './text-format.js';
import type { ThoughtSeal } from './thought-seal.js';
import { type Ending, nothingSpent, runLoop } from './tool-loop.js';

export interface RunnerOptions {
  store: RunStore;
  eventLog: EventLog;
  counter: TokenCounter;
  matcher: PatternMatcher;
  thoughts: ThoughtSeal;
  schemas: SchemaChecker;
  compactor: Compactor;
  compactions: CompactionItems;
  connector: McpConnector;
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

/** What a run was begun with, here or in another process. */
export interface Admission {
  /** Rises with every process that takes the run over; writes of an earlier one are fenced out. */
  attempt: number;
  /** Number of the last event that is stored already, -1 for none. */
  lastSequence: number;
  /** Where its items lie; null for a run that is not stored. */
  place: { threadId: string; inputStart: number } | null;
  /** Nano-units held in every window of the key. */
  held: bigint;
}

/** A run that has begun: its row is written and its model is, or will soon be, at work. */
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
  const { store, eventLog, counter, thoughts, schemas, clock, logger, limits, owner } = options;

  /** The most a turn can cost; held in every window of the key, and given back as far as it was not used. */
  const reservation = (plan: RunPlan, request: ModelRequest): Promise<bigint> =>
    worstCase(counter, plan.route.price, request, request.maxOutputTokens ?? plan.route.maxOutputTokens);

  /** The first turn's request. A budget has to hold the whole answer, so the upstream is told how long it may be. */
  const firstRequest = (plan: RunPlan): ModelRequest => {
    const request = toModelRequest(plan);
    if (plan.principal.budgets.length > 0) request.maxOutputTokens ??= plan.route.maxOutputTokens;
    return request;
  };

  const hold = async (plan: RunPlan, request: ModelRequest) => {
    if (plan.principal.budgets.length === 0) return { windows: [], amount: 0n };
    return { amount: await reservation(plan, request), windows: await store.openWindows(plan.principal) };
  };

  const openLog = ({ record }: RunPlan, admission: Admission): RunLog | null => {
    if (!record.logged) return null;
    return record.store
      ? eventLog.open(record.projectId, record.id, admission.attempt, admission.lastSequence)
      : eventLog.openUnstored(record.projectId, record.id, limits.unstoredKeepMs);
  };

  return {
    /**
     * Begins a run. Resolves when its beginning is durable, with the model already at work.
     *
     * @throws 429 `insufficient_quota`, 400 `conversation_locked`: nothing was written and nothing was sent upstream
     */
    async start(plan: RunPlan, idempotency: Idempotency | null = null): Promise<Run> {
      const { principal, record } = plan;
      const request = firstRequest(plan);
      const money = await hold(plan, request);
      const controller = new AbortController();
      const hasBudget = principal.budgets.length > 0;
      const begin = async () => {
        if (!isFenced(plan, idempotency)) return null;
        // What an unstored run was sent cannot be read back, should this process die.
        const inputTokens = hasBudget && !record.store ? await countInput(counter, request) : null;
        const extra =
          idempotency === null && inputTokens === null ? undefined : { command: null, inputTokens, idempotency };
        return store.begin(principal, toBeginning(plan, owner, limits.leaseMs, { ...money, extra }));
      };

      // What may be refused is written before the model is called; otherwise the write and the call overlap.
      const mayBeRefused = hasBudget || record.conversationId !== null || idempotency !== null;
      const refusable = mayBeRefused ? await begin() : null;
      const hindrance = await refreshed(plan, request);
      // Before a compaction, and before MCP servers have listed their tools, the model cannot be called.
      const isOpened = hindrance === null && plan.compaction === null && plan.tools.mcp.length === 0;
      const firstTurn = isOpened ? openTurn(plan.route.provider, request, controller.signal) : null;
      const place = await (mayBeRefused ? refusable : begin().catch(abortAnd(controller)));
      const admission = { attempt: 1, lastSequence: -1, place: placeOf(place), held: money.amount };
      const first = firstTurn ?? hindrance;
      return this.launch(plan, admission, { request, controller, first, isFenced: isFenced(plan, idempotency) });
    },

    /**
     * Writes a background run down without starting it. Whoever launches it has its lease; at once, or whoever takes it.
     *
     * @param isTaken whether this process will launch it; otherwise any may take it
     * @param commandOf what a process needs to start it, given the money that is held for it
     * @throws as `start`
     */
    async enqueue(
      plan: RunPlan,
      isTaken: boolean,
      commandOf: (held: bigint) => string,
      idempotency: Idempotency | null,
    ): Promise<Admission> {
      const money = await hold(plan, firstRequest(plan));
      const extra = { command: commandOf(money.amount), inputTokens: null, idempotency };
      const rows = toBeginning(plan, owner, isTaken ? limits.leaseMs : 0, { ...money, extra });
      const outcome = await store.begin(plan.principal, rows);
      return { attempt: 1, lastSequence: -1, place: placeOf(outcome), held: money.amount };
    },

    /** Tells followers of a queued run, which nobody runs yet, that it is there. */
    async announceQueued({ record }: RunPlan, { attempt, lastSequence }: Admission): Promise<void> {
      const log = eventLog.open(record.projectId, record.id, attempt, lastSequence);
      announceQueued(log, record);
      // Whoever has taken it meanwhile announces it.
      await log.flush().catch(() => undefined);
      log.release();
    },

    /** Runs what was begun, to its end. A background run is sent upstream once it is written down that it is. */
    launch(plan: RunPlan, admission: Admission, begun: Begun | null = null): Run {
      const { principal, record } = plan;
      const { attempt, place } = admission;
      const hasBudget = principal.budgets.length > 0;
      const request = begun?.request ?? firstRequest(plan);
      const controller = begun?.controller ?? new AbortController();
      const { signal } = controller;
      const open = (next: ModelRequest) => openTurn(plan.route.provider, next, signal);
      const isFenced = begun?.isFenced ?? true;
      let { held } = admission;
      let isSent = begun !== null;

      const log = openLog(plan, admission);
      const builder = createOutputBuilder({
        emit: log === null ? null : (type, members) => log.append(type, members),
        isServerTool: (name) => plan.tools.server.has(name) || mcp?.has(name) === true,
        clientTools: plan.tools.client,
        coalesceMs: limits.coalesceMs,
        include: plan.include,
        seal: (item) => thoughts.seal(record.projectId, item, plan.include.has('reasoning.encrypted_content')),
        obfuscate: plan.obfuscate,
      });
      const mcp =
        plan.tools.mcp.length === 0 ? null : createMcpSession({ plan, connector: options.connector, builder, signal });
      const visible = (items: readonly StoredItem[]) => items.map(({ item }) => visibleItem(item, plan.include));
      const spending = nothingSpent();
      let stopped: 'cancelled' | 'interrupted' | null = null;
      let hindrance: GatewayError | null = null;
      let refusal: GatewayError | null = null;
      let ended: ResponseWithOutput | null = null;

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

      /** An answer that is not in the format it had to have is a fault of the upstream. */
      const checked = async (ending: Ending): Promise<Ending> => {
        if (ending.status !== 'completed' || plan.format.type === 'text') return ending;
        const items = builder.snapshot().map(({ item }) => item);
        const error = await findFormatFault(plan.format, schemas, items);
        return error === null ? ending : { status: 'failed', error };
      };

      const smaller = (): Promise<Ending | null> =>
        compactFirst({
          plan,
          request,
          spending,
          builder,
          compactor: options.compactor,
          compactions: options.compactions,
          counter,
          signal,
          afford: (next) => afford(next, spending.usage),
        });

      const loop = (firstTurn: OpenTurn): Promise<Ending> =>
        runLoop(firstTurn, spending, {
          plan,
          builder,
          signal,
          openThoughts: (items) => thoughts.open(record.projectId, items),
          maxTurns: limits.maxTurns,
          maxOutputTokens: request.maxOutputTokens,
          open,
          show: (turn) => showTurn(turn, { builder, log, counter, isStopped: () => stopped !== null }),
          afford,
          matcher: options.matcher,
          mcp,
        })
          .then(checked)
          .catch((thrown: unknown): Ending => {
            logger.error({ err: thrown, responseId: record.id }, 'a run failed');
            return { status: 'failed', error: toGatewayError(thrown) };
          });

      /** Calls the model for the first time; before that, MCP servers are asked for their tools. */
      const openFirst = async (): Promise<OpenTurn | GatewayError> => {
        if (mcp === null) return open(request);
        try {
          const isReady = await prepareMcp(mcp, plan, request);
          const unaffordable = isReady ? await afford(request, spending.usage) : null;
          return unaffordable ?? (isReady ? open(request) : errors.shuttingDown());
        } catch (thrown) {
          logger.error({ err: thrown, responseId: record.id }, 'a run failed');
          return toGatewayError(thrown);
        }
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
          attempt,
          endedAtMs,
          place,
          output,
          closing,
          appendTo: record.store ? appendTo : null,
          spending,
        });
        if (isFenced) {
          await log?.flush();
          const isMine = await retried(() => store.finish(rows));
          if (!isMine) throw takenOver();
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

      /** Asks for leave to call the upstream; without it the run has ended, or is not this process's any more. */
      const prepareToSend = async (): Promise<void> => {
        if (log !== null) announceQueued(log, record);
        hindrance = await refreshed(plan, request);
        const inputTokens = await countInput(counter, request);
        if (signal.aborted) return;
        const leave = await retried(() => store.markSent(record.projectId, record.id, attempt, inputTokens));
        if (leave === 'lost') throw takenOver();
        if (leave === 'cancelled') stopped ??= 'cancelled';
        isSent = leave === 'sent';
      };

      const execute = async (): Promise<ResponseWithOutput> => {
        if (!isSent) await prepareToSend();
        if (!isSent && stopped === 'interrupted') {
          // Nothing was sent, so another process, or the next start, can run it.
          await log?.flush();
          await store.release(record.projectId, record.id, attempt);
          log?.release();
          return record;
        }
        let ending: Ending = { status: 'cancelled' };
        if (isSent) {
          if (log !== null) announceStart(log, record);
          const first = begun?.first ?? hindrance ?? (await smaller()) ?? (await openFirst());
          if (first instanceof GatewayError) ending = { status: 'failed', error: first };
          else ending = 'status' in first ? first : await loop(first);
        }
        if (stopped === 'cancelled') ending = { status: 'cancelled' };
        if (stopped === 'interrupted') ending = { status: 'failed', error: errors.shuttingDown() };
        if (ending.status === 'failed' && !builder.hasOutput) refusal = ending.error;
        controller.abort(runEnded);
        // Nobody waits for servers that take their time to say goodbye.
        void mcp?.close();
        return end(ending);
      };

      const settled = execute();
      settled.catch((err: unknown) => {
        logger.error({ err, responseId: record.id }, 'the end of a run was not written');
        // Whoever takes the run over closes its log; one that is not stored has nobody else.
        if (record.store) log?.release();
        else log?.close([]);
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
            status: isSent ? 'in_progress' : record.status,
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

/** A foreground run whose model is at work already, or about to be. */
interface Begun {
  request: ModelRequest;
  controller: AbortController;
  /** Or why it could not be sent anything; null when something has to happen first: a compaction, lists of MCP tools. */
  first: OpenTurn | GatewayError | null;
  isFenced: boolean;
}

/** Whether a run has a row, and with it a fence, a lease and a place to be found by. */
const isFenced = ({ record, principal }: RunPlan, idempotency: Idempotency | null): boolean =>
  record.store || principal.budgets.length > 0 || record.conversationId !== null || idempotency !== null;

/** Brings the context of a run in a conversation up to date, now that it has the lock. What speaks against running it then. */
async function refreshed(plan: RunPlan, request: ModelRequest): Promise<GatewayError | null> {
  if (plan.refresh === null) return null;
  try {
    plan.context = await plan.refresh();
    request.items = modelItems(plan);
    return null;
  } catch (thrown) {
    return toGatewayError(thrown);
  }
}

const placeOf = (outcome: BeginOutcome | null): Admission['place'] => (outcome?.kind === 'placed' ? outcome : null);

const takenOver = () => errors.providerFailed('The run was taken over by another process.');

const announcement = (record: ResponseWithOutput, status: ResponseWithOutput['status']): string =>
  `"response":${JSON.stringify(toResponseObject({ ...record, status, output: [] }))}`;

/** The first events of a background run, as far as they are not there yet. */
function announceQueued(log: RunLog, record: ResponseWithOutput): void {
  if (log.lastSequence < 0) log.append('response.created', announcement(record, 'queued'));
  if (log.lastSequence < 1) log.append('response.queued', announcement(record, 'queued'));
}

function announceStart(log: RunLog, record: ResponseWithOutput): void {
  if (!record.background) log.append('response.created', announcement(record, 'in_progress'));
  log.append('response.in_progress', announcement(record, 'in_progress'));
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
