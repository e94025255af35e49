import type { GatewayError } from '../../domain/errors.js';
import type { Usage } from '../../domain/usage.js';
import type { ModelStreamPart } from '../provider.js';
import { ChunkPattern } from './chunk-pattern.js';
import type { TurnReader } from './dialect.js';
import { fromErrorObject, isErrorBody, type UpstreamCall, unintelligible } from './errors.js';
import { arrayOf, isObject, type JsonObject, objectOf, parseJson, stringOf } from './json.js';
import { createThinkTags, type ThinkTags } from './think-tags.js';
import { createToolCallAssembler, type ToolCallAssembler } from './tool-call-assembler.js';
import { isModelName, readUsage } from './usage.js';

type FinishReason = 'stop' | 'length' | 'content_filter' | 'tool_calls';

/** Finish reasons of the servers we know. Any other word means that the model stopped by itself. */
const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  content_filter: 'content_filter',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
};

/** Finish reasons that say the upstream failed: vLLM's `abort`, OpenRouter's and others' `error`. */
const FAILURES = new Set(['error', 'abort']);

/**
 * Reads chat completions, streamed or whole, into stream parts.
 *
 * Usage goes out once, just before the end, with the last count the upstream gave: some send it on every chunk, some in
 * a last chunk without choices, some never. Before an `error` part it goes out too, so that what was spent is known.
 * `[DONE]` without a finish reason counts as `stop` if the model said anything: the upstream declared the end.
 * Choices other than the first are ignored; one is all that is asked for.
 *
 * @param takenCallIds call ids of the context, which new calls must not repeat
 */
export class ChatReader implements TurnReader {
  readonly #call: UpstreamCall;
  readonly #takenCallIds: () => ReadonlySet<string>;
  readonly #thinkTags: ThinkTags | null;
  /** Made when a tool is called; most answers call none. */
  #toolCalls: ToolCallAssembler | null = null;
  readonly #pattern = new ChunkPattern();
  #isEnded = false;
  #finishReason: FinishReason | null = null;
  #hasChoice = false;
  #model: string | null = null;
  #usage: Usage | null = null;
  #serviceTier: string | undefined;
  #textLength = 0;

  constructor(call: UpstreamCall, takenCallIds: () => ReadonlySet<string>, hasThinkTags = false) {
    this.#call = call;
    this.#takenCallIds = takenCallIds;
    this.#thinkTags = hasThinkTags ? createThinkTags() : null;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get isComplete(): boolean {
    return this.#finishReason !== null;
  }

  event(data: string, name: string, out: ModelStreamPart[]): void {
    if (this.#isEnded || data === '') return;
    if (data === '[DONE]') {
      this.#done(out);
      return;
    }
    const known = name === '' && this.#thinkTags === null ? this.#pattern.textOf(data) : null;
    if (known !== null) {
      this.#say(known, NO_LOGPROBS, out);
      return;
    }
    const chunk = parseJson(data);
    if (!isObject(chunk)) this.#fail(unintelligible(this.#call, 'sent an event that is not a JSON object'), out);
    else if (name === 'error' || isErrorBody(chunk)) this.#fail(fromErrorObject(this.#call, chunk), out);
    else {
      const before = out.length;
      this.#takeChunk(chunk, 'delta', out);
      const part = out[before];
      const isOnlyText = part?.type === 'text' && part.logprobs === undefined && out.length === before + 1;
      if (isOnlyText && this.#finishReason === null) this.#pattern.learn(data, part.text);
    }
  }

  whole(text: string, out: ModelStreamPart[]): void {
    const body = parseJson(text);
    if (!isObject(body)) this.#fail(unintelligible(this.#call, 'sent an answer that is not a JSON object'), out);
    else if (isErrorBody(body)) this.#fail(fromErrorObject(this.#call, body), out);
    else this.#takeChunk(body, 'message', out);
    if (!this.#isEnded) this.#done(out);
  }

  end(out: ModelStreamPart[], fault?: GatewayError): void {
    if (this.#isEnded) return;
    if (this.#finishReason !== null) this.#done(out);
    else this.#fail(fault ?? unintelligible(this.#call, 'ended its answer before it was complete'), out);
  }

  #takeChunk(chunk: JsonObject, member: 'delta' | 'message', out: ModelStreamPart[]): void {
    if (this.#model === null && isModelName(chunk.model)) this.#model = chunk.model;
    if (isModelName(chunk.service_tier)) this.#serviceTier = chunk.service_tier;
    if (isObject(chunk.usage)) this.#usage = readUsage(chunk.usage, 'prompt', 'completion') ?? this.#usage;
    const choice = objectOf(arrayOf(chunk.choices)[0]);
    if (choice === undefined || (typeof choice.index === 'number' && choice.index !== 0)) return;
    this.#hasChoice = true;
    const delta = objectOf(choice[member]);
    if (delta !== undefined) this.#takeDelta(delta, member === 'message', logprobsOf(choice), out);
    const reason = choice.finish_reason;
    if (typeof reason !== 'string' || reason === '') return;
    if (FAILURES.has(reason)) this.#fail(unintelligible(this.#call, 'gave up in mid-answer'), out);
    else this.#finishReason = Object.hasOwn(FINISH_REASONS, reason) ? (FINISH_REASONS[reason] ?? 'stop') : 'stop';
  }

  #takeDelta(delta: JsonObject, isWhole: boolean, logprobs: readonly JsonObject[], out: ModelStreamPart[]): void {
    // Servers that send both names send the same text in both.
    this.#takeReasoning(stringOf(delta.reasoning_content) ?? stringOf(delta.reasoning) ?? textOfDetails(delta), out);
    if (typeof delta.content === 'string') this.#takeText(delta.content, out, logprobs);
    else if (Array.isArray(delta.content)) this.#takeContentParts(delta.content, out);
    if (typeof delta.refusal === 'string' && delta.refusal !== '') out.push({ type: 'refusal', text: delta.refusal });
    if (Array.isArray(delta.annotations)) this.#takeAnnotations(delta.annotations, out);
    if (Array.isArray(delta.tool_calls)) {
      // In a whole answer every entry is a call of its own, even if two share an id.
      for (const [index, entry] of delta.tool_calls.entries())
        this.#calls().take(isWhole && isObject(entry) ? { ...entry, index } : entry, out);
    }
    // The form before tool calls: one call, no id.
    if (isObject(delta.function_call)) this.#calls().take({ index: 0, function: delta.function_call }, out);
  }

  #takeReasoning(text: string, out: ModelStreamPart[]): void {
    if (text !== '') out.push({ type: 'reasoning', text });
  }

  #takeText(piece: string, out: ModelStreamPart[], logprobs: readonly JsonObject[] = NO_LOGPROBS): void {
    if (this.#thinkTags === null) {
      this.#say(piece, logprobs, out);
      return;
    }
    const { thought, text } = this.#thinkTags.take(piece);
    this.#takeReasoning(thought, out);
    this.#say(text, NO_LOGPROBS, out);
  }

  #say(text: string, logprobs: readonly JsonObject[], out: ModelStreamPart[]): void {
    if (text === '') return;
    this.#textLength += text.length;
    out.push(logprobs.length === 0 ? { type: 'text', text } : { type: 'text', text, logprobs });
  }

  /** Mistral's reasoning models send content as parts. */
  #takeContentParts(parts: readonly unknown[], out: ModelStreamPart[]): void {
    for (const part of parts) {
      if (!isObject(part)) continue;
      if (typeof part.text === 'string') this.#takeText(part.text, out);
      for (const thought of arrayOf(part.thinking)) {
        this.#takeReasoning(stringOf(objectOf(thought)?.text) ?? '', out);
      }
    }
  }

