import { errors, type GatewayError } from '../../domain/errors.js';
import type { Item } from '../../domain/item.js';
import type { LightSignal } from '../../domain/signal.js';
import { toolFamily } from '../../domain/tool.js';
import { addUsage, noUsage, type Usage } from '../../domain/usage.js';
import type { ModelRequest } from '../../providers/provider.js';
import type { PatternMatcher } from '../../tools/grammar/matcher.js';
import type { McpSession } from './mcp-session.js';
import type { ModelCall } from './model-call.js';
import { type OpenTurn, showTurn, type Turn, type TurnHost } from './model-turn.js';
import type { RunPlan } from './run-plan.js';
import { dropOldest, MAX_TRUNCATIONS } from './truncation.js';

/** How a run ends, before anything about it is written. */
export type Ending =
  | { status: 'completed' }
  | { status: 'incomplete'; reason: string }
  | { status: 'failed'; error: GatewayError }
  | { status: 'cancelled' };

/** What a run has used so far. Grows turn by turn. */
export interface Spending {
  usage: Usage;
  isEstimated: boolean;
  model: string | null;
  serviceTier: string | null;
}

export const nothingSpent = (): Spending => ({ usage: noUsage, isEstimated: false, model: null, serviceTier: null });

/** The run that a loop belongs to: what it works with and whom it asks. */
export interface LoopHost extends TurnHost {
  readonly plan: RunPlan;
  /** Aborts when the run is to stop. */
  readonly stopping: LightSignal;
  /** Model turns in one response, whatever the tools do. */
  readonly maxTurns: number;
  /** Tokens the whole answer may have, over all turns; null: no limit. */
  readonly maxOutputTokens: number | null;
  readonly matcher: PatternMatcher;
  /** The MCP servers of the run, if it has any. */
  readonly mcp: McpSession | null;
  /** Items as the model gets them back: its thoughts opened. */
  openThoughts(items: Item[]): Item[];
  open(request: ModelRequest): OpenTurn;
  /** Holds the money of calls of these tools (`web_search`, `mcp`), before they are made. The error that says why not, or null. */
  affordCalls(types: readonly string[]): Promise<GatewayError | null>;
  /** Holds the money of a further turn. The error that says why not, or null. */
  afford(request: ModelRequest): Promise<GatewayError | null>;
}

/** Server tools' calls in one response, if the request sets no bound of its own. */
const MAX_TOOL_CALLS = 128;

const NO_MORE_CALLS = 'No more tool calls are possible. Answer with what you have.';

/**
 * Model turn → the server's tools → model turn, until the model is done, needs the client, or must stop (behaviour of
 * built-in tools section). `spending` is kept up to date whatever happens.
 */
export const runLoop = (first: OpenTurn, spending: Spending, host: LoopHost): Promise<Ending> =>
  new ToolLoop(first, spending, host).run();

/** A class whose parts are asked for when there are tools: most responses are one turn, and wait for nothing else. */
class ToolLoop {
  readonly #spending: Spending;
  readonly #host: LoopHost;
  #open: OpenTurn;
  /** What the model sees next: made when it is asked again. */
  #context: Item[] | null = null;
  /** Output items that the context has. A compaction, lists and approved calls of MCP servers are in the request's already. */
  #shownItems: number;
  #toolCalls: number;
  #turns = 1;
  #truncations = 0;

  constructor(first: OpenTurn, spending: Spending, host: LoopHost) {
    this.#open = first;
    this.#spending = spending;
    this.#host = host;
    this.#shownItems = host.builder.itemCount;
    this.#toolCalls = host.mcp?.approvedCalls ?? 0;
  }

  async run(): Promise<Ending> {
    for (;;) {
      const turn = await showTurn(this.#open, this.#host);
      this.#count(turn);
      const next = this.#after(turn);
      const ending = next instanceof Promise ? await next : next;
      if (ending !== null) return ending;
    }
  }

  #count(turn: Turn): void {
    const spending = this.#spending;
    spending.usage = addUsage(spending.usage, turn.usage);
    spending.isEstimated ||= turn.isEstimated;
    spending.model = turn.model ?? spending.model;
    spending.serviceTier = turn.serviceTier ?? spending.serviceTier;
  }

