import type { GatewayError } from '../../../domain/errors.js';
import { newCallId } from '../../../domain/ids.js';
import type { Item } from '../../../domain/item.js';
import type { Usage } from '../../../domain/usage.js';
import type { ModelStreamPart } from '../../provider.js';
import type { TurnReader } from '../dialect.js';
import { fromErrorObject, isErrorBody, type UpstreamCall, unintelligible } from '../errors.js';
import { arrayOf, isObject, type JsonObject, objectOf, parseJson, stringOf } from '../json.js';
import { isUsableCallId } from '../tool-call-assembler.js';
import { isModelName, readUsage } from '../usage.js';
import { wrapReasoning } from './encrypted-reasoning.js';
import { itemEventType, withoutNumbers } from './item-events.js';

const FINAL = new Set(['completed', 'incomplete', 'failed', 'cancelled'].map((status) => `response.${status}`));

/** An item the upstream announced in this turn. */
interface SeenItem {
  /** Our number of it. */
  key: number;
  type: string;
  callId: string | undefined;
  isDone: boolean;
}

/**
 * Reads responses, streamed or whole, into stream parts: every item passes as it is. What is ours to give is taken out: item
 * ids, output indexes, sequence numbers, the response's own events; call ids that are missing, too long or taken are replaced.
 *
 * Items that the stream did not announce or finish are taken from the final response, so a server that leaves events out loses
 * nothing but liveliness. A stream without a final event is an error, whatever it held.
 */