  #takeAnnotations(annotations: readonly unknown[], out: ModelStreamPart[]): void {
    for (const annotation of annotations) {
      const flat = flatAnnotation(annotation, this.#textLength);
      if (flat !== null) out.push({ type: 'annotation', annotation: flat });
    }
  }

  #done(out: ModelStreamPart[]): void {
    if (this.#thinkTags !== null) this.#say(this.#thinkTags.end(), NO_LOGPROBS, out);
    if (!this.#hasChoice) this.#fail(unintelligible(this.#call, 'sent an answer without a choice'), out);
    else if (this.#toolCalls?.finish(out) === false)
      this.#fail(unintelligible(this.#call, 'called a tool without naming it'), out);
    else {
      const reason = this.#finalReason();
      const serviceTier = this.#serviceTier;
      this.#close({ type: 'finish', reason, model: this.#model, ...(serviceTier && { serviceTier }) }, out);
    }
  }

  #calls(): ToolCallAssembler {
    this.#toolCalls ??= createToolCallAssembler(this.#takenCallIds);
    return this.#toolCalls;
  }

  /** Servers disagree on the reason when tools are called (a forced call may end with `stop`), so the calls decide. */
  #finalReason(): FinishReason {
    const reason = this.#finishReason ?? 'stop';
    const hasCalls = this.#toolCalls?.hasCalls === true;
    if (reason === 'stop' && hasCalls) return 'tool_calls';
    return reason === 'tool_calls' && !hasCalls ? 'stop' : reason;
  }

  #fail(error: GatewayError, out: ModelStreamPart[]): void {
    this.#close({ type: 'error', error }, out);
  }

  #close(last: ModelStreamPart, out: ModelStreamPart[]): void {
    if (this.#usage !== null) out.push({ type: 'usage', usage: this.#usage });
    out.push(last);
    this.#isEnded = true;
  }
}

/** OpenRouter's form, where neither of the plain members is there: texts and summaries, encrypted ones left out. */
const textOfDetails = (delta: JsonObject): string =>
  arrayOf(delta.reasoning_details)
    .map((detail) => stringOf(objectOf(detail)?.text) ?? stringOf(objectOf(detail)?.summary) ?? '')
    .join('');

const NO_LOGPROBS: readonly JsonObject[] = [];

/** Token probabilities of a choice in the API's spelling, which is chat's own. */
function logprobsOf(choice: JsonObject): readonly JsonObject[] {
  const listed = objectOf(choice.logprobs)?.content;
  return Array.isArray(listed) ? listed.filter(isObject) : NO_LOGPROBS;
}

/**
 * Chat nests an annotation under its type, the Responses API does not. Positions that the upstream left out point at the
 * end of the text so far, where the citation was made.
 */
function flatAnnotation(value: unknown, position: number): { type: string; [member: string]: unknown } | null {
  if (!isObject(value) || typeof value.type !== 'string') return null;
  const { type } = value;
  const flat = { ...(objectOf(value[type]) ?? value), type };
  if (type === 'url_citation') return { url: '', title: '', start_index: position, end_index: position, ...flat };
  if (type === 'file_citation') return { file_id: '', filename: '', index: position, ...flat };
  return flat;
}
