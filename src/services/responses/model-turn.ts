import { type GatewayError, toGatewayError } from '../../domain/errors.js';
import { type Item, isFunctionCall } from '../../domain/item.js';
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
export function openTurn(provider: ModelEndpoint, request: ModelRequest, signal: AbortSignal): OpenTurn {
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
export async function showTurn(turn: OpenTurn, host: TurnHost): Promise<Turn> {
  const { builder, log, counter } = host;
  let said = '';
  const finished: Item[] = [];
  let calls = 0;
  /** Calls that may not be made; most turns have none. */
  let ignored: Set<number> | null = null;
  let reported: Usage | null = null;
  let isAnswered = false;
  const result: Turn = {
    calls: [],
    reason: 'stopped',
    failure: null,
    usage: noUsage,
    isEstimated: false,
    model: null,
    serviceTier: null,
  };

  /** Function calls among passed items are held to the same rules; asked when one begins and when it is done. */
  let passing: Map<number, boolean> | null = null;
  const mayPass = ({ index, item }: { index: number; item: Item }): boolean => {
    if (!isFunctionCall(item)) return true;
    passing ??= new Map();
    const known = passing.get(index);
    if (known !== undefined) return known;
    const may = mayCall(turn.request, item.name, calls);
    if (may) calls += 1;
    passing.set(index, may);
    return may;
  };

  const show = (part: ModelStreamPart): void => {
    switch (part.type) {
      case 'text':
        said += part.text;
        builder.text(part.text, part.logprobs);
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
        if (!mayCall(turn.request, part.name, calls)) {
          ignored ??= new Set();
          ignored.add(part.index);
          break;
        }
        calls += 1;
        builder.call(part.index, part.callId, part.name);
        break;
      case 'tool-call-arguments':
        said += part.delta;
        if (ignored?.has(part.index) !== true) builder.callArguments(part.index, part.delta);
        break;
      case 'item':
        if (mayPass(part)) builder.passItem(part.index, part.item);
        break;
      case 'item-event':
        said += typeof part.members.delta === 'string' ? part.members.delta : '';
        builder.passEvent(part.index, part.event, part.members);
        break;
      case 'item-done':
        finished.push(part.item);
        if (mayPass(part)) builder.passDone(part.index, part.item);
        break;
      case 'usage':
        reported = part.usage;
        break;
      case 'finish':
        result.reason = part.reason;
        result.model = part.model;
        result.serviceTier = part.serviceTier ?? null;
        break;
      case 'error':
        result.failure = part.error;
        break;
    }
  };

  try {
    for (let next = await turn.first; next.done !== true; next = await turn.parts.next()) {
      isAnswered = true;
      for (const part of next.value) show(part);
      if (log?.isBehind === true) await log.ready();
    }
    if (result.reason !== 'stopped' && result.failure === null) {
      const isWhole = result.reason === 'stop' || result.reason === 'tool_calls';
      result.calls = builder.endTurn(isWhole ? 'completed' : 'incomplete');
    }
  } catch (thrown) {
    result.failure = toGatewayError(thrown);
  }
  if (reported !== null) result.usage = reported;
  else if (isAnswered || host.isStopped) {
    const shown = said === '' && finished.length > 0 ? JSON.stringify(finished) : said;
    const [counted = 0] = await counter.count([shown]);
    // Tokens of other models are longer or shorter, but never more than were allowed, and so paid for.
    const outputTokens = Math.min(counted, turn.request.maxOutputTokens ?? counted);
    result.usage = { ...noUsage, inputTokens: await countPrompt(counter, turn.request), outputTokens };
    result.isEstimated = true;
  }
  return result;
}
