import { errors, GatewayError, toGatewayError } from '../../domain/errors.js';
import { visibleItem } from '../../domain/include.js';
import type { Item } from '../../domain/item.js';
import { costOf } from '../../domain/money.js';
import type { LightSignal } from '../../domain/signal.js';
import { countToolCalls } from '../../domain/tool-calls.js';
import type { ModelRequest } from '../../providers/provider.js';
import type { PatternMatcher } from '../../tools/grammar/matcher.js';
import type { StoredItem } from '../items.schema.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { compactFirst } from './compact-first.js';
import { createMcpSession, type McpSession, prepareMcp } from './mcp-session.js';
import { type OpenTurn, openTurn } from './model-turn.js';
import { OutputBuilder } from './output-builder.js';
import { Purse } from './purse.js';
import type { Admission } from './run.js';
import type { RunLog } from './run-log.js';
import type { RunPlan } from './run-plan.js';
import type { RunnerOptions } from './runner-options.js';
import { findFormatFault } from './text-format.js';
import { type Ending, type LoopHost, nothingSpent, runLoop } from './tool-loop.js';

/** What a run's model is asked, and how it is told to stop. */
export interface Work {
  request: ModelRequest;
  stopping: LightSignal;
  log: RunLog | null;
  held: Admission['held'];
}

/**
 * The model's work in a run: its turns, the tools between them, what they say, use and cost. What is written of it, before and
 * after, is `RunExecution`'s. A class, because there is one per response.
 */
export class RunWork implements LoopHost {
  readonly plan: RunPlan;
  readonly request: ModelRequest;
  readonly log: RunLog | null;
  readonly builder: OutputBuilder;
  readonly mcp: McpSession | null;
  /** What it has used so far. */
  readonly spending = nothingSpent();
  readonly #parts: RunnerOptions;
  readonly stopping: LightSignal;
  /** Null without a budget. */
  readonly #purse: Purse | null;
  #stopped: 'cancelled' | 'interrupted' | null = null;

  constructor(parts: RunnerOptions, plan: RunPlan, { request, stopping, log, held }: Work) {
    const { projectId } = plan.record;
    this.plan = plan;
    this.request = request;
    this.log = log;
    this.#parts = parts;
    this.stopping = stopping;
    this.#purse = plan.principal.budgets.length === 0 ? null : new Purse(parts, plan, held ?? 0n);
    this.builder = new OutputBuilder({
      emit: log === null ? null : (type, members) => log.append(type, members),
      isServerTool: (name) => plan.tools.server.has(name) || this.mcp?.has(name) === true,
      clientTools: plan.tools.client,
      beat: parts.beat,
      include: plan.include,
      seal: (item) => parts.thoughts.seal(projectId, item, plan.include.has('reasoning.encrypted_content')),
      obfuscate: plan.obfuscate,
    });
    this.mcp =
      plan.tools.mcp.length === 0
        ? null
        : createMcpSession({ plan, connector: parts.connector, builder: this.builder, signal: stopping.signal });
  }

  get counter(): TokenCounter {
    return this.#parts.counter;
  }

  get matcher(): PatternMatcher {
    return this.#parts.matcher;
  }

  get maxTurns(): number {
    return this.#parts.limits.maxTurns;
  }

  get maxOutputTokens(): number | null {
    return this.request.maxOutputTokens;
  }

  get isStopped(): boolean {
    return this.#stopped !== null;
  }

  /** Why it was told to stop; null: it was not. */
  get stopped(): 'cancelled' | 'interrupted' | null {
    return this.#stopped;
  }

  stop(why: 'cancelled' | 'interrupted'): void {
    this.#stopped ??= why;
    this.stopping.abort();
  }

  /** What it has said so far, as the answer shows it. */
  visible(items: readonly StoredItem[] = this.builder.snapshot()): Item[] {
    return items.map(({ item }) => visibleItem(item, this.plan.include));
  }

  /**
   * Does it all: from the first turn, or from whatever has to come before it. Never rejects: a fault is how it ends.
   *
   * @param first the first turn, if it is open already, or why it could not be opened
   */
  async run(first: OpenTurn | GatewayError | null): Promise<Ending> {
    try {
      const open = first ?? (await this.#compact()) ?? (await this.#openFirst());
      if (open instanceof GatewayError) return { status: 'failed', error: open };
      if ('status' in open) return open;
      const ending = await runLoop(open, this.spending, this);
      return this.plan.format.type === 'text' ? ending : await this.#checked(ending);
    } catch (thrown) {
      return { status: 'failed', error: this.#reported(thrown) };
    }
  }

  /** Closes whatever it may have left open upstream. */
  close(ending: Ending): void {
    // An answer that was read to its end left nothing open, and aborting is dear.
    if (ending.status !== 'completed' || this.mcp !== null) this.stopping.abort(runEnded);
    // Nobody waits for servers that take their time to say goodbye.
    void this.mcp?.close();
  }

  openThoughts(items: Item[]): Item[] {
    return this.#parts.thoughts.open(this.plan.record.projectId, items);
  }

  open(request: ModelRequest): OpenTurn {
    return openTurn(this.plan.route.provider, request, this.stopping);
  }

  async afford(next: ModelRequest): Promise<GatewayError | null> {
    return this.#purse === null ? null : this.#purse.afford(next, this.#spent());
  }

  async affordCalls(types: readonly string[]): Promise<GatewayError | null> {
    return this.#purse === null ? null : this.#purse.affordCalls(types, this.#spent());
  }

  #compact(): Promise<Ending | null> {
    const { compactor, compactions, counter } = this.#parts;
    return compactFirst({
      plan: this.plan,
      request: this.request,
      spending: this.spending,
      builder: this.builder,
      compactor,
      compactions,
      counter,
      signal: this.stopping,
      afford: (next) => this.afford(next),
    });
  }

  /** Calls the model for the first time; before that, MCP servers are asked for their tools. */
  async #openFirst(): Promise<OpenTurn | GatewayError> {
    if (this.mcp === null) return this.open(this.request);
    if (!(await prepareMcp(this.mcp, this.plan, this.request))) return errors.shuttingDown();
    return (await this.afford(this.request)) ?? this.open(this.request);
  }

  #spent(): bigint {
    const output = this.builder.snapshot().map(({ item }) => item);
    return costOf(this.plan.route.price, this.spending.usage, countToolCalls(output));
  }

  /** An answer that is not in the format it had to have is a fault of the upstream. */
  async #checked(ending: Ending): Promise<Ending> {
    const { format } = this.plan;
    if (ending.status !== 'completed') return ending;
    const items = this.builder.snapshot().map(({ item }) => item);
    const error = await findFormatFault(format, this.#parts.schemas, items);
    return error === null ? ending : { status: 'failed', error };
  }

  #reported(thrown: unknown): GatewayError {
    const error = toGatewayError(thrown);
    // What the request itself asked for in vain is told to the client; nobody here has to look at it.
    if (error.status >= 500) this.#parts.logger.error({ err: thrown, responseId: this.plan.record.id }, 'a run failed');
    return error;
  }
}

/** Why whatever may still be open upstream is closed. Made once: a stack trace per response is dear. */
const runEnded = new Error('The run has ended.');
