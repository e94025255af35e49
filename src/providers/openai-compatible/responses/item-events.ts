import type { JsonObject } from '../json.js';

const steps = (item: string, ...names: string[]): string[] => names.map((name) => `response.${item}.${name}`);

/** Events that happen to an item between its `added` and `done` (event catalogue). */
const ITEM_EVENTS: ReadonlySet<string> = new Set([
  ...steps('content_part', 'added', 'done'),
  ...steps('output_text', 'delta', 'done', 'annotation.added'),
  ...steps('refusal', 'delta', 'done'),
  ...steps('reasoning_text', 'delta', 'done'),
  ...steps('reasoning_summary_part', 'added', 'done'),
  ...steps('reasoning_summary_text', 'delta', 'done'),
  ...steps('function_call_arguments', 'delta', 'done'),
  ...steps('custom_tool_call_input', 'delta', 'done'),
  ...steps('file_search_call', 'in_progress', 'searching', 'completed'),
  ...steps('web_search_call', 'in_progress', 'searching', 'completed'),
  ...steps('code_interpreter_call', 'in_progress', 'interpreting', 'completed'),
  ...steps('code_interpreter_call_code', 'delta', 'done'),
  ...steps('image_generation_call', 'in_progress', 'generating', 'partial_image', 'completed'),
  ...steps('shell_call_command', 'added', 'delta', 'done'),
  ...steps('shell_call_output_content', 'delta', 'done'),
]);

/** vLLM's own names for the parts of raw reasoning. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'response.reasoning_part.added': 'response.content_part.added',
  'response.reasoning_part.done': 'response.content_part.done',
};

/**
 * The API's name of an event that happens to an item, or null for one it does not know: strict clients throw on those, and the
 * finished item holds whatever they said.
 */
export function itemEventType(type: string): string | null {
  if (ITEM_EVENTS.has(type)) return type;
  return Object.hasOwn(OTHER_NAMES, type) ? (OTHER_NAMES[type] ?? null) : null;
}

/** An event's own members: without what is ours to give, and without padding. */
export function withoutNumbers(event: JsonObject): JsonObject {
  const {
    type: _type,
    item_id: _itemId,
    output_index: _outputIndex,
    sequence_number: _sequenceNumber,
    obfuscation: _obfuscation,
    ...members
  } = event;
  return members;
}
