import type { GatewayError } from '../domain/errors.js';
import type { Item } from '../domain/item.js';
import type { Literals } from '../domain/json-literals.js';
import type { ModelInfo } from '../domain/model.js';
import type { Signal } from '../domain/signal.js';
import type { CustomFormat, Tool, ToolChoice } from '../domain/tool.js';
import type { Usage } from '../domain/usage.js';

/** A callable the model sees: every tool, built-in ones included, reaches a model as a function or as a custom tool. */
export interface ModelFunction {
  name: string;
  description: string | null;
  /** JSON Schema of the arguments; null means no arguments. */
  parameters: Record<string, unknown> | null;
  strict: boolean | null;
  /** A custom tool: the model writes free text of this format. The `arguments` of its calls are that text, not JSON. */
  custom?: CustomFormat;
}

/** How the answer's text must be shaped (structured output section). */
export type TextFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema';
      name: string;
      schema: Record<string, unknown>;
      description?: string | null;
      strict?: boolean | null;
    };

/** One model turn, in the gateway's words. A provider translates it to its upstream's dialect. */
export interface ModelRequest {
  /** The upstream's own model name. */
  model: string;
  /** System text in front of everything else, or null. */
  instructions: string | null;
  /** The whole context in order: history, then new input, then what this response has produced so far. */
  items: readonly Item[];
  functions: readonly ModelFunction[];
  /** Tools the upstream runs itself, or knows as they are: passed on in the API's own spelling. */
  hostedTools: readonly Tool[];
  toolChoice: ToolChoice;
  /** The functions that may be called, if not all of them: what `allowed_tools` names. */
  allowedFunctions: ReadonlySet<string> | null;
  /** Whether one turn may have several calls; null leaves it to the upstream. */
  parallelToolCalls: boolean | null;
  /** Most calls of hosted tools in the whole response, or null. */
  maxToolCalls: number | null;
  maxOutputTokens: number | null;
  temperature: number | null;
  topP: number | null;
  presencePenalty: number | null;
  frequencyPenalty: number | null;
  format: TextFormat;
  /** Reasoning effort by the API's names, or null for the model's default. */
  reasoningEffort: string | null;
  /** Whether and how thoughts are to be summed up, or null. */
  reasoningSummary: string | null;
  /** `standard` or `pro`, or null for the model's default. */
  reasoningMode: string | null;
  /** How long-winded the text may be, or null for the model's default. */
  verbosity: string | null;
  /** How many likely tokens to list beside each token, 0–20; null: no probabilities at all. */
  logprobs: number | null;
  /** The upstream's processing class, or null for its own choice. */
  serviceTier: string | null;
  /** The end user's stable id for the upstream's abuse checks, or null. */
  safetyIdentifier: string | null;
  /** The older name of the same, as the caller sent it, or null. */
  user: string | null;
  promptCacheKey: string | null;
  promptCacheRetention: string | null;
  /** Whether anyone wants to see the answer grow. False lets the provider ask for it in one piece. */
  stream: boolean;
  /** Long texts of the request as they were written, which need not be printed again. */
  literals?: Literals | null;
}

/** What a model turn yields, in order. Exactly one `finish` or `error` ends it. */
export type ModelStreamPart =
  | { type: 'reasoning'; text: string }
  /** `logprobs`: an entry per token of the text, in the API's own spelling, when they were asked for. */
  | { type: 'text'; text: string; logprobs?: readonly Record<string, unknown>[] }
  | { type: 'refusal'; text: string }
  /** A citation on the text so far; indexes count UTF-16 units of the turn's text. */
  | { type: 'annotation'; annotation: { type: string; [member: string]: unknown } }
  | { type: 'tool-call'; index: number; callId: string; name: string }
  | { type: 'tool-call-arguments'; index: number; delta: string }
  /** An item of the upstream's own begins, as it stands so far. `index` numbers the turn's items, as the provider likes. */
  | { type: 'item'; index: number; item: Item }
  /** Something happens to an item that began: an event of the API, without its numbers and ids. */
  | { type: 'item-event'; index: number; event: string; members: Record<string, unknown> }
  /** The finished item; it need not have begun. */
  | { type: 'item-done'; index: number; item: Item }
  /** Tokens as counted by the upstream. Absent when the upstream counts nothing. */
  | { type: 'usage'; usage: Usage }
  | {
      type: 'finish';
      reason: 'stop' | 'length' | 'content_filter' | 'tool_calls';
      model: string | null;
      /** The processing class that served the turn, if the upstream said so. */
      serviceTier?: string;
    }
  /** The upstream broke after its first byte. */
  | { type: 'error'; error: GatewayError };

/** A request of the caller's own that goes to another endpoint of the upstream as it is. */
export interface ForwardRequest {
  endpoint: '/chat/completions' | '/embeddings';
  /** Everything the caller sent, with the upstream's own model name. */
  body: Readonly<Record<string, unknown>> & { model: string };
  /** Most tokens one answer may have, where the body does not say; null leaves it to the upstream. */
  maxOutputTokens: number | null;
}

/** One event of a forwarded answer: as it came, and read. */
export interface ForwardedEvent {
  text: string;
  json: Record<string, unknown>;
  /** Tokens, if this event tells them. */
  usage: Usage | null;
}

/** What the upstream answers to a forwarded request. Read it one way or the other, once. */
export interface ForwardedAnswer {
  /** The answer in one piece. @throws 502 when it breaks off or makes no sense, else the upstream's refusal */
  whole(): Promise<{ json: Record<string, unknown>; usage: Usage | null }>;
  /** The answer's events in batches, without the closing `[DONE]`. Throws like `whole`, after what came before the fault. */
  events(): AsyncIterable<readonly ForwardedEvent[]>;
}

/** Where models are asked. */
export interface ModelEndpoint {
  /** Of the provider. */
  readonly id: string;
  /** Whether tools of this type go to the upstream as they are (`hostedTools`), instead of being run or refused here. */
  hosts(toolType: string): boolean;
  /** Its models take custom tools as such, and keep to their grammars. Others see a function with one text. */
  readonly hasCustomTools: boolean;
  /**
   * Streams one model turn, in batches: the parts that arrived together, never none.
   *
   * Rejects (a GatewayError, thrown by the first `next()`) only while nothing has been received; later trouble arrives
   * as an `error` part. Retries happen only in that first phase. Aborting `signal` closes the upstream connection and
   * ends the iteration without an error part.
   */
  stream(request: ModelRequest, signal: Signal): AsyncIterable<readonly ModelStreamPart[]>;
  /**
   * Passes a request on. Resolves when the upstream has begun to answer; retries happen only before that.
   *
   * @throws GatewayError for a refusal, with the parameters in the caller's own words; 400 `unsupported_value` on `model`
   *   when the upstream has no such endpoint. Rejects with the signal's reason when it aborts.
   */
  forward(request: ForwardRequest, signal: Signal): Promise<ForwardedAnswer>;
}

/** A model API. Knows nothing of responses, storage or money. */
export interface ModelProvider extends ModelEndpoint {
  listModels(signal: Signal): Promise<ModelInfo[]>;
  close(): Promise<void>;
}