  /** How the run ends after this turn; null: a further one is open. */
  #after(turn: Turn): Ending | null | Promise<Ending | null> {
    if (turn.failure !== null) return this.#shortened(turn.failure);
    if (turn.reason === 'stopped') return { status: 'cancelled' };
    if (turn.reason === 'length') return { status: 'incomplete', reason: 'max_output_tokens' };
    if (turn.reason === 'content_filter') return { status: 'incomplete', reason: 'content_filter' };
    return turn.calls.length === 0 ? { status: 'completed' } : this.#afterCalls(turn.calls);
  }

  /** Asks again with less in front, where the context was too long and may be cut. */
  #shortened(failure: GatewayError): Ending | null {
    const { plan, builder } = this.#host;
    const isOverflow = failure.code === 'context_length_exceeded' && builder.itemCount === this.#shownItems;
    const mayRepeat = isOverflow && plan.record.settings.truncation === 'auto' && this.#truncations < MAX_TRUNCATIONS;
    const shorter = mayRepeat ? dropOldest(this.#context ?? this.#open.request.items) : null;
    if (shorter === null) return { status: 'failed', error: failure };
    this.#truncations += 1;
    this.#context = shorter;
    this.#open = this.#host.open({ ...this.#open.request, items: [...shorter] });
    return null;
  }

  async #afterCalls(calls: readonly ModelCall[]): Promise<Ending | null> {
    const { plan, mcp } = this.#host;
    const misfit = plan.tools.patterns.size === 0 ? null : await findMisfit(calls, this.#host);
    if (misfit !== null) return { status: 'failed', error: misfit };
    const serverCalls = calls.filter((call) => plan.tools.server.has(call.name) || mcp?.has(call.name) === true);
    if (serverCalls.length === 0) return { status: 'completed' };
    const isAlone = serverCalls.length === calls.length;
    return (await this.#answer(serverCalls, isAlone)) ?? this.#askAgain();
  }

  /** Runs calls of the server's tools; answers how the run ends, if it does. */
  async #answer(calls: readonly ModelCall[], isAlone: boolean): Promise<Ending | null> {
    const host = this.#host;
    const { plan, builder } = host;
    const said = builder
      .snapshot()
      .slice(this.#shownItems)
      .map(({ item }) => item);
    this.#context ??= [...this.#open.request.items];
    const context = this.#context;
    context.push(...host.openThoughts(said));
    const unpaid = await host.affordCalls(
      calls.map(({ name }) => toolFamily(plan.tools.server.get(name)?.tool.type ?? 'mcp')),
    );
    if (unpaid !== null) return { status: 'failed', error: unpaid };
    let waitsForApproval = false;
    for (const call of calls) {
      if (host.stopping.aborted) return { status: 'cancelled' };
      const output = this.#toolCalls < this.#maxToolCalls ? await runTool(call, host) : NO_MORE_CALLS;
      this.#toolCalls += 1;
      if (output === null) {
        waitsForApproval = true;
        continue;
      }
      context.push(
        { type: 'function_call', call_id: call.callId, name: call.name, arguments: call.arguments },
        { type: 'function_call_output', call_id: call.callId, output },
      );
    }
    this.#shownItems = builder.itemCount;
    if (waitsForApproval || !isAlone) return { status: 'completed' };
    return host.stopping.aborted ? { status: 'cancelled' } : null;
  }

  /** Opens a further turn, if there are money and tokens for it. */
  async #askAgain(): Promise<Ending | null> {
    const host = this.#host;
    const left = host.maxOutputTokens === null ? null : host.maxOutputTokens - this.#spending.usage.outputTokens;
    if (left !== null && left < 1) return { status: 'incomplete', reason: 'max_output_tokens' };
    const isLast = this.#turns + 1 >= host.maxTurns || this.#toolCalls >= this.#maxToolCalls;
    // Forcing a tool binds the first turn only, or the loop would never end.
    const request: ModelRequest = {
      ...this.#open.request,
      items: [...(this.#context ?? [])],
      ...(isLast ? { toolChoice: 'none' } : afterFirstTurn(this.#open.request, host.plan)),
      maxOutputTokens: left,
    };
    const refusal = await host.afford(request);
    if (refusal !== null) return { status: 'failed', error: refusal };
    this.#turns += 1;
    this.#open = host.open(request);
    return null;
  }

  get #maxToolCalls(): number {
    return this.#host.plan.record.settings.max_tool_calls ?? MAX_TOOL_CALLS;
  }
}

/** A subset stays a subset; only the force is gone. */
function afterFirstTurn(
  { toolChoice, allowedFunctions }: ModelRequest,
  { record }: RunPlan,
): Pick<ModelRequest, 'toolChoice' | 'allowedFunctions'> {
  const asked = record.settings.tool_choice;
  const isSubset = typeof asked !== 'string' && asked.type === 'allowed_tools' && typeof toolChoice !== 'string';
  return isSubset
    ? { toolChoice: { ...toolChoice, mode: 'auto' }, allowedFunctions }
    : { toolChoice: 'auto', allowedFunctions: null };
}

/** Inputs of custom tools have to match their grammars: the error of the first that does not. */
async function findMisfit(calls: readonly ModelCall[], { plan, matcher }: LoopHost): Promise<GatewayError | null> {
  for (const call of calls) {
    const pattern = plan.tools.patterns.get(call.name);
    if (pattern === undefined) continue;
    const result = await matcher.matches(pattern, call.arguments);
    if (result === true) continue;
    const name = plan.tools.client.get(call.name)?.name ?? call.name;
    return errors.providerFailed(
      result === 'too-long'
        ? `Whether the input of '${name}' matches its grammar could not be decided in time.`
        : `The model called '${name}' with an input that its grammar does not allow.`,
    );
  }
  return null;
}

/** Runs one call of a server tool, with its item and events; answers what the model is told. Null: it waits for approval. */
async function runTool(call: ModelCall, { plan, builder, stopping, mcp }: LoopHost): Promise<string | null> {
  if (mcp?.has(call.name) === true) return mcp.run(call);
  const offered = plan.tools.server.get(call.name);
  if (offered === undefined) return NO_MORE_CALLS;
  const { tool, server } = offered;
  const shown = builder.startToolItem(server.begin());
  const last = server.events.at(-1);
  for (const type of server.events.slice(0, -1)) shown.event(type);
  const outcome = await server
    .run({ owner: plan.record, tool, arguments: call.arguments, signal: stopping.signal })
    .catch((thrown: unknown) => {
      // The run fails, but what it began has to end.
      shown.finish({ ...server.begin(), status: 'failed' });
      throw thrown;
    });
  if (outcome.item.status !== 'failed' && last !== undefined) shown.event(last);
  shown.finish(outcome.item);
  if (outcome.sources !== undefined) builder.cite(outcome.sources);
  return outcome.output;
}
