import { randomBytes } from 'node:crypto';
import type { Annotation, OutputTextPart, RefusalPart } from '../../domain/content.js';
import { errors } from '../../domain/errors.js';
import { newUuid, toItemId } from '../../domain/ids.js';
import { type Include, visibleItem } from '../../domain/include.js';
import type { Item, ItemStatus } from '../../domain/item.js';
import type { StoredItem } from '../items.schema.js';
import { createDeltaCoalescer, type DeltaChannel, type EmitEvent } from './delta-coalescer.js';
import { createLinkFinder, type LinkFinder } from './link-finder.js';
import type { ModelCall } from './model-call.js';
import { createPassedItems, type PassedItems } from './passed-items.js';

export interface OutputBuilderOptions {
  /** Where events go; null when nobody keeps them. */
  emit: EmitEvent | null;
  /** Whether the server executes this function itself: its calls become items of their own kind. */
  isServerTool(name: string): boolean;
  /** The client's tools that are no plain functions, by the name models call them. */
  clientTools: ReadonlyMap<string, ClientTool>;
  /** Text deltas that follow one another closer than this become one event. */
  coalesceMs: number;
  /** What events show beside the usual; items are kept whole. */
  include: Include;
  /** A finished item as it is kept. */
  seal(item: Item): Item;
  /** Pads deltas, so that nobody on the wire can read words off the lengths of events. */
  obfuscate: boolean;
}

type Logprobs = readonly Record<string, unknown>[];
const NO_LOGPROBS: Logprobs = [];

interface OpenText {
  kind: 'message' | 'reasoning';
  uuid: string;
  id: string;
  index: number;
  parts: (OutputTextPart | RefusalPart)[];
  /** Text of the part that is open, null between parts. */
  text: string | null;
  /** An entry per token of the open part, if the upstream gave them. */
  logprobs: Record<string, unknown>[];
  partType: 'output_text' | 'refusal' | 'reasoning_text';
  /** Where deltas of the open part go; null between parts. */
  channel: DeltaChannel | null;
}

/** A custom tool of the client, or a tool in a namespace. */
export interface ClientTool {
  kind: 'function_call' | 'custom_tool_call';
  name: string;
  namespace: string | null;
}

interface OpenCall extends ModelCall {
  tool: ClientTool;
  uuid: string;
  id: string;
  index: number;
}

/** Characters one response may produce before its run is stopped: memory is bounded whatever the upstream sends. */
const MAX_OUTPUT_CHARS = 16_777_216;

/**
 * Turns what a model says into output items and the events that announce them, in the order strict clients enforce
 * (streaming section, event ordering). One builder per response; turns of a tool loop follow one another in it.
 */
