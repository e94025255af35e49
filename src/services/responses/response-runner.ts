import type { Clock } from '../../domain/clock.js';
import { errors, type GatewayError, toGatewayError } from '../../domain/errors.js';
import { newUuid } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import { costOf } from '../../domain/money.js';
import { type ResponseWithOutput, type TerminalStatus, toResponseObject } from '../../domain/response.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import { addUsage, noUsage, type Usage } from '../../domain/usage.js';
import type { Logger } from '../../observability/logger.js';
import type { RunBeginning, RunEnding } from '../../persistence/statements/index.js';
import type { ModelRequest } from '../../providers/provider.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { countInput, worstCase } from '../usage/worst-case.js';
import type { EventLog, RunLog } from './event-log.js';
import { createOutputBuilder, type ModelCall, type OutputBuilder } from './output-builder.js';
import { type RunPlan, toModelRequest } from './run-plan.js';
import type { RunStore } from './run-store.js';

export interface RunnerOptions {
  store: RunStore;
  eventLog: EventLog;
  counter: TokenCounter;
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
  /** Stops the model because this process ends; the run then ends `failed`. */
  interrupt(): void;
}

type Ending =
  | { status: 'completed' }
  | { status: 'incomplete'; reason: string }
  | { status: 'failed'; error: GatewayError }
  | { status: 'cancelled' };

export type ResponseRunner = ReturnType<typeof createResponseRunner>;

/**
 * The loop: model turn → tool calls → model turn → end. One flow for every caller; streaming only decides whether its events
 * are kept one by one.
 */
