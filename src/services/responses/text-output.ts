import type { Annotation, OutputTextPart, RefusalPart } from '../../domain/content.js';
import { newUuid, toItemId } from '../../domain/ids.js';
import type { Item, ItemStatus } from '../../domain/item.js';
import type { DeltaChannel } from './delta-coalescer.js';
import { createLinkFinder, type LinkFinder } from './link-finder.js';
import type { OutputSink } from './output-sink.js';

export type Logprobs = readonly Record<string, unknown>[];
const NO_LOGPROBS: Logprobs = [];

type TextKind = 'message' | 'reasoning';
type PartType = 'output_text' | 'refusal' | 'reasoning_text';

const DELTA_TYPES: Readonly<Record<PartType, string>> = {
  output_text: 'response.output_text.delta',
  refusal: 'response.refusal.delta',
  reasoning_text: 'response.reasoning_text.delta',
};

/** A message or a thought that is being said. */
interface OpenText {
  kind: TextKind;
  uuid: string;
  id: string;
  index: number;
  parts: (OutputTextPart | RefusalPart)[];
  /** Text of the part that is open, null between parts. */
  text: string | null;
  /** An entry per token of the open part, if the upstream gave them. */
  logprobs: Record<string, unknown>[];
  partType: PartType;
  /** Where deltas of the open part go; null between parts. */
  channel: DeltaChannel | null;
}

/** Texts of a response, refusals and thoughts among them: one item at a time, one part at a time. */
export class TextOutput {
  readonly #sink: OutputSink;
  #open: OpenText | null = null;
  #annotations: Annotation[] = [];
  /** Links to pages that tools of this server have found; most responses have none. */
  #links: LinkFinder | null = null;

  constructor(sink: OutputSink) {
    this.#sink = sink;
  }

