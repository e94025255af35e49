import { newCallId } from '../../domain/ids.js';
import type { ModelStreamPart } from '../provider.js';
import { isObject, type JsonObject, objectOf, stringOf } from './json.js';

const MAX_CALL_ID_LENGTH = 64;

/** Whether an upstream's call id can be kept: it is there, and no longer than the API allows. */
export const isUsableCallId = (id: string): boolean => id !== '' && id.length <= MAX_CALL_ID_LENGTH;

interface Call {
  /** Our index: calls are numbered in the order in which they began. */
  index: number;
  /** The id the upstream uses, '' if it sent none. */
  upstreamId: string;
  name: string;
  /** Whether `tool-call` went out; before that, arguments wait. */
  isAnnounced: boolean;
  waiting: string;
  hasArguments: boolean;
  /** A custom tool's: its arguments are plain text, which may be empty. */
  isCustom: boolean;
}

export interface ToolCallAssembler {
  /** Whether any call has begun. */
  readonly hasCalls: boolean;
  /** Takes one entry of `delta.tool_calls` (or a legacy `function_call` wrapped as one). */
  take(entry: unknown, out: ModelStreamPart[]): void;
  /** Completes calls without arguments with `{}`. False if a call never got a name. */
  finish(out: ModelStreamPart[]): boolean;
}

/**
 * Puts tool-call deltas of any dialect together.
 *
 * - With `index`: the same index is the same call, unless a named entry brings another id; some servers number every call 0.
 * - Without `index`: a known id or (lacking id and name) the latest call goes on; anything else begins a call.
 * - A call id that is missing, too long or taken, in this turn or earlier in the context, is replaced by a new one, for
 *   outputs find their call by it.
 *
 * @param takenCallIds call ids of the context; asked for only when a call begins
 */
export function createToolCallAssembler(takenCallIds: () => ReadonlySet<string>): ToolCallAssembler {
  const calls: Call[] = [];
  const byUpstreamIndex = new Map<number, Call>();
  const usedIds = new Set<string>();

  function take(entry: unknown, out: ModelStreamPart[]): void {
    if (!isObject(entry)) return;
    const custom = objectOf(entry.custom);
    const fn = objectOf(entry.function) ?? custom ?? {};
    const call = findCall(entry, fn) ?? beginCall(entry);
    if (call.name === '') call.name = stringOf(fn.name) ?? '';
    if (!call.isAnnounced && call.name !== '') announce(call, out);
    if (custom !== undefined) call.isCustom = true;
    addArguments(call, argumentsOf(custom === undefined ? fn.arguments : custom.input), out);
  }

  function findCall(entry: JsonObject, fn: JsonObject): Call | undefined {
    const id = stringOf(entry.id) ?? '';
    const hasName = typeof fn.name === 'string' && fn.name !== '';
    if (typeof entry.index === 'number') {
      const call = byUpstreamIndex.get(entry.index);
      const isAnother = call !== undefined && hasName && id !== '' && call.isAnnounced && id !== call.upstreamId;
      return isAnother ? undefined : call;
    }
    if (id !== '') return calls.findLast((call) => call.upstreamId === id);
    return hasName ? undefined : calls.at(-1);
  }

  function beginCall(entry: JsonObject): Call {
    const call: Call = {
      index: calls.length,
      upstreamId: stringOf(entry.id) ?? '',
      name: '',
      isAnnounced: false,
      waiting: '',
      hasArguments: false,
      isCustom: false,
    };
    calls.push(call);
    if (typeof entry.index === 'number') byUpstreamIndex.set(entry.index, call);
    return call;
  }

  function announce(call: Call, out: ModelStreamPart[]): void {
    const isUsable =
      isUsableCallId(call.upstreamId) && !usedIds.has(call.upstreamId) && !takenCallIds().has(call.upstreamId);
    const callId = isUsable ? call.upstreamId : newCallId();
    usedIds.add(callId);
    call.isAnnounced = true;
    out.push({ type: 'tool-call', index: call.index, callId, name: call.name });
    const waiting = call.waiting;
    call.waiting = '';
    addArguments(call, waiting, out);
  }

  function addArguments(call: Call, delta: string, out: ModelStreamPart[]): void {
    if (delta === '') return;
    if (!call.isAnnounced) {
      call.waiting += delta;
      return;
    }
    call.hasArguments = true;
    out.push({ type: 'tool-call-arguments', index: call.index, delta });
  }

  function finish(out: ModelStreamPart[]): boolean {
    for (const call of calls) {
      if (!call.isAnnounced) return false;
      if (!call.hasArguments && !call.isCustom) addArguments(call, '{}', out);
    }
    return true;
  }

  return {
    get hasCalls() {
      return calls.length > 0;
    },
    take,
    finish,
  };
}

/** Some servers send the arguments as an object instead of as JSON text. */
function argumentsOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
