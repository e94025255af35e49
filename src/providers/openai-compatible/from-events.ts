import type { GatewayError } from '../../domain/errors.js';
import type { Usage } from '../../domain/usage.js';
import type { ModelStreamPart } from '../provider.js';
import type { TurnReader } from './dialect.js';
import { fromErrorObject, isErrorBody, type UpstreamCall, unintelligible } from './errors.js';
import { arrayOf, isObject, type JsonObject, objectOf, parseJson, stringOf } from './json.js';
import { createThinkTags } from './think-tags.js';
import { createToolCallAssembler } from './tool-call-assembler.js';
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
export function createChatReader(
  call: UpstreamCall,
  takenCallIds: () => ReadonlySet<string>,
  hasThinkTags = false,
): TurnReader {
  const toolCalls = createToolCallAssembler(takenCallIds);
  const thinkTags = hasThinkTags ? createThinkTags() : null;
  let isEnded = false;
  let finishReason: FinishReason | null = null;
  let hasChoice = false;
  let model: string | null = null;
  let usage: Usage | null = null;
  let serviceTier: string | undefined;
  let textLength = 0;

  function event(data: string, name: string, out: ModelStreamPart[]): void {
    if (isEnded || data === '') return;
    if (data === '[DONE]') {
      done(out);
      return;
    }
    const chunk = parseJson(data);
    if (!isObject(chunk)) fail(unintelligible(call, 'sent an event that is not a JSON object'), out);
    else if (name === 'error' || isErrorBody(chunk)) fail(fromErrorObject(call, chunk), out);
    else takeChunk(chunk, 'delta', out);
  }

  function whole(text: string, out: ModelStreamPart[]): void {
    const body = parseJson(text);
    if (!isObject(body)) fail(unintelligible(call, 'sent an answer that is not a JSON object'), out);
    else if (isErrorBody(body)) fail(fromErrorObject(call, body), out);
    else takeChunk(body, 'message', out);
    if (!isEnded) done(out);
  }

  function end(out: ModelStreamPart[], fault?: GatewayError): void {
    if (isEnded) return;
    if (finishReason !== null) done(out);
    else fail(fault ?? unintelligible(call, 'ended its answer before it was complete'), out);
  }

  function takeChunk(chunk: JsonObject, member: 'delta' | 'message', out: ModelStreamPart[]): void {
    if (model === null && isModelName(chunk.model)) model = chunk.model;
    if (isModelName(chunk.service_tier)) serviceTier = chunk.service_tier;
    if (isObject(chunk.usage)) usage = readUsage(chunk.usage, 'prompt', 'completion') ?? usage;
    const choice = objectOf(arrayOf(chunk.choices)[0]);
    if (choice === undefined || (typeof choice.index === 'number' && choice.index !== 0)) return;
    hasChoice = true;
    const delta = objectOf(choice[member]);
    if (delta !== undefined) takeDelta(delta, member === 'message', logprobsOf(choice), out);
    const reason = choice.finish_reason;
    if (typeof reason !== 'string' || reason === '') return;
    if (FAILURES.has(reason)) fail(unintelligible(call, 'gave up in mid-answer'), out);
    else finishReason = Object.hasOwn(FINISH_REASONS, reason) ? (FINISH_REASONS[reason] ?? 'stop') : 'stop';
  }

  function takeDelta(
    delta: JsonObject,
    isWhole: boolean,
    logprobs: readonly JsonObject[],
    out: ModelStreamPart[],
  ): void {
    // Servers that send both names send the same text in both.
    takeReasoning(stringOf(delta.reasoning_content) ?? stringOf(delta.reasoning) ?? textOfDetails(delta), out);
    if (typeof delta.content === 'string') takeText(delta.content, out, logprobs);
    else if (Array.isArray(delta.content)) takeContentParts(delta.content, out);
    if (typeof delta.refusal === 'string' && delta.refusal !== '') out.push({ type: 'refusal', text: delta.refusal });
    if (Array.isArray(delta.annotations)) takeAnnotations(delta.annotations, out);
    if (Array.isArray(delta.tool_calls)) {
      // In a whole answer every entry is a call of its own, even if two share an id.
      for (const [index, entry] of delta.tool_calls.entries())
        toolCalls.take(isWhole && isObject(entry) ? { ...entry, index } : entry, out);
    }
    // The form before tool calls: one call, no id.
    if (isObject(delta.function_call)) toolCalls.take({ index: 0, function: delta.function_call }, out);
  }

  function takeReasoning(text: string, out: ModelStreamPart[]): void {
    if (text !== '') out.push({ type: 'reasoning', text });
  }

  function takeText(piece: string, out: ModelStreamPart[], logprobs: readonly JsonObject[] = NO_LOGPROBS): void {
    if (thinkTags === null) {
      say(piece, logprobs, out);
      return;
    }
    const { thought, text } = thinkTags.take(piece);
    takeReasoning(thought, out);
    say(text, NO_LOGPROBS, out);
  }

  function say(text: string, logprobs: readonly JsonObject[], out: ModelStreamPart[]): void {
    if (text === '') return;
    textLength += text.length;
    out.push(logprobs.length === 0 ? { type: 'text', text } : { type: 'text', text, logprobs });
  }

  /** Mistral's reasoning models send content as parts. */
  function takeContentParts(parts: readonly unknown[], out: ModelStreamPart[]): void {
    for (const part of parts) {
      if (!isObject(part)) continue;
      if (typeof part.text === 'string') takeText(part.text, out);
      for (const thought of arrayOf(part.thinking)) {
        takeReasoning(stringOf(objectOf(thought)?.text) ?? '', out);
      }
    }
  }

  function takeAnnotations(annotations: readonly unknown[], out: ModelStreamPart[]): void {
    for (const annotation of annotations) {
      const flat = flatAnnotation(annotation, textLength);
      if (flat !== null) out.push({ type: 'annotation', annotation: flat });
    }
  }

  function done(out: ModelStreamPart[]): void {
    if (thinkTags !== null) say(thinkTags.end(), NO_LOGPROBS, out);
    if (!hasChoice) fail(unintelligible(call, 'sent an answer without a choice'), out);
    else if (!toolCalls.finish(out)) fail(unintelligible(call, 'called a tool without naming it'), out);
    else close({ type: 'finish', reason: finalReason(), model, ...(serviceTier && { serviceTier }) }, out);
  }

  /** Servers disagree on the reason when tools are called (a forced call may end with `stop`), so the calls decide. */
  function finalReason(): FinishReason {
    const reason = finishReason ?? 'stop';
    if (reason === 'stop' && toolCalls.hasCalls) return 'tool_calls';
    return reason === 'tool_calls' && !toolCalls.hasCalls ? 'stop' : reason;
  }

  function fail(error: GatewayError, out: ModelStreamPart[]): void {
    close({ type: 'error', error }, out);
  }

  function close(last: ModelStreamPart, out: ModelStreamPart[]): void {
    if (usage !== null) out.push({ type: 'usage', usage });
    out.push(last);
    isEnded = true;
  }

  return {
    get isEnded() {
      return isEnded;
    },
    get isComplete() {
      return finishReason !== null;
    },
    event,
    whole,
    end,
  };
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