  say(kind: TextKind, partType: PartType, piece: string, logprobs: Logprobs = NO_LOGPROBS): void {
    const sink = this.#sink;
    const text = sink.whole(partType, piece);
    if (text === '') return;
    sink.count(text.length);
    if (this.#open !== null && this.#open.kind !== kind) this.close('completed');
    this.#open ??= this.#begin(kind, partType);
    const open = this.#open;
    if (open.text !== null && open.partType !== partType) this.#closePart(open);
    if (open.text === null) this.#openPart(open, partType);
    open.text += text;
    for (const entry of logprobs) sink.count(JSON.stringify(entry).length);
    if (logprobs.length > 0) open.logprobs.push(...logprobs);
    if (open.channel !== null) sink.deltas?.push(open.channel, text, sink.showsLogprobs ? logprobs : NO_LOGPROBS);
    if (this.#links === null || partType !== 'output_text') return;
    for (const citation of this.#links.find(open.text ?? '', text.length)) this.#annotate(open, citation);
  }

  /** A citation on the open text; ignored when there is none to cite. */
  annotation(annotation: Annotation): void {
    const open = this.#open;
    if (open?.kind !== 'message' || open.text === null || open.partType !== 'output_text') return;
    this.#annotate(open, annotation);
  }

  /** Pages that tools have found: Markdown links to them become citations from here on. */
  cite(sources: readonly { url: string; title: string }[]): void {
    this.#links ??= createLinkFinder();
    this.#links.know(sources);
  }

  /** Ends the item that is open, if one is. */
  close(status: ItemStatus): void {
    const open = this.#open;
    if (open === null) return;
    this.#closePart(open);
    this.#sink.done(open.index, open.uuid, itemOf(open, open.parts, status));
    this.#open = null;
  }

  /** The item that is open as it stands, in its place. */
  unfinished(shown: ({ uuid: string; item: Item } | undefined)[]): void {
    const open = this.#open;
    if (open === null || shown[open.index] !== undefined) return;
    const { text, partType } = open;
    const parts = [...open.parts];
    if (text !== null && partType === 'output_text')
      parts.push({ type: 'output_text', text, annotations: [...this.#annotations], logprobs: [...open.logprobs] });
    if (text !== null && partType === 'refusal') parts.push({ type: 'refusal', refusal: text });
    shown[open.index] = { uuid: open.uuid, item: itemOf(open, parts, 'incomplete') };
  }

  #begin(kind: TextKind, partType: PartType): OpenText {
    const uuid = newUuid();
    const index = this.#sink.nextIndex();
    const open: OpenText = {
      kind,
      uuid,
      id: toItemId(kind, uuid),
      index,
      parts: [],
      text: null,
      logprobs: [],
      partType,
      channel: null,
    };
    if (this.#sink.emit !== null)
      this.#sink.added(index, itemOf(open, [], kind === 'message' ? 'in_progress' : 'completed'));
    return open;
  }

  #openPart(open: OpenText, type: PartType): void {
    const { emit, deltas } = this.#sink;
    open.partType = type;
    open.text = '';
    if (emit === null) return;
    const at = placeOf(open);
    const tail = type === 'output_text' ? ',"logprobs":[]' : '';
    open.channel = deltas === null ? null : { type: DELTA_TYPES[type], at, tail };
    emit('response.content_part.added', `${at},"part":${JSON.stringify(emptyPart(type))}`);
  }

  #closePart(open: OpenText): void {
    const { text, partType } = open;
    if (text === null) return;
    const { emit, deltas, showsLogprobs } = this.#sink;
    deltas?.flush();
    open.channel = null;
    const at = emit === null ? '' : placeOf(open);
    if (partType === 'reasoning_text') {
      // A thought's text stays: it is its item's only part.
      emit?.('response.reasoning_text.done', `${at},"text":${JSON.stringify(text)}`);
      emit?.('response.content_part.done', `${at},"part":${JSON.stringify({ type: partType, text })}`);
      return;
    }
    if (partType === 'refusal') {
      const part: RefusalPart = { type: 'refusal', refusal: text };
      emit?.('response.refusal.done', `${at},"refusal":${JSON.stringify(text)}`);
      emit?.('response.content_part.done', `${at},"part":${JSON.stringify(part)}`);
      open.parts.push(part);
    } else {
      const part: OutputTextPart = {
        type: 'output_text',
        text,
        annotations: this.#annotations,
        logprobs: open.logprobs,
      };
      if (emit !== null) {
        const shown: OutputTextPart = showsLogprobs ? part : { ...part, logprobs: [] };
        const logprobs = JSON.stringify(shown.logprobs);
        emit('response.output_text.done', `${at},"text":${JSON.stringify(text)},"logprobs":${logprobs}`);
        emit('response.content_part.done', `${at},"part":${JSON.stringify(shown)}`);
      }
      this.#annotations = [];
      open.logprobs = [];
      open.parts.push(part);
    }
    open.text = null;
  }

  #annotate(open: OpenText, annotation: Annotation): void {
    const { deltas, emit } = this.#sink;
    deltas?.flush();
    emit?.(
      'response.output_text.annotation.added',
      `${placeOf(open)},"annotation_index":${this.#annotations.length},"annotation":${JSON.stringify(annotation)}`,
    );
    this.#annotations.push(annotation);
  }
}

const placeOf = ({ id, index, kind, parts }: OpenText): string =>
  `"item_id":"${id}","output_index":${index},"content_index":${kind === 'reasoning' ? 0 : parts.length}`;

function emptyPart(type: PartType): object {
  if (type === 'output_text') return { type, text: '', annotations: [], logprobs: [] };
  return type === 'refusal' ? { type, refusal: '' } : { type, text: '' };
}

function itemOf({ kind, id, text }: OpenText, content: OpenText['parts'], status: ItemStatus): Item {
  if (kind === 'message') return { type: 'message', id, status, role: 'assistant', content };
  const said = text === null ? {} : { content: [{ type: 'reasoning_text', text }] };
  return { type: 'reasoning', id, summary: [], ...said };
}
