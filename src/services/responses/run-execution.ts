import type { Clock } from '../../domain/clock.js';
import { errors, GatewayError, toGatewayError } from '../../domain/errors.js';
import { visibleItem } from '../../domain/include.js';
import type { Item } from '../../domain/item.js';
import { costOf } from '../../domain/money.js';
import type { Owner } from '../../domain/principal.js';
import { type ResponseWithOutput, toResponseObject } from '../../domain/response.js';
import type { ResponseEvent } from '../../domain/response-event.js';
import { countToolCalls } from '../../domain/tool-calls.js';
import type { Logger } from '../../observability/logger.js';
import type { RunEnding } from '../../persistence/statements/index.js';
import type { ModelRequest } from '../../providers/provider.js';
import type { PatternMatcher } from '../../tools/grammar/matcher.js';
import type { SchemaChecker } from '../../tools/json-schema/checker.js';
import type { McpConnector } from '../../tools/mcp/client.js';
import type { CompactionItems } from '../compaction/compaction-items.js';
import type { Compactor } from '../compaction/compactor.js';
import type { StoredItem } from '../items.schema.js';
import { countPrompt } from '../usage/prompt-tokens.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { announceQueued, announceStart } from './announcements.js';
import { compactFirst } from './compact-first.js';
import type { DeltaBeat } from './delta-beat.js';
import type { EventLog } from './event-log.js';
import { createMcpSession, type McpSession, prepareMcp } from './mcp-session.js';
import { type OpenTurn, openTurn } from './model-turn.js';
import { OutputBuilder } from './output-builder.js';
import { Purse } from './purse.js';
import { retried } from './retried.js';
import type { Admission, Run } from './run.js';
import { refreshed } from './run-context.js';
import type { RunLog } from './run-log.js';
import { firstRequest } from './run-money.js';
import type { RunPlan } from './run-plan.js';
import { toEnded, toEnding } from './run-rows.js';
import type { RunStore } from './run-store.js';
import { findFormatFault } from './text-format.js';
import type { ThoughtSeal } from './thought-seal.js';
import { type Ending, type LoopHost, nothingSpent, runLoop } from './tool-loop.js';

/** What every run works with. */
export interface RunnerOptions {
  store: RunStore;
  eventLog: EventLog;
  beat: DeltaBeat;
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
  appendToConversation(owner: Owner, conversationId: string, items: Item[]): Promise<void>;
}

export interface RunnerLimits {
  /** How long a run's row counts as alive without a heartbeat. */
  leaseMs: number;
  /** How long an unstored run's events stay readable in this process after its end. */
  unstoredKeepMs: number;
  /** Model turns in one response, whatever the tools do. */
  maxTurns: number;
  /** A budget that is short cuts answers down to this many tokens before it refuses them; null: it never does. */
  leastOutputTokens: number | null;
}

/** A foreground run whose model is at work already, or about to be. */
export interface Begun {
  request: ModelRequest;
  controller: AbortController;
  /** Or why it could not be sent anything; null when something has to happen first: a compaction, lists of MCP tools. */
  first: OpenTurn | GatewayError | null;
  isFenced: boolean;
}

/**
 * One run from its admission to its end. A class, because there is one per response: closures over this much state would cost
 * every request more than the work they do.
 */
export class RunExecution implements Run, LoopHost {
  readonly plan: RunPlan;
  readonly isFenced: boolean;
  readonly settled: Promise<ResponseWithOutput>;
  readonly #parts: RunnerOptions;
  readonly #admission: Admission;
  readonly #begun: Begun | null;
  readonly #request: ModelRequest;
  readonly #controller: AbortController;
  readonly #log: RunLog | null;
  readonly #builder: OutputBuilder;
  readonly #mcp: McpSession | null;
  /** Null without a budget. */
  readonly #purse: Purse | null;
  readonly #spending = nothingSpent();
  #isSent: boolean;
  #stopped: 'cancelled' | 'interrupted' | null = null;
  #hindrance: GatewayError | null = null;
  #refusal: GatewayError | null = null;
  #ended: ResponseWithOutput | null = null;

