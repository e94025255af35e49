/** What an upstream of the Responses API answers with: its items, and how the response ends. */
export interface ResponsesScript {
  items?: readonly UpstreamItem[];
  /** @default 'completed' */
  status?: 'completed' | 'incomplete' | 'failed';
  incompleteReason?: string;
  error?: Record<string, unknown>;
  /** The usage object as sent; null for none. */
  usage?: Record<string, unknown> | null;
}

export type UpstreamItem = { type: string; [member: string]: unknown };

export interface UpstreamEvent {
  type: string;
  [member: string]: unknown;
}

const byDefault = {
  input_tokens: 11,
  input_tokens_details: { cached_tokens: 3 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 18,
};

/** The response object, finished or not. */
export function responseAnswer(model: string, script: ResponsesScript, isRunning = false): Record<string, unknown> {
  const status = isRunning ? 'in_progress' : (script.status ?? 'completed');
  return {
    id: 'resp_upstream',
    object: 'response',
    created_at: 1,
    status,
    model,
    output: isRunning ? [] : (script.items ?? []),
    error: status === 'failed' ? (script.error ?? null) : null,
    incomplete_details: status === 'incomplete' ? { reason: script.incompleteReason ?? 'max_output_tokens' } : null,
    usage: isRunning ? null : script.usage === undefined ? byDefault : script.usage,
    store: false,
  };
}

/** The whole stream, as a hosted API sends it. */
export function responseEvents(model: string, script: ResponsesScript): UpstreamEvent[] {
  const running = responseAnswer(model, script, true);
  const final = responseAnswer(model, script);
  return numbered([
    { type: 'response.created', response: running },
    { type: 'response.in_progress', response: running },
    ...(script.items ?? []).flatMap((item, index) => itemEvents(item, index)),
    { type: `response.${String(final.status)}`, response: final },
  ]);
}

export const numbered = (events: readonly UpstreamEvent[]): UpstreamEvent[] =>
  events.map((event, index) => ({ ...event, sequence_number: index }));

/** Each event as one piece of a stream. */
export const asPieces = (events: readonly UpstreamEvent[]): string[] =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);

/** Texts that grow inside an item, by item type: events, member, and what stands in the item while it grows. */
const GROWING: Record<string, readonly [event: string, member: string]> = {
  function_call: ['function_call_arguments', 'arguments'],
  custom_tool_call: ['custom_tool_call_input', 'input'],
  code_interpreter_call: ['code_interpreter_call_code', 'code'],
};

const STEPS: Record<string, readonly string[]> = {
  file_search_call: ['in_progress', 'searching', 'completed'],
  web_search_call: ['in_progress', 'searching', 'completed'],
  code_interpreter_call: ['in_progress', 'interpreting', 'completed'],
  image_generation_call: ['in_progress', 'generating', 'completed'],
};

/** The events of one item, from `added` to `done`. */
export function itemEvents(item: UpstreamItem, index: number): UpstreamEvent[] {
  const at = { item_id: item.id, output_index: index };
  const [event, member] = GROWING[item.type] ?? ['', ''];
  const empty = {
    ...item,
    ...('status' in item ? { status: 'in_progress' } : {}),
    ...(item.type === 'message' ? { content: [] } : {}),
    ...(item.type === 'reasoning' ? { summary: [], content: undefined } : {}),
    ...(member === '' ? {} : { [member]: '' }),
  };
  return [
    { type: 'response.output_item.added', output_index: index, item: empty },
    ...(STEPS[item.type] ?? []).slice(0, 1).map((step) => ({ type: `response.${item.type}.${step}`, ...at })),
    ...(member === ''
      ? []
      : [
          ...halves(String(item[member])).map((delta) => ({ type: `response.${event}.delta`, ...at, delta })),
          { type: `response.${event}.done`, ...at, [member]: item[member] },
        ]),
    ...listOf(item.summary).flatMap((part, i) => summaryEvents(part, { ...at, summary_index: i })),
    ...listOf(item.content).flatMap((part, i) => partEvents(part, { ...at, content_index: i })),
    ...(STEPS[item.type] ?? []).slice(1).map((step) => ({ type: `response.${item.type}.${step}`, ...at })),
    { type: 'response.output_item.done', output_index: index, item },
  ];
}

type Part = { type: string; [member: string]: unknown };

const listOf = (value: unknown): Part[] => (Array.isArray(value) ? value : []);

const halves = (text: string): string[] => {
  const half = Math.ceil(text.length / 2);
  return [text.slice(0, half), text.slice(half)];
};

function summaryEvents(part: Part, at: object): UpstreamEvent[] {
  return [
    { type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } },
    ...halves(String(part.text)).map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...at, delta })),
    { type: 'response.reasoning_summary_text.done', ...at, text: part.text },
    { type: 'response.reasoning_summary_part.done', ...at, part },
  ];
}

function partEvents(part: Part, at: object): UpstreamEvent[] {
  const member = part.type === 'refusal' ? 'refusal' : 'text';
  const extra = part.type === 'output_text' ? { logprobs: [] } : {};
  const begun = { ...part, [member]: '', ...(part.type === 'output_text' ? { annotations: [] } : {}) };
  return [
    { type: 'response.content_part.added', ...at, part: begun },
    ...halves(String(part[member])).map((delta) => ({
      type: `response.${part.type}.delta`,
      ...at,
      delta,
      ...extra,
      obfuscation: 'abcdef',
    })),
    ...listOf(part.annotations).map((annotation, i) => ({
      type: 'response.output_text.annotation.added',
      ...at,
      annotation_index: i,
      annotation,
    })),
    { type: `response.${part.type}.done`, ...at, [member]: part[member], ...extra },
    { type: 'response.content_part.done', ...at, part },
  ];
}
