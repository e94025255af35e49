import { type GatewayError, toGatewayError } from '../../domain/errors.js';
import { type Item, isFunctionCall } from '../../domain/item.js';
import type { Signal } from '../../domain/signal.js';
import { noUsage, type Usage } from '../../domain/usage.js';
import type { ModelEndpoint, ModelRequest, ModelStreamPart } from '../../providers/provider.js';
import { countPrompt } from '../usage/prompt-tokens.js';
import type { TokenCounter } from '../usage/token-counter.js';
import type { ModelCall } from './model-call.js';
import type { OutputBuilder } from './output-builder.js';
import type { RunLog } from './run-log.js';

/** A call to the model that is under way: its first part has been asked for, so the upstream is at work. */
export interface OpenTurn {
  request: ModelRequest;
  parts: AsyncIterator<readonly ModelStreamPart[]>;
  first: Promise<IteratorResult<readonly ModelStreamPart[]>>;
}

/** Calls the model. What it answers waits until the turn is shown. */
export function openTurn(provider: ModelEndpoint, request: ModelRequest, signal: Signal): OpenTurn {
  const parts = provider.stream(request, signal)[Symbol.asyncIterator]();
  const first = parts.next();
  // Whoever shows the turn hears of it; until then nobody may be listening.
  first.catch(() => undefined);
  return { request, parts, first };
}

/** How one model turn went. */
export interface Turn {
  calls: ModelCall[];
  /** `stopped`: cut off by us, or by a fault. */
  reason: 'stop' | 'length' | 'content_filter' | 'tool_calls' | 'stopped';
  failure: GatewayError | null;
  usage: Usage;
  /** The gateway counted, because the upstream did not. */
  isEstimated: boolean;
  /** The model that answered, if it said so. */
  model: string | null;
  /** The processing class that served it, if the upstream said so. */
  serviceTier: string | null;
}

/**
 * Whether a call is one the request allows. Models now and then call what they were told not to, and some servers do not know
 * `parallel_tool_calls`: such calls are dropped (tools section, "`tool_choice`").
 */
function mayCall({ toolChoice, allowedFunctions, parallelToolCalls }: ModelRequest, name: string, before: number) {
  if (toolChoice === 'none') return false;
  if (allowedFunctions !== null && !allowedFunctions.has(name)) return false;
  return parallelToolCalls !== false || before === 0;
}

/** The run that a turn belongs to. */
export interface TurnHost {
  readonly builder: OutputBuilder;
  readonly log: RunLog | null;
  readonly counter: TokenCounter;
  /** Whether the run was told to stop: what the upstream was sent is paid then, answered or not. */
  readonly isStopped: boolean;
}

/** Shows a turn as it comes. Never throws: a fault is part of the result, beside what it cost until then. */
export const showTurn = (turn: OpenTurn, host: TurnHost): Promise<Turn> => new ShownTurn(turn, host).show();

/** One turn while it is shown. A class, because there is one per response at least, and closures would cost it more. */
class ShownTurn {
  readonly #turn: OpenTurn;
  readonly #host: TurnHost;
  readonly #result: Turn = {
    calls: [],
    reason: 'stopped',
    failure: null,
    usage: noUsage,
    isEstimated: false,
    model: null,
    serviceTier: null,
  };
  #said = '';
  #finished: Item[] | null = null;
  #calls = 0;
  /** Calls that may not be made; most turns have none. */
  #ignored: Set<number> | null = null;
  /** Function calls among passed items are held to the same rules; asked when one begins and when it is done. */
  #passing: Map<number, boolean> | null = null;
  #reported: Usage | null = null;
  #isAnswered = false;

  constructor(turn: OpenTurn, host: TurnHost) {
    this.#turn = turn;
    this.#host = host;
  }

  async show(): Promise<Turn> {
    const { builder, log } = this.#host;
    const { parts, first } = this.#turn;
    const result = this.#result;
    try {
      for (let next = await first; next.done !== true; next = await parts.next()) {
        this.#isAnswered = true;
        for (const part of next.value) this.#part(part);
        if (log?.isBehind === true) await log.ready();
      }
      if (result.reason !== 'stopped' && result.failure === null) {
        const isWhole = result.reason === 'stop' || result.reason === 'tool_calls';
        result.calls = builder.endTurn(isWhole ? 'completed' : 'incomplete');
      }
    } catch (thrown) {
      result.failure = toGatewayError(thrown);
    }
    if (this.#reported !== null) result.usage = this.#reported;
    else if (this.#isAnswered || this.#host.isStopped) await this.#estimate();
    return result;
  }

  #part(part: ModelStreamPart): void {
    const { builder } = this.#host;
    switch (part.type) {
      case 'text':
        this.#said += part.text;
        builder.text(part.text, part.logprobs);
        break;
      case 'reasoning':
        this.#said += part.text;
        builder.reasoning(part.text);
        break;
      case 'refusal':
        this.#said += part.text;
        builder.refusal(part.text);
        break;
      case 'annotation':
        builder.annotation(part.annotation);
        break;
      case 'tool-call':
        this.#call(part);
        break;
      case 'tool-call-arguments':
        this.#said += part.delta;
        if (this.#ignored?.has(part.index) !== true) builder.callArguments(part.index, part.delta);
        break;
      case 'item':
        if (this.#mayPass(part)) builder.passItem(part.index, part.item);
        break;
      case 'item-event':
        this.#said += typeof part.members.delta === 'string' ? part.members.delta : '';
        builder.passEvent(part.index, part.event, part.members);
        break;
      case 'item-done':
        this.#finished ??= [];
        this.#finished.push(part.item);
        if (this.#mayPass(part)) builder.passDone(part.index, part.item);
        break;
      case 'usage':
        this.#reported = part.usage;
        break;
      case 'finish':
        this.#result.reason = part.reason;
        this.#result.model = part.model;
        this.#result.serviceTier = part.serviceTier ?? null;
        break;
      case 'error':
        this.#result.failure = part.error;
        break;
    }
  }

  #call({ index, callId, name }: Extract<ModelStreamPart, { type: 'tool-call' }>): void {
    this.#said += name;
    if (!mayCall(this.#turn.request, name, this.#calls)) {
      this.#ignored ??= new Set();
      this.#ignored.add(index);
      return;
    }
    this.#calls += 1;
    this.#host.builder.call(index, callId, name);
  }

  #mayPass({ index, item }: { index: number; item: Item }): boolean {
    if (!isFunctionCall(item)) return true;
    this.#passing ??= new Map();
    const known = this.#passing.get(index);
    if (known !== undefined) return known;
    const may = mayCall(this.#turn.request, item.name, this.#calls);
    if (may) this.#calls += 1;
    this.#passing.set(index, may);
    return may;
  }

  /** Counts what the upstream has not counted. */
  async #estimate(): Promise<void> {
    const { counter } = this.#host;
    const { request } = this.#turn;
    const shown = this.#said === '' && this.#finished !== null ? JSON.stringify(this.#finished) : this.#said;
    const [counted = 0] = await counter.count([shown]);
    // Tokens of other models are longer or shorter, but never more than were allowed, and so paid for.
    const outputTokens = Math.min(counted, request.maxOutputTokens ?? counted);
    this.#result.usage = { ...noUsage, inputTokens: await countPrompt(counter, request), outputTokens };
    this.#result.isEstimated = true;
  }
}
