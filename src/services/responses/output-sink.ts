import { errors } from '../../domain/errors.js';
import { type Include, visibleItem } from '../../domain/include.js';
import type { Item } from '../../domain/item.js';
import type { StoredItem } from '../items.schema.js';
import type { DeltaCoalescer, EmitEvent } from './delta-coalescer.js';

/** Characters one response may produce before its run is stopped: memory is bounded whatever the upstream sends. */
const MAX_OUTPUT_CHARS = 16_777_216;

/** Where everything that a response says ends up: its items in their places, and the events that announce them. */
export class OutputSink {
  /** Null when nobody keeps events. */
  readonly emit: EmitEvent | null;
  readonly deltas: DeltaCoalescer | null;
  /** What events show beside the usual; items are kept whole. */
  readonly include: Include;
  /** By place in the output; undefined while an item grows. */
  readonly items: (StoredItem | undefined)[] = [];
  readonly #seal: (item: Item) => Item;
  #produced = 0;
  /** First halves of surrogate pairs, by the text or the call they came in; made when the first one comes. */
  #halves: Map<string | number, string> | null = null;

  constructor(
    emit: EmitEvent | null,
    deltas: DeltaCoalescer | null,
    include: Include,
    /** A finished item as it is kept. */
    seal: (item: Item) => Item,
  ) {
    this.emit = emit;
    this.deltas = deltas;
    this.include = include;
    this.#seal = seal;
  }

  get showsLogprobs(): boolean {
    return this.include.has('message.output_text.logprobs');
  }

  /** Takes the next place in the output. */
  nextIndex(): number {
    return this.items.push(undefined) - 1;
  }

  added(index: number, item: Item): void {
    this.emit?.('response.output_item.added', `"output_index":${index},"item":${JSON.stringify(item)}`);
  }

  done(index: number, uuid: string, said: Item): void {
    const item = this.seal(said);
    this.keep(index, uuid, item);
    this.emit?.(
      'response.output_item.done',
      `"output_index":${index},"item":${JSON.stringify(visibleItem(item, this.include))}`,
    );
  }

  seal(item: Item): Item {
    return this.#seal(item);
  }

  /** Puts a finished item in its place. */
  keep(index: number, uuid: string, item: Item): void {
    this.items[index] = { uuid, item };
  }

  /** Adds to the size of the response. @throws once it is too large */
  count(length: number): void {
    this.#produced += length;
    if (this.#produced > MAX_OUTPUT_CHARS)
      throw errors.providerFailed('The upstream sent more output than a response may hold.');
  }

  /** Pieces may be cut inside a surrogate pair: its first half waits for the second, so that no event holds half a character. */
  whole(of: string | number, piece: string): string {
    let text = piece;
    const half = this.#halves?.get(of);
    if (half !== undefined) {
      text = half + piece;
      this.#halves?.delete(of);
    }
    const last = text.charCodeAt(text.length - 1);
    if (last >= 0xd800 && last <= 0xdbff) {
      this.#halves ??= new Map();
      this.#halves.set(of, text.slice(-1));
      text = text.slice(0, -1);
    }
    return text.toWellFormed();
  }

  /** What never became whole is forgotten. */
  endTurn(): void {
    this.#halves = null;
  }
}
