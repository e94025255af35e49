import { randomBytes } from 'node:crypto';
import type { Annotation } from '../../domain/content.js';
import { newUuid, toItemId } from '../../domain/ids.js';
import type { Include } from '../../domain/include.js';
import type { Item } from '../../domain/item.js';
import type { StoredItem } from '../items.schema.js';
import { CallOutput, type CallOutputOptions } from './call-output.js';
import type { DeltaBeat } from './delta-beat.js';
import { DeltaCoalescer, type EmitEvent } from './delta-coalescer.js';
import type { ModelCall } from './model-call.js';
import { OutputSink } from './output-sink.js';
import { createPassedItems, type PassedItems } from './passed-items.js';
import { type Logprobs, TextOutput } from './text-output.js';

export interface OutputBuilderOptions extends CallOutputOptions {
  /** Where events go; null when nobody keeps them. */
  emit: EmitEvent | null;
  /** When text deltas go out; those between two beats become one event. */
  beat: DeltaBeat;
  /** What events show beside the usual; items are kept whole. */
  include: Include;
  /** A finished item as it is kept. */
  seal(item: Item): Item;
  /** Pads deltas, so that nobody on the wire can read words off the lengths of events. */
  obfuscate: boolean;
}

/** An item of a tool the server runs, between its beginning and its end. */
export interface ToolItem {
  index: number;
  finish(done: Item): void;
  event(type: string, members?: Record<string, string>): void;
}

/**
 * Turns what a model says into output items and the events that announce them, in the order strict clients enforce
 * (streaming section, event ordering). One builder per response; turns of a tool loop follow one another in it. Whatever most
 * responses do without is made when it is needed.
 */
export class OutputBuilder {
  readonly #options: OutputBuilderOptions;
  readonly #sink: OutputSink;
  readonly #texts: TextOutput;
  #calls: CallOutput | null = null;
  #passed: PassedItems | null = null;

  constructor(options: OutputBuilderOptions) {
    const emit = options.obfuscate && options.emit !== null ? padded(options.emit) : options.emit;
    const deltas = emit === null ? null : new DeltaCoalescer(emit, options.beat);
    this.#options = options;
    this.#sink = new OutputSink(emit, deltas, options.include, options.seal);
    this.#texts = new TextOutput(this.#sink);
  }

  text(text: string, logprobs?: Logprobs): void {
    this.#texts.say('message', 'output_text', text, logprobs);
  }

  refusal(text: string): void {
    this.#texts.say('message', 'refusal', text);
  }

  reasoning(text: string): void {
    this.#texts.say('reasoning', 'reasoning_text', text);
  }

  /** A citation on the open text; ignored when there is none to cite. */
  annotation(annotation: Annotation): void {
    this.#texts.annotation(annotation);
  }

  /** Pages that tools have found: Markdown links to them become citations from here on. */
  cite(sources: readonly { url: string; title: string }[]): void {
    this.#texts.cite(sources);
  }

  call(key: number, callId: string, name: string): void {
    this.#texts.close('completed');
    this.#calls ??= new CallOutput(this.#sink, this.#options);
    this.#calls.begin(key, callId, name);
  }

  callArguments(key: number, piece: string): void {
    this.#calls?.addArguments(key, piece);
  }

  /** Begins an item that the upstream makes itself; it is shown as it comes. */
  passItem(key: number, item: Item): void {
    this.#texts.close('completed');
    this.#passing().begin(key, item);
  }

  passEvent(key: number, type: string, members: Record<string, unknown>): void {
    this.#passing().event(key, type, members);
  }

  passDone(key: number, item: Item): void {
    this.#texts.close('completed');
    this.#passing().done(key, item);
  }

  /**
   * Ends the turn: everything open is closed and the turn's calls are given back in order.
   *
   * @param status of what was still open; `incomplete` when the model was cut off
   */
  endTurn(status: 'completed' | 'incomplete'): ModelCall[] {
    this.#texts.close(status);
    const calls = this.#calls?.end(status) ?? [];
    this.#calls = null;
    this.#sink.endTurn();
    if (this.#passed !== null) calls.push(...this.#passed.endTurn(status));
    return calls;
  }

  /** Opens an item of a tool the server runs; the tool's events go between `added` and `done`. */
  startToolItem(item: Item): ToolItem {
    const sink = this.#sink;
    const uuid = newUuid();
    const index = sink.nextIndex();
    const id = toItemId(item.type, uuid);
    sink.added(index, { ...item, id });
    return {
      index,
      event: (type, members) => {
        const more = members === undefined ? '' : `,${JSON.stringify(members).slice(1, -1)}`;
        sink.emit?.(type, `"output_index":${index},"item_id":"${id}"${more}`);
      },
      finish: (done) => sink.done(index, uuid, { ...done, id }),
    };
  }

  /**
   * What has been said so far, for a response that is read or ends in the middle: unfinished items are shown as they
   * stand, with status `incomplete`.
   */
  snapshot(): StoredItem[] {
    const shown = [...this.#sink.items];
    this.#texts.unfinished(shown);
    this.#calls?.unfinished(shown);
    for (const { index, stored } of this.#passed?.unfinished() ?? []) shown[index] = stored;
    return shown.filter((item) => item !== undefined);
  }

  /** Announces what still waits. Nothing may be said afterwards. */
  dispose(): void {
    this.#sink.deltas?.end();
  }

  /** Items so far, the open one among them. */
  get itemCount(): number {
    return this.#sink.items.length;
  }

  get hasOutput(): boolean {
    return this.#sink.items.length > 0;
  }

  #passing(): PassedItems {
    this.#passed ??= createPassedItems(this.#sink, this.#options.isServerTool);
    return this.#passed;
  }
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