export function createResponsesReader(call: UpstreamCall, takenCallIds: () => ReadonlySet<string>): TurnReader {
  const byIndex = new Map<number, SeenItem>();
  const seenIds = new Set<string>();
  const usedCallIds = new Set<string>();
  let keys = 0;
  let isEnded = false;
  let hasCalls = false;
  let model: string | null = null;
  let usage: Usage | null = null;

  function event(data: string, name: string, out: ModelStreamPart[]): void {
    if (isEnded || data === '' || data === '[DONE]') return;
    const body = parseJson(data);
    if (!isObject(body)) {
      fail(unintelligible(call, 'sent an event that is not a JSON object'), out);
      return;
    }
    const type = stringOf(body.type) ?? name;
    if (type === 'error' || isErrorBody(body)) fail(fromErrorObject(call, body), out);
    else if (isObject(body.response)) takeResponse(body.response, type, out);
    else if (type === 'response.output_item.added') begin(body, out);
    else if (type === 'response.output_item.done') finishItem(indexOf(body), body.item, out);
    else takeItemEvent(body, type, out);
  }

  function whole(text: string, out: ModelStreamPart[]): void {
    const body = parseJson(text);
    if (!isObject(body)) fail(unintelligible(call, 'sent an answer that is not a JSON object'), out);
    else if (isErrorBody(body) && body.object !== 'response') fail(fromErrorObject(call, body), out);
    else takeResponse(body, `response.${stringOf(body.status)}`, out);
    end(out);
  }

  function end(out: ModelStreamPart[], fault?: GatewayError): void {
    if (!isEnded) fail(fault ?? unintelligible(call, 'ended its answer before it was complete'), out);
  }

  function takeResponse(response: JsonObject, type: string, out: ModelStreamPart[]): void {
    if (isModelName(response.model)) model = response.model;
    if (isObject(response.usage)) usage = readUsage(response.usage, 'input', 'output') ?? usage;
    if (!FINAL.has(type)) return;
    takeRest(arrayOf(response.output), out);
    if (type === 'response.failed') fail(fromErrorObject(call, { error: response.error ?? {} }), out);
    else if (type === 'response.cancelled') fail(unintelligible(call, 'gave up in mid-answer'), out);
    else close({ type: 'finish', reason: reasonOf(response, type), model, ...tierOf(response) }, out);
  }

  /** What of the final output the events did not bring. */
  function takeRest(output: readonly unknown[], out: ModelStreamPart[]): void {
    const announced = new Set(seenIds);
    for (const [index, value] of output.entries()) {
      const item = objectOf(value);
      if (item === undefined) continue;
      const seen = byIndex.get(index);
      if (seen !== undefined && seen.type === item.type) {
        if (!seen.isDone) finishItem(index, item, out);
      } else if (!announced.has(stringOf(item.id) ?? '')) {
        byIndex.delete(index);
        finishItem(index, item, out);
      }
    }
  }

  function reasonOf(response: JsonObject, type: string): 'stop' | 'length' | 'content_filter' | 'tool_calls' {
    if (type === 'response.completed') return hasCalls ? 'tool_calls' : 'stop';
    // `max_output_tokens`, and whatever else may cut an answer short.
    return objectOf(response.incomplete_details)?.reason === 'content_filter' ? 'content_filter' : 'length';
  }

  function begin(body: JsonObject, out: ModelStreamPart[]): void {
    const type = stringOf(objectOf(body.item)?.type);
    if (!isObject(body.item) || type === undefined) return;
    const seen = note(indexOf(body), type);
    out.push({ type: 'item', index: seen.key, item: toItem(body.item, seen) });
  }

  function finishItem(index: number, value: unknown, out: ModelStreamPart[]): void {
    const type = stringOf(objectOf(value)?.type);
    if (!isObject(value) || type === undefined) return;
    const begun = byIndex.get(index);
    const seen = begun === undefined || begun.isDone || begun.type !== type ? note(index, type) : begun;
    seen.isDone = true;
    out.push({ type: 'item-done', index: seen.key, item: toItem(value, seen) });
  }

  function note(index: number, type: string): SeenItem {
    const seen: SeenItem = { key: keys, type, callId: undefined, isDone: false };
    keys += 1;
    byIndex.set(index, seen);
    return seen;
  }

  function takeItemEvent(body: JsonObject, type: string, out: ModelStreamPart[]): void {
    const ours = itemEventType(type);
    const seen = byIndex.get(indexOf(body));
    if (ours === null || seen === undefined || seen.isDone) return;
    const members = withoutNumbers(body);
    if ('part' in members) {
      const part = toPart(members.part);
      if (part === null) return;
      members.part = part;
    }
    out.push({ type: 'item-event', index: seen.key, event: ours, members });
  }

  /** The item as it is, with the members that readers rely on in their right types. */
  function toItem(value: JsonObject, seen: SeenItem): Item {
    const item: JsonObject & { type: string } = { ...value, type: seen.type };
    const id = stringOf(value.id);
    if (id !== undefined) seenIds.add(id);
    if (typeof value.call_id === 'string' || seen.type === 'function_call' || seen.type === 'custom_tool_call') {
      hasCalls = true;
      item.call_id = callIdOf(value.call_id, seen);
    }
    if (seen.type === 'message') {
      item.role = stringOf(value.role) ?? 'assistant';
      item.content = arrayOf(value.content).flatMap((part) => toPart(part) ?? []);
    } else if (seen.type === 'function_call') {
      item.name = stringOf(value.name) ?? '';
      item.arguments = stringOf(value.arguments) ?? '';
    } else if (seen.type === 'custom_tool_call') {
      item.name = stringOf(value.name) ?? '';
      item.input = stringOf(value.input) ?? '';
    } else if (seen.type === 'file_search_call') {
      item.queries = arrayOf(value.queries).filter((query) => typeof query === 'string');
    } else if (seen.type === 'web_search_call') {
      item.action = toWebAction(value.action);
      if (value.results != null) item.results = arrayOf(value.results).filter(isObject);
    } else if (seen.type === 'reasoning') {
      item.summary = arrayOf(value.summary).flatMap((part) => toPart(part) ?? []);
      if (value.content != null) item.content = arrayOf(value.content).flatMap((part) => toPart(part) ?? []);
      else delete item.content;
      if (typeof value.encrypted_content === 'string' && value.encrypted_content !== '')
        item.encrypted_content = wrapReasoning(call.providerId, id ?? '', value.encrypted_content);
    }
    return item as Item;
  }

  function callIdOf(value: unknown, seen: SeenItem): string {
    if (seen.callId !== undefined) return seen.callId;
    const id = stringOf(value) ?? '';
    const callId = isUsableCallId(id) && !usedCallIds.has(id) && !takenCallIds().has(id) ? id : newCallId();
    usedCallIds.add(callId);
    seen.callId = callId;
    return callId;
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
    // The event that completes a response also ends it.
    isComplete: false,
    event,
    whole,
    end,
  };
}

const tierOf = ({ service_tier: tier }: JsonObject): { serviceTier?: string } =>
  isModelName(tier) ? { serviceTier: tier } : {};

/** Servers that number nothing speak of the one item there is. */
const indexOf = (body: JsonObject): number => (typeof body.output_index === 'number' ? body.output_index : 0);

const TEXT_PARTS = new Set(['output_text', 'reasoning_text', 'summary_text']);

/** A part with the members that readers rely on in their right types; null for what is none. */
function toPart(value: unknown): JsonObject | null {
  if (!isObject(value) || typeof value.type !== 'string') return null;
  if (value.type === 'refusal') return { ...value, refusal: stringOf(value.refusal) ?? '' };
  if (!TEXT_PARTS.has(value.type)) return value;
  const part = { ...value, text: stringOf(value.text) ?? '' };
  return value.type === 'output_text' ? { ...part, annotations: arrayOf(value.annotations).filter(isObject) } : part;
}

/** What a web search did, with the lists that readers rely on; undefined while it is not known. */
function toWebAction(value: unknown): JsonObject | undefined {
  const action = objectOf(value);
  if (action === undefined || typeof action.type !== 'string') return undefined;
  const { queries, sources } = action;
  return {
    ...action,
    ...(queries == null ? {} : { queries: arrayOf(queries).filter((query) => typeof query === 'string') }),
    ...(sources == null ? {} : { sources: arrayOf(sources).filter(isObject) }),
  };
}