export function createOutputBuilder(options: OutputBuilderOptions) {
  const { isServerTool, clientTools, include, seal } = options;
  const emit = options.obfuscate && options.emit !== null ? padded(options.emit) : options.emit;
  const deltas = emit === null ? null : createDeltaCoalescer(emit, options.coalesceMs);
  const showsLogprobs = include.has('message.output_text.logprobs');
  const items: (StoredItem | undefined)[] = [];
  let open: OpenText | null = null;
  /** The call being shown as it streams; others of the same turn wait, so that calls never interleave. */
  let liveCall: OpenCall | null = null;
  let turnCalls = new Map<number, ModelCall>();
  let liveKey: number | null = null;
  let produced = 0;

  const count = (length: number): void => {
    produced += length;
    if (produced > MAX_OUTPUT_CHARS)
      throw errors.providerFailed('The upstream sent more output than a response may hold.');
  };

  /** First halves of surrogate pairs, by the text or the call they came in. */
  const halves = new Map<OpenText['partType'] | number, string>();
  /** Pieces may be cut inside a surrogate pair: its first half waits for the second, so that no event holds half a character. */
  const whole = (of: OpenText['partType'] | number, piece: string): string => {
    let text = piece;
    if (halves.size > 0) {
      text = (halves.get(of) ?? '') + piece;
      halves.delete(of);
    }
    const last = text.charCodeAt(text.length - 1);
    if (last >= 0xd800 && last <= 0xdbff) {
      halves.set(of, text.slice(-1));
      text = text.slice(0, -1);
    }
    return text.toWellFormed();
  };

  const deltaType = (item: OpenText): string =>
    item.partType === 'refusal'
      ? 'response.refusal.delta'
      : item.partType === 'reasoning_text'
        ? 'response.reasoning_text.delta'
        : 'response.output_text.delta';

  const partIndex = (item: OpenText): number => (item.kind === 'reasoning' ? 0 : item.parts.length);

  const where = (item: OpenText): string =>
    `"item_id":"${item.id}","output_index":${item.index},"content_index":${partIndex(item)}`;

  const addItem = (index: number, item: Item): void => {
    emit?.('response.output_item.added', `"output_index":${index},"item":${JSON.stringify(item)}`);
  };

  const finishItem = (index: number, uuid: string, said: Item): void => {
    const item = seal(said);
    items[index] = { uuid, item };
    emit?.('response.output_item.done', `"output_index":${index},"item":${JSON.stringify(visibleItem(item, include))}`);
  };

  const messageItem = (item: OpenText, status: ItemStatus): Item =>
    item.kind === 'message'
      ? { type: 'message', id: item.id, status, role: 'assistant', content: item.parts }
      : {
          type: 'reasoning',
          id: item.id,
          summary: [],
          ...(item.text === null ? {} : { content: [{ type: 'reasoning_text', text: item.text }] }),
        };

  const emptyPart = (type: OpenText['partType']): object =>
    type === 'output_text'
      ? { type, text: '', annotations: [], logprobs: [] }
      : type === 'refusal'
        ? { type, refusal: '' }
        : { type, text: '' };

  const openPart = (item: OpenText, type: OpenText['partType']): void => {
    item.partType = type;
    item.text = '';
    const tail = type === 'output_text' ? ',"logprobs":[]' : '';
    item.channel = deltas === null ? null : { type: deltaType(item), at: where(item), tail };
    emit?.('response.content_part.added', `${where(item)},"part":${JSON.stringify(emptyPart(type))}`);
  };

  let annotations: Annotation[] = [];
  /** Links to pages that tools of this server have found; most responses have none. */
  let links: LinkFinder | null = null;

  const annotate = (item: OpenText, annotation: Annotation): void => {
    deltas?.flush();
    emit?.(
      'response.output_text.annotation.added',
      `${where(item)},"annotation_index":${annotations.length},"annotation":${JSON.stringify(annotation)}`,
    );
    annotations.push(annotation);
  };

  const closePart = (item: OpenText): void => {
    if (item.text === null) return;
    deltas?.flush();
    item.channel = null;
    const at = where(item);
    const text = item.text;
    if (item.partType === 'reasoning_text') {
      emit?.('response.reasoning_text.done', `${at},"text":${JSON.stringify(text)}`);
      emit?.('response.content_part.done', `${at},"part":${JSON.stringify({ type: 'reasoning_text', text })}`);
      return;
    }
    if (item.partType === 'refusal') {
      const part: RefusalPart = { type: 'refusal', refusal: text };
      emit?.('response.refusal.done', `${at},"refusal":${JSON.stringify(text)}`);
      emit?.('response.content_part.done', `${at},"part":${JSON.stringify(part)}`);
      item.parts.push(part);
    } else {
      const part: OutputTextPart = { type: 'output_text', text, annotations, logprobs: item.logprobs };
      const shown: OutputTextPart = showsLogprobs ? part : { ...part, logprobs: [] };
      annotations = [];
      item.logprobs = [];
      emit?.(
        'response.output_text.done',
        `${at},"text":${JSON.stringify(text)},"logprobs":${JSON.stringify(shown.logprobs)}`,
      );
      emit?.('response.content_part.done', `${at},"part":${JSON.stringify(shown)}`);
      item.parts.push(part);
    }
    item.text = null;
  };

  const closeOpen = (status: ItemStatus): void => {
    if (open === null) return;
    closePart(open);
    finishItem(open.index, open.uuid, messageItem(open, status));
    open = null;
  };

  const openItem = (kind: OpenText['kind'], partType: OpenText['partType']): OpenText => {
    const uuid = newUuid();
    const item: OpenText = {
      kind,
      uuid,
      id: toItemId(kind, uuid),
      index: items.length,
      parts: [],
      text: null,
      logprobs: [],
      partType,
      channel: null,
    };
    items.push(undefined);
    addItem(item.index, kind === 'message' ? messageItem(item, 'in_progress') : messageItem(item, 'completed'));
    return item;
  };

  const say = (
    kind: OpenText['kind'],
    partType: OpenText['partType'],
    piece: string,
    logprobs: Logprobs = NO_LOGPROBS,
  ): void => {
    const text = whole(partType, piece);
    if (text === '') return;
    count(text.length);
    if (open !== null && open.kind !== kind) closeOpen('completed');
    open ??= openItem(kind, partType);
    if (open.text !== null && open.partType !== partType) closePart(open);
    if (open.text === null) openPart(open, partType);
    open.text += text;
    for (const entry of logprobs) count(JSON.stringify(entry).length);
    open.logprobs.push(...logprobs);
    if (open.channel !== null) deltas?.push(open.channel, text, showsLogprobs ? logprobs : NO_LOGPROBS);
    if (links === null || partType !== 'output_text') return;
    for (const citation of links.find(open.text ?? '', text.length)) annotate(open, citation);
  };

  const startCall = (call: ModelCall): OpenCall => {
    const uuid = newUuid();
    const tool = clientTools.get(call.name) ?? { kind: 'function_call', name: call.name, namespace: null };
    const started: OpenCall = { ...call, tool, uuid, id: toItemId(tool.kind, uuid), index: items.length };
    items.push(undefined);
    addItem(started.index, callItem(started, '', 'in_progress'));
    return started;
  };

  const callItem = ({ tool, id, callId }: OpenCall, args: string, status: ItemStatus): Item => ({
    type: tool.kind,
    id,
    status,
    call_id: callId,
    name: tool.name,
    ...(tool.namespace === null ? {} : { namespace: tool.namespace }),
    ...(tool.kind === 'custom_tool_call' ? { input: args } : { arguments: args }),
  });

  const argumentsDelta = (call: OpenCall, delta: string): void => {
    if (delta === '') return;
    emit?.(
      call.tool.kind === 'custom_tool_call'
        ? 'response.custom_tool_call_input.delta'
        : 'response.function_call_arguments.delta',
      `"item_id":"${call.id}","output_index":${call.index},"delta":${JSON.stringify(delta)}`,
    );
  };

  const finishCall = (call: OpenCall, args: string, status: ItemStatus): void => {
    const at = `"item_id":"${call.id}","output_index":${call.index}`;
    if (call.tool.kind === 'custom_tool_call')
      emit?.('response.custom_tool_call_input.done', `${at},"input":${JSON.stringify(args)}`);
    else
      emit?.(
        'response.function_call_arguments.done',
        `${at},"name":${JSON.stringify(call.tool.name)},"arguments":${JSON.stringify(args)}`,
      );
    finishItem(call.index, call.uuid, callItem(call, args, status));
  };

  let passedItems: PassedItems | null = null;
  /** Most upstreams make no items of their own. */
  const passed = (): PassedItems => {
    passedItems ??= createPassedItems({
      emit,
      deltas,
      isServerTool,
      include,
      seal,
      count,
      nextIndex: () => items.push(undefined) - 1,
      keep: (index, uuid, item) => {
        items[index] = { uuid, item };
      },
    });
    return passedItems;
  };

  return {
    text: (text: string, logprobs?: Logprobs) => say('message', 'output_text', text, logprobs),
    refusal: (text: string) => say('message', 'refusal', text),
    reasoning: (text: string) => say('reasoning', 'reasoning_text', text),

    /** A citation on the open text; ignored when there is none to cite. */
    annotation(annotation: Annotation): void {
      if (open?.kind !== 'message' || open.text === null || open.partType !== 'output_text') return;
      annotate(open, annotation);
    },

    /** Pages that tools have found: Markdown links to them become citations from here on. */
    cite(sources: readonly { url: string; title: string }[]): void {
      links ??= createLinkFinder();
      links.know(sources);
    },

    call(key: number, callId: string, name: string): void {
      closeOpen('completed');
      const call = { callId, name, arguments: '' };
      turnCalls.set(key, call);
      if (isServerTool(name) || liveCall !== null) return;
      liveKey = key;
      liveCall = startCall(call);
    },

    callArguments(key: number, piece: string): void {
      const call = turnCalls.get(key);
      if (call === undefined) return;
      const delta = whole(key, piece);
      count(delta.length);
      call.arguments += delta;
      if (key === liveKey && liveCall !== null) argumentsDelta(liveCall, delta);
    },

    /** Items the upstream made itself, shown as they come. */
    passed: {
      begin(key: number, item: Item): void {
        closeOpen('completed');
        passed().begin(key, item);
      },
      event(key: number, type: string, members: Record<string, unknown>): void {
        passed().event(key, type, members);
      },
      done(key: number, item: Item): void {
        closeOpen('completed');
        passed().done(key, item);
      },
    },

    /**
     * Ends the turn: everything open is closed and the turn's calls are given back in order.
     *
     * @param status of what was still open; `incomplete` when the model was cut off
     */
    endTurn(status: 'completed' | 'incomplete'): ModelCall[] {
      closeOpen(status);
      const calls = [...turnCalls.values()];
      const keys = [...turnCalls.keys()];
      const lastKey = keys.at(-1);
      for (const [key, call] of turnCalls) {
        if (isServerTool(call.name)) continue;
        const callStatus = key === lastKey ? status : 'completed';
        if (key === liveKey && liveCall !== null) {
          finishCall(liveCall, call.arguments, callStatus);
          continue;
        }
        const late = startCall(call);
        argumentsDelta(late, call.arguments);
        finishCall(late, call.arguments, callStatus);
      }
      turnCalls = new Map();
      halves.clear();
      liveCall = null;
      liveKey = null;
      if (passedItems !== null) calls.push(...passedItems.endTurn(status));
      return calls;
    },

    /** Opens an item of a tool the server runs; the tool's events go between `added` and `done`. */
    startToolItem(item: Item): {
      index: number;
      finish(done: Item): void;
      event(type: string, members?: Record<string, string>): void;
    } {
      const uuid = newUuid();
      const index = items.length;
      const id = toItemId(item.type, uuid);
      items.push(undefined);
      addItem(index, { ...item, id });
      return {
        index,
        event: (type, members) => {
          const more = members === undefined ? '' : `,${JSON.stringify(members).slice(1, -1)}`;
          emit?.(type, `"output_index":${index},"item_id":"${id}"${more}`);
        },
        finish: (done) => finishItem(index, uuid, { ...done, id }),
      };
    },

    /**
     * What has been said so far, for a response that is read or ends in the middle: unfinished items are shown as they
     * stand, with status `incomplete`.
     */
    snapshot(): StoredItem[] {
      const shown: (StoredItem | undefined)[] = [...items];
      if (open !== null && shown[open.index] === undefined) {
        const parts = [...open.parts];
        if (open.text !== null && open.partType === 'output_text')
          parts.push({
            type: 'output_text',
            text: open.text,
            annotations: [...annotations],
            logprobs: [...open.logprobs],
          });
        if (open.text !== null && open.partType === 'refusal') parts.push({ type: 'refusal', refusal: open.text });
        shown[open.index] = { uuid: open.uuid, item: messageItem({ ...open, parts }, 'incomplete') };
      }
      if (liveCall !== null && liveKey !== null) {
        const args = turnCalls.get(liveKey)?.arguments ?? '';
        shown[liveCall.index] = { uuid: liveCall.uuid, item: callItem(liveCall, args, 'incomplete') };
      }
      for (const { index, stored } of passedItems?.unfinished() ?? []) shown[index] = stored;
      return shown.filter((item) => item !== undefined);
    },

    /** Announces what still waits and stops the delta timer. Nothing may be said afterwards. */
    dispose(): void {
      deltas?.flush();
    },

    get hasOutput(): boolean {
      return items.length > 0;
    },
  };
}

/** Deltas are padded to a multiple of this, in characters. */
const PADDED_TO = 64;

/** Announces deltas with a random filling that makes their lengths say little of their words. */
const padded =
  (emit: EmitEvent): EmitEvent =>
  (type, members) => {
    if (!type.endsWith('.delta')) return emit(type, members);
    const filling = randomBytes(PADDED_TO)
      .toString('hex')
      .slice(0, PADDED_TO - (members.length % PADDED_TO));
    emit(type, `${members},"obfuscation":"${filling}"`);
  };

export type OutputBuilder = ReturnType<typeof createOutputBuilder>;