  /** Goes to work at once. A background run is sent upstream once it is written down that it is. */
  constructor(parts: RunnerOptions, plan: RunPlan, admission: Admission, begun: Begun | null) {
    const { record } = plan;
    this.plan = plan;
    this.#parts = parts;
    this.#admission = admission;
    this.#begun = begun;
    this.#request = begun?.request ?? firstRequest(plan);
    if (admission.cutTo !== null) this.#request.maxOutputTokens = admission.cutTo;
    this.#controller = begun?.controller ?? new AbortController();
    this.isFenced = begun?.isFenced ?? true;
    this.#purse = plan.principal.budgets.length === 0 ? null : new Purse(parts, plan, admission.held ?? 0n);
    this.#isSent = begun !== null;
    const log = openLog(parts, plan, admission);
    this.#log = log;
    this.#builder = new OutputBuilder({
      emit: log === null ? null : (type, members) => log.append(type, members),
      isServerTool: (name) => plan.tools.server.has(name) || this.#mcp?.has(name) === true,
      clientTools: plan.tools.client,
      beat: parts.beat,
      include: plan.include,
      seal: (item) => parts.thoughts.seal(record.projectId, item, plan.include.has('reasoning.encrypted_content')),
      obfuscate: plan.obfuscate,
    });
    this.#mcp =
      plan.tools.mcp.length === 0
        ? null
        : createMcpSession({ plan, connector: parts.connector, builder: this.#builder, signal: this.signal });
    this.settled = this.#execute();
    this.settled.catch((err: unknown) => {
      parts.logger.error({ err, responseId: record.id }, 'the end of a run was not written');
      // Whoever takes the run over closes its log; one that is not stored has nobody else.
      if (record.store) log?.release();
      else log?.close([]);
    });
  }

  current(): ResponseWithOutput {
    if (this.#ended !== null) return this.#ended;
    const { record } = this.plan;
    return {
      ...record,
      model: this.#spending.model ?? record.model,
      status: this.#isSent ? 'in_progress' : record.status,
      output: this.#visible(this.#builder.snapshot()),
    };
  }

  get refusal(): GatewayError | null {
    return this.#refusal;
  }

  cancel(): void {
    this.#stop('cancelled');
  }

  interrupt(): void {
    this.#stop('interrupted');
  }

  #stop(why: 'cancelled' | 'interrupted'): void {
    this.#stopped ??= why;
    this.#controller.abort();
  }

  #visible(items: readonly StoredItem[]): Item[] {
    return items.map(({ item }) => visibleItem(item, this.plan.include));
  }

  async #execute(): Promise<ResponseWithOutput> {
    const log = this.#log;
    const { record } = this.plan;
    if (!this.#isSent) await this.#prepareToSend();
    if (!this.#isSent && this.#stopped === 'interrupted') {
      // Nothing was sent, so another process, or the next start, can run it.
      await log?.flush();
      await this.#parts.store.release(record.projectId, record.id, this.#admission.attempt);
      log?.release();
      return record;
    }
    let ending: Ending = { status: 'cancelled' };
    if (this.#isSent) {
      if (log !== null) announceStart(log, record);
      try {
        ending = await this.#run();
        if (this.plan.format.type !== 'text') ending = await this.#checked(ending);
      } catch (thrown) {
        ending = { status: 'failed', error: this.#reported(thrown) };
      }
    }
    if (this.#stopped === 'cancelled') ending = { status: 'cancelled' };
    if (this.#stopped === 'interrupted') ending = { status: 'failed', error: errors.shuttingDown() };
    if (ending.status === 'failed' && !this.#builder.hasOutput) this.#refusal = ending.error;
    // An answer that was read to its end left nothing open, and aborting is dear.
    if (ending.status !== 'completed' || this.#mcp !== null) this.#controller.abort(runEnded);
    // Nobody waits for servers that take their time to say goodbye.
    void this.#mcp?.close();
    return this.#end(ending);
  }

  /** Asks for leave to call the upstream; without it the run has ended, or is not this process's any more. */
  async #prepareToSend(): Promise<void> {
    const { counter, store } = this.#parts;
    const { record } = this.plan;
    if (this.#log !== null) announceQueued(this.#log, record);
    if (this.plan.refresh !== null) this.#hindrance = await refreshed(this.plan, this.plan.refresh, this.#request);
    const inputTokens = await countPrompt(counter, this.#request);
    if (this.signal.aborted) return;
    const leave = await retried(() =>
      store.markSent(record.projectId, record.id, this.#admission.attempt, inputTokens),
    );
    if (leave === 'lost') throw takenOver();
    if (leave === 'cancelled') this.#stopped ??= 'cancelled';
    this.#isSent = leave === 'sent';
  }

  /** The model's work, with whatever has to come before it. */
  #run(): Promise<Ending> {
    const first = this.#begun?.first ?? null;
    return first === null || first instanceof GatewayError
      ? this.#prepared(first)
      : runLoop(first, this.#spending, this);
  }

  async #prepared(hindrance: GatewayError | null): Promise<Ending> {
    const first = hindrance ?? this.#hindrance ?? (await this.#compact()) ?? (await this.#openFirst());
    if (first instanceof GatewayError) return { status: 'failed', error: first };
    return 'status' in first ? first : runLoop(first, this.#spending, this);
  }

  #compact(): Promise<Ending | null> {
    const { compactor, compactions, counter } = this.#parts;
    return compactFirst({
      plan: this.plan,
      request: this.#request,
      spending: this.#spending,
      builder: this.#builder,
      compactor,
      compactions,
      counter,
      signal: this.signal,
      afford: (next) => this.afford(next),
    });
  }

  /** Calls the model for the first time; before that, MCP servers are asked for their tools. */
  async #openFirst(): Promise<OpenTurn | GatewayError> {
    if (this.#mcp === null) return this.open(this.#request);
    try {
      if (!(await prepareMcp(this.#mcp, this.plan, this.#request))) return errors.shuttingDown();
      return (await this.afford(this.#request)) ?? this.open(this.#request);
    } catch (thrown) {
      return this.#reported(thrown);
    }
  }

  // What the tool loop asks for.

  get log(): RunLog | null {
    return this.#log;
  }

  get builder(): OutputBuilder {
    return this.#builder;
  }

  get counter(): TokenCounter {
    return this.#parts.counter;
  }

  get matcher(): PatternMatcher {
    return this.#parts.matcher;
  }

  get mcp(): McpSession | null {
    return this.#mcp;
  }

  get maxTurns(): number {
    return this.#parts.limits.maxTurns;
  }

  get maxOutputTokens(): number | null {
    return this.#request.maxOutputTokens;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isStopped(): boolean {
    return this.#stopped !== null;
  }

  openThoughts(items: Item[]): Item[] {
    return this.#parts.thoughts.open(this.plan.record.projectId, items);
  }

  open(request: ModelRequest): OpenTurn {
    return openTurn(this.plan.route.provider, request, this.signal);
  }

  async afford(next: ModelRequest): Promise<GatewayError | null> {
    return this.#purse === null ? null : this.#purse.afford(next, this.#spent());
  }

  async affordCalls(types: readonly string[]): Promise<GatewayError | null> {
    return this.#purse === null ? null : this.#purse.affordCalls(types, this.#spent());
  }

  #spent(): bigint {
    const output = this.#builder.snapshot().map(({ item }) => item);
    return costOf(this.plan.route.price, this.#spending.usage, countToolCalls(output));
  }

  /** An answer that is not in the format it had to have is a fault of the upstream. */
  async #checked(ending: Ending): Promise<Ending> {
    const { format } = this.plan;
    if (ending.status !== 'completed') return ending;
    const items = this.#builder.snapshot().map(({ item }) => item);
    const error = await findFormatFault(format, this.#parts.schemas, items);
    return error === null ? ending : { status: 'failed', error };
  }

  #reported(thrown: unknown): GatewayError {
    const error = toGatewayError(thrown);
    // What the request itself asked for in vain is told to the client; nobody here has to look at it.
    if (error.status >= 500) this.#parts.logger.error({ err: thrown, responseId: this.plan.record.id }, 'a run failed');
    return error;
  }

  async #end(ending: Ending): Promise<ResponseWithOutput> {
    const { record } = this.plan;
    const log = this.#log;
    const output = this.#builder.snapshot();
    this.#builder.dispose();
    const endedAtMs = this.#parts.clock.now();
    const response = toEnded(record, ending, this.#spending, this.#visible(output), endedAtMs);
    // A cancelled run ends without an event: its log is closed by its last number.
    let closing: ResponseEvent[] = [];
    if (log !== null && ending.status !== 'cancelled')
      closing = log.prepare([
        { type: `response.${ending.status}`, members: `"response":${JSON.stringify(toResponseObject(response))}` },
      ]);
    response.lastSequence = log?.lastSequence ?? null;

    const isKept = ending.status === 'completed' || ending.status === 'incomplete';
    const appendTo = isKept ? record.conversationId : null;
    if (appendTo !== null && !record.store) {
      const items = [...this.plan.input, ...output].map(({ item }) => item);
      await this.#parts.appendToConversation(record, appendTo, items);
    }
    const written = this.#write(
      toEnding(this.plan, response, {
        attempt: this.#admission.attempt,
        endedAtMs,
        place: this.#admission.place,
        output,
        closing,
        appendTo: record.store ? appendTo : null,
        holdsMoney: this.#admission.held !== null,
        spending: this.#spending,
      }),
    );
    if (written !== null) await written;
    this.#ended = response;
    log?.close(closing);
    return response;
  }

  /** Null: there is nothing to wait for. */
  #write(rows: RunEnding): Promise<void> | null {
    if (this.isFenced)
      return this.#log === null ? this.#finish(rows) : this.#log.flush().then(() => this.#finish(rows));
    const { store, logger } = this.#parts;
    const billed = store
      .bill(rows)
      .catch((err: unknown) => logger.error({ err, responseId: rows.responseId }, 'a ledger row was lost'));
    // Nobody waits for the bill of a run that keeps nothing, unless bills come faster than they can be written.
    return store.isBehind ? billed : null;
  }

  async #finish(rows: RunEnding): Promise<void> {
    const isMine = await retried(() => this.#parts.store.finish(rows));
    if (!isMine) throw takenOver();
  }
}

function openLog({ eventLog, limits }: RunnerOptions, { record }: RunPlan, admission: Admission): RunLog | null {
  if (!record.logged) return null;
  return record.store
    ? eventLog.open(record, record.id, admission.attempt, admission.lastSequence)
    : eventLog.openUnstored(record, record.id, limits.unstoredKeepMs);
}

const takenOver = () => errors.providerFailed('The run was taken over by another process.');

/** Why whatever may still be open upstream is closed. Made once: a stack trace per response is dear. */
const runEnded = new Error('The run has ended.');
