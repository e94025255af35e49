import { newUuid, toItemId } from '../../domain/ids.js';
import type { Item, ItemStatus } from '../../domain/item.js';
import type { ModelCall } from './model-call.js';
import type { OutputSink } from './output-sink.js';

/** A custom tool of the client, or a tool in a namespace. */
export interface ClientTool {
  kind: 'function_call' | 'custom_tool_call';
  name: string;
  namespace: string | null;
}

/** A call that is shown. */
interface ShownCall {
  callId: string;
  tool: ClientTool;
  uuid: string;
  id: string;
  index: number;
}

export interface CallOutputOptions {
  /** Whether the server executes this function itself: its calls become items of their own kind. */
  isServerTool(name: string): boolean;
  /** The client's tools that are no plain functions, by the name models call them. */
  clientTools: ReadonlyMap<string, ClientTool>;
}

/** The function calls of one model turn. One is shown as it streams; others wait for it, so that calls never interleave. */
export class CallOutput {
  readonly #sink: OutputSink;
  readonly #options: CallOutputOptions;
  readonly #calls = new Map<number, ModelCall>();
  #live: { key: number; call: ShownCall } | null = null;

  constructor(sink: OutputSink, options: CallOutputOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  begin(key: number, callId: string, name: string): void {
    this.#calls.set(key, { callId, name, arguments: '' });
    if (this.#options.isServerTool(name) || this.#live !== null) return;
    this.#live = { key, call: this.#start(callId, name) };
  }

  addArguments(key: number, piece: string): void {
    const call = this.#calls.get(key);
    if (call === undefined) return;
    const delta = this.#sink.whole(key, piece);
    this.#sink.count(delta.length);
    call.arguments += delta;
    if (key === this.#live?.key) this.#argumentsDelta(this.#live.call, delta);
  }

  /** Shows what is not shown yet; the turn's calls, in order. */
  end(status: 'completed' | 'incomplete'): ModelCall[] {
    const lastKey = [...this.#calls.keys()].at(-1);
    for (const [key, { callId, name, arguments: args }] of this.#calls) {
      if (this.#options.isServerTool(name)) continue;
      const callStatus = key === lastKey ? status : 'completed';
      if (key === this.#live?.key) {
        this.#finish(this.#live.call, args, callStatus);
        continue;
      }
      const late = this.#start(callId, name);
      this.#argumentsDelta(late, args);
      this.#finish(late, args, callStatus);
    }
    this.#live = null;
    return [...this.#calls.values()];
  }

  /** The call that is shown as it stands, in its place. */
  unfinished(shown: ({ uuid: string; item: Item } | undefined)[]): void {
    if (this.#live === null) return;
    const { key, call } = this.#live;
    const args = this.#calls.get(key)?.arguments ?? '';
    shown[call.index] = { uuid: call.uuid, item: itemOf(call, args, 'incomplete') };
  }

  #start(callId: string, name: string): ShownCall {
    const uuid = newUuid();
    const tool = this.#options.clientTools.get(name) ?? { kind: 'function_call', name, namespace: null };
    const call: ShownCall = { callId, tool, uuid, id: toItemId(tool.kind, uuid), index: this.#sink.nextIndex() };
    this.#sink.added(call.index, itemOf(call, '', 'in_progress'));
    return call;
  }

  #argumentsDelta({ tool, id, index }: ShownCall, delta: string): void {
    if (delta === '') return;
    this.#sink.emit?.(
      tool.kind === 'custom_tool_call'
        ? 'response.custom_tool_call_input.delta'
        : 'response.function_call_arguments.delta',
      `"item_id":"${id}","output_index":${index},"delta":${JSON.stringify(delta)}`,
    );
  }

  #finish(call: ShownCall, args: string, status: ItemStatus): void {
    const { tool, id, index } = call;
    const at = `"item_id":"${id}","output_index":${index}`;
    if (tool.kind === 'custom_tool_call')
      this.#sink.emit?.('response.custom_tool_call_input.done', `${at},"input":${JSON.stringify(args)}`);
    else
      this.#sink.emit?.(
        'response.function_call_arguments.done',
        `${at},"name":${JSON.stringify(tool.name)},"arguments":${JSON.stringify(args)}`,
      );
    this.#sink.done(index, call.uuid, itemOf(call, args, status));
  }
}

const itemOf = ({ tool, id, callId }: ShownCall, args: string, status: ItemStatus): Item => ({
  type: tool.kind,
  id,
  status,
  call_id: callId,
  name: tool.name,
  ...(tool.namespace === null ? {} : { namespace: tool.namespace }),
  ...(tool.kind === 'custom_tool_call' ? { input: args } : { arguments: args }),
});