export function createResponseRunner(options: RunnerOptions) {
  const { store, eventLog, counter, clock, logger, limits } = options;

  /** The same amount is held in every window of the key; what is not used comes back at the end. */
  const reservation = async (plan: RunPlan, request: ModelRequest): Promise<bigint> =>
    plan.principal.budgets.length === 0
      ? 0n
      : worstCase(counter, plan.route.price, request, request.maxOutputTokens ?? plan.route.maxOutputTokens);

  const beginning = (plan: RunPlan, windows: RunBeginning['windows'], amount: bigint): RunBeginning => ({
    projectId: plan.record.projectId,
    responseId: plan.record.id,
    owner: options.owner,
    leaseMs: limits.leaseMs,
    keyId: plan.record.keyId,
    endUser: plan.record.endUser,
    status: plan.record.status === 'queued' ? 'queued' : 'in_progress',
    model: plan.record.model,
    createdAtMs: plan.record.createdAtMs,
    expiresAtMs: null,
    previousResponseId: plan.record.previousResponseId,
    conversationId: plan.record.conversationId,
    promptId: plan.record.promptId,
    promptVersion: plan.record.promptVersion,
    background: plan.record.background,
    logged: plan.record.logged,
    stored: plan.record.store,
    settings: JSON.stringify(plan.record.settings),
    metadata: JSON.stringify(plan.record.metadata),
    newThreadId: newUuid(),
    parent: plan.parent,
    inputs: plan.record.store ? plan.input.map(({ uuid, item }) => ({ id: uuid, payload: JSON.stringify(item) })) : [],
    windows,
    amount,
  });

  return {
    /**
     * Begins a run. Resolves when its beginning is durable, with the model already at work.
     *
     * @throws 429 `insufficient_quota`, 400 `conversation_locked`: nothing was written and nothing was sent upstream
     */
    async start(plan: RunPlan): Promise<Run> {
      const { principal, record } = plan;
      const firstRequest = toModelRequest(plan);
      const hasBudget = principal.budgets.length > 0;
      // A budget has to hold the whole answer, so the upstream is told how long it may be.
      if (hasBudget) firstRequest.maxOutputTokens ??= plan.route.maxOutputTokens;
      const windows = hasBudget ? await store.openWindows(principal) : [];
      let held = await reservation(plan, firstRequest);

      const fenced = record.store || hasBudget || record.conversationId !== null;
      const begin = (): ReturnType<RunStore['begin']> =>
        fenced
          ? store.begin(principal, beginning(plan, windows, held), record.conversationId)
          : Promise.resolve({ kind: 'opened' });
      // What may refuse the run comes before the model is called; otherwise the write and the call overlap.
      const mayBeRefused = hasBudget || record.conversationId !== null;
      const controller = new AbortController();
      let begun = mayBeRefused ? await begin() : null;

      const { provider } = plan.route;
      const open = (request: ModelRequest) => provider.stream(request, controller.signal)[Symbol.asyncIterator]();
      const firstTurn = open(firstRequest);
      const firstPart = firstTurn.next();
      firstPart.catch(() => undefined);
      try {
        begun ??= await begin();
      } catch (error) {
        controller.abort();
        throw error;
      }

      const placed = begun.kind === 'placed' ? begun : null;
      const log: RunLog | null = !record.logged
        ? null
        : record.store
          ? eventLog.open(record.projectId, record.id, 1)
          : eventLog.openUnstored(record.projectId, record.id, limits.unstoredKeepMs);
      const builder: OutputBuilder = createOutputBuilder({
        emit: log === null ? null : (type, members) => log.append(type, members),
        serverTools: new Set(plan.serverTools.keys()),
        coalesceMs: limits.coalesceMs,
      });

      let usage: Usage = noUsage;
      let isEstimated = false;
      let answeredBy: string | null = null;
      let stopped: 'cancelled' | 'interrupted' | null = null;
      let refusal: GatewayError | null = null;
      let ended: ResponseWithOutput | null = null;
      let inFlight: ModelRequest = firstRequest;
      let sentTurns = 0;

      const current = (): ResponseWithOutput =>
        ended ?? {
          ...record,
          model: answeredBy ?? record.model,
          status: record.status === 'queued' ? 'in_progress' : record.status,
          output: builder.snapshot().map(({ item }) => item),
        };

      const announce = (): void => {
        const snapshot = (status: 'queued' | 'in_progress'): string =>
          `"response":${JSON.stringify(toResponseObject({ ...record, status, output: [] }))}`;
        log?.append('response.created', snapshot(record.background ? 'queued' : 'in_progress'));
        if (record.background) log?.append('response.queued', snapshot('queued'));
        log?.append('response.in_progress', snapshot('in_progress'));
      };

      /** Tokens of a turn the upstream did not count, because it never does or because it was cut off. */
      const estimate = async (request: ModelRequest, said: string): Promise<Usage> => {
        isEstimated = true;
        const [outputTokens = 0] = await counter.count([said]);
        return { ...noUsage, inputTokens: await countInput(counter, request), outputTokens };
      };

      interface Turn {
        calls: ModelCall[];
        reason: 'stop' | 'length' | 'content_filter' | 'tool_calls' | 'stopped';
      }

      /** One model turn, shown as it comes. Throws what the upstream reports. */
      const runTurn = async (
        iterator: ReturnType<typeof open>,
        request: ModelRequest,
        pulled?: Promise<IteratorResult<Awaited<ReturnType<typeof iterator.next>>['value'], unknown>>,
      ): Promise<Turn> => {
        inFlight = request;
        sentTurns += 1;
        let counted: Usage | null = null;
        let said = '';
        let reason: Turn['reason'] = 'stopped';
        let failure: GatewayError | null = null;
        let isAnswered = false;
        try {
          for (let next = await (pulled ?? iterator.next()); next.done !== true; next = await iterator.next()) {
            const part = next.value;
            isAnswered = true;
            switch (part.type) {
              case 'text':
                said += part.text;
                builder.text(part.text);
                break;
              case 'reasoning':
                said += part.text;
                builder.reasoning(part.text);
                break;
              case 'refusal':
                said += part.text;
                builder.refusal(part.text);
                break;
              case 'annotation':
                builder.annotation(part.annotation);
                break;
              case 'tool-call':
                said += part.name;
                builder.call(part.index, part.callId, part.name);
                break;
              case 'tool-call-arguments':
                said += part.delta;
                builder.callArguments(part.index, part.delta);
                break;
              case 'usage':
                counted = part.usage;
                break;
              case 'finish':
                reason = part.reason;
                answeredBy = part.model ?? answeredBy;
                break;
              case 'error':
                failure = part.error;
                break;
            }
            if (log !== null) await log.ready();
          }
        } finally {
          // Whatever was said is paid, also when the turn breaks off; a turn that never answered costs nothing.
          if (counted !== null) usage = addUsage(usage, counted);
          else if (isAnswered || (stopped !== null && sentTurns > 0))
            usage = addUsage(usage, await estimate(request, said));
        }
        if (failure !== null) throw failure;
        const calls =
          reason === 'stopped'
            ? []
            : builder.endTurn(reason === 'stop' || reason === 'tool_calls' ? 'completed' : 'incomplete');
        return { calls, reason };
      };

      const runTool = async (call: ModelCall): Promise<string> => {
        const { tool, server } = plan.serverTools.get(call.name) as NonNullable<
          ReturnType<typeof plan.serverTools.get>
        >;
        const shown = builder.startToolItem(server.begin());
        const [last, ...before] = [...server.events].reverse();
        for (const type of before.reverse()) shown.event(type);
        const outcome = await server.run({
          projectId: record.projectId,
          tool,
          arguments: call.arguments,
          signal: controller.signal,
        });
        if (outcome.item.status !== 'failed' && last !== undefined) shown.event(last);
        shown.finish(outcome.item);
        return outcome.output;
      };

      /** Runs turns until the model is done, needs the client, or must stop. */
      const loop = async (): Promise<Ending> => {
        const context: Item[] = [...plan.context];
        let request = firstRequest;
        let turn = await runTurn(firstTurn, request, firstPart);
        let shownItems = 0;
        let toolCalls = 0;
        for (let turns = 1; ; turns += 1) {
          if (turn.reason === 'stopped') return { status: 'cancelled' };
          if (turn.reason === 'length') return { status: 'incomplete', reason: 'max_output_tokens' };
          if (turn.reason === 'content_filter') return { status: 'incomplete', reason: 'content_filter' };
          const serverCalls = turn.calls.filter((call) => plan.serverTools.has(call.name));
          if (serverCalls.length === 0) return { status: 'completed' };

          const said = builder.snapshot().slice(shownItems);
          context.push(...said.map(({ item }) => item));
          for (const call of serverCalls) {
            const isOver = toolCalls >= (record.settings.max_tool_calls ?? Number.POSITIVE_INFINITY);
            const output = isOver ? 'No more tool calls are possible. Answer with what you have.' : await runTool(call);
            toolCalls += 1;
            context.push(
              { type: 'function_call', call_id: call.callId, name: call.name, arguments: call.arguments },
              { type: 'function_call_output', call_id: call.callId, output },
            );
          }
          shownItems = builder.snapshot().length;
          if (serverCalls.length < turn.calls.length) return { status: 'completed' };

          const isLast = turns + 1 >= limits.maxTurns;
          const maxOutputTokens = request.maxOutputTokens === null ? null : firstRequestLimit() - usage.outputTokens;
          if (maxOutputTokens !== null && maxOutputTokens < 1)
            return { status: 'incomplete', reason: 'max_output_tokens' };
          // Forcing a tool binds the first turn only, or the loop would never end.
          request = { ...request, items: [...context], toolChoice: isLast ? 'none' : 'auto', maxOutputTokens };
          if (hasBudget) {
            const needed = costOf(plan.route.price, usage) + (await reservation(plan, request));
            if (needed > held) {
              const fits = await store.extend(record.projectId, record.id, needed - held);
              if (!fits) return { status: 'failed', error: await store.overBudget(principal, needed - held) };
              held = needed;
            }
          }
          turn = await runTurn(open(request), request);
        }
      };
      const firstRequestLimit = (): number => firstRequest.maxOutputTokens ?? plan.route.maxOutputTokens;

      const execute = async (): Promise<ResponseWithOutput> => {
        announce();
        let ending: Ending;
        try {
          ending = await loop();
        } catch (thrown) {
          const error = toGatewayError(thrown);
          if (error.code === 'internal_error') logger.error({ err: thrown, responseId: record.id }, 'a run failed');
          if (!builder.hasOutput) refusal = error;
          ending = { status: 'failed', error };
        }
        if (stopped === 'cancelled') ending = { status: 'cancelled' };
        if (stopped === 'interrupted') ending = { status: 'failed', error: errors.shuttingDown() };
        controller.abort();
        return end(ending);
      };

      const end = async (ending: Ending): Promise<ResponseWithOutput> => {
        const output = builder.snapshot();
        builder.dispose();
        const endedAtMs = clock.now();
        const status: TerminalStatus = ending.status;
        const response: ResponseWithOutput = {
          ...record,
          status,
          model: answeredBy ?? record.model,
          completedAtMs: status === 'completed' ? endedAtMs : null,
          error:
            ending.status === 'failed'
              ? { code: ending.error.code ?? 'server_error', message: ending.error.message }
              : null,
          incompleteReason: ending.status === 'incomplete' ? ending.reason : null,
          usage,
          output: output.map(({ item }) => item),
        };
        // A cancelled run ends without an event: its log is closed by its last number.
        const closing =
          log === null || status === 'cancelled'
            ? []
            : log.prepare([
                { type: `response.${status}`, members: `"response":${JSON.stringify(toResponseObject(response))}` },
              ]);
        response.lastSequence = log === null ? null : log.lastSequence;
        const appends = (status === 'completed' || status === 'incomplete') && record.conversationId !== null;
        if (appends && !record.store && record.conversationId !== null) {
          const items = [...plan.input.map(({ item }) => item), ...response.output];
          await options.appendToConversation(record.projectId, record.conversationId, items, record.endUser);
        }
        const written = write(response, output, closing, appends && record.store, endedAtMs);
        // Nothing of an unstored, unbudgeted run waits for its bill: it goes out with the next batch.
        if (fenced) await written;
        else written.catch((err: unknown) => logger.error({ err, responseId: record.id }, 'a ledger row was lost'));
        ended = response;
        log?.close(closing);
        return response;
      };

      const write = async (
        response: ResponseWithOutput,
        output: ReturnType<OutputBuilder['snapshot']>,
        closing: readonly ResponseEvent[],
        appends: boolean,
        endedAtMs: number,
      ): Promise<void> => {
        await log?.flush();
        const ending: RunEnding = {
          projectId: record.projectId,
          responseId: record.id,
          attempt: 1,
          fenced,
          status: response.status as TerminalStatus,
          model: response.model,
          endedAtMs,
          error: response.error === null ? null : JSON.stringify(response.error),
          incompleteReason: response.incompleteReason,
          usage,
          lastSequence: response.lastSequence,
          threadId: placed?.threadId ?? null,
          inputStart: placed?.inputStart ?? 0,
          inputs: plan.input.length,
          outputs: record.store ? output.map(({ uuid, item }) => ({ id: uuid, payload: JSON.stringify(item) })) : [],
          appendTo: appends ? record.conversationId : null,
          events: record.store
            ? closing.map((event) => ({ sequenceNumber: event.sequenceNumber, payload: event.json }))
            : [],
          endUser: record.endUser,
          ledgerId: newUuid(),
          keyId: record.keyId,
          provider: plan.route.provider.id,
          estimated: isEstimated,
          cost: costOf(plan.route.price, usage),
        };
        const mine = await retried(() => store.finish(ending));
        if (!mine) throw errors.providerFailed('The run was taken over by another process.');
      };

      const settled = execute();
      settled.catch((err: unknown) => logger.error({ err, responseId: record.id }, 'the end of a run was not written'));
      const stop = (why: 'cancelled' | 'interrupted'): void => {
        stopped ??= why;
        controller.abort();
      };
      return {
        plan,
        current,
        settled,
        isFenced: fenced,
        get refusal() {
          return refusal;
        },
        cancel: () => stop('cancelled'),
        interrupt: () => stop('interrupted'),
      };
    },
  };
}

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
