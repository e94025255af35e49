import type { Annotation, ContentPart } from '../../domain/content.js';
import { includeNothing, visibleItems } from '../../domain/include.js';
import type { Item } from '../../domain/item.js';
import { type ResponseWithOutput, toResponseObject } from '../../domain/response.js';
import { printEvent, type ResponseEvent } from '../../domain/response-event.js';

/**
 * The events of a response whose events were not kept: the same list every time, made from the stored response. Each text is
 * one delta; everything else is as it would have been streamed (streaming section, event ordering).
 */
export function replayEvents(stored: ResponseWithOutput): ResponseEvent[] {
  const response = { ...stored, output: visibleItems(stored.output, includeNothing) };
  const events: ResponseEvent[] = [];
  const emit = (type: string, members: object): void => {
    events.push(printEvent(events.length, type, JSON.stringify(members).slice(1, -1)));
  };
  const running = toResponseObject({
    ...response,
    status: 'in_progress',
    completedAtMs: null,
    error: null,
    incompleteReason: null,
    usage: null,
    output: [],
  });
  emit('response.created', { response: running });
  emit('response.in_progress', { response: running });
  for (const [index, item] of response.output.entries()) replayItem(index, item, emit);
  // A cancelled run ends without an event, replayed or not.
  if (response.status !== 'cancelled') emit(`response.${response.status}`, { response: toResponseObject(response) });
  return events;
}

type Emit = (type: string, members: object) => void;

/** The events of one finished item, from `added` to `done`. */
export function replayItem(index: number, item: Item, emit: Emit): void {
  const at = { item_id: item.id, output_index: index };
  const added = (members: object): void =>
    emit('response.output_item.added', { output_index: index, item: { ...item, ...members } });
  switch (item.type) {
    case 'message':
      added({ status: 'in_progress', content: [] });
      for (const [contentIndex, part] of (item.content as ContentPart[]).entries())
        replayPart({ ...at, content_index: contentIndex }, part, emit);
      break;
    case 'reasoning': {
      const { content: _content, ...bare } = item;
      const summary = (item.summary as { text: string }[] | undefined) ?? [];
      emit('response.output_item.added', { output_index: index, item: { ...bare, summary: [] } });
      for (const [summaryIndex, part] of summary.entries())
        replaySummary({ ...at, summary_index: summaryIndex }, part, emit);
      for (const [contentIndex, part] of ((item.content as ContentPart[] | undefined) ?? []).entries())
        replayPart({ ...at, content_index: contentIndex }, part, emit);
      break;
    }
    case 'function_call':
      added({ status: 'in_progress', arguments: '' });
      if (item.arguments !== '') emit('response.function_call_arguments.delta', { ...at, delta: item.arguments });
      emit('response.function_call_arguments.done', { ...at, name: item.name, arguments: item.arguments });
      break;
    case 'custom_tool_call':
      added({ status: 'in_progress', input: '' });
      if (item.input !== '') emit('response.custom_tool_call_input.delta', { ...at, delta: item.input });
      emit('response.custom_tool_call_input.done', { ...at, input: item.input });
      break;
    case 'mcp_list_tools':
      added({ tools: [], error: undefined });
      emit('response.mcp_list_tools.in_progress', at);
      emit(`response.mcp_list_tools.${item.error == null ? 'completed' : 'failed'}`, at);
      break;
    case 'mcp_call':
      added({ status: 'in_progress', arguments: '', output: null, error: null });
      emit('response.mcp_call.in_progress', at);
      if (item.arguments !== '') emit('response.mcp_call_arguments.delta', { ...at, delta: item.arguments });
      emit('response.mcp_call_arguments.done', { ...at, arguments: item.arguments });
      if (item.status !== 'incomplete') emit(`response.mcp_call.${item.error == null ? 'completed' : 'failed'}`, at);
      break;
    case 'file_search_call':
    case 'web_search_call': {
      const { action: _action, ...bare } = item;
      // What it looks for and finds is known only when it is done.
      const known = item.type === 'file_search_call' ? { queries: [], results: null } : {};
      emit('response.output_item.added', { output_index: index, item: { ...bare, ...known, status: 'in_progress' } });
      emit(`response.${item.type}.in_progress`, at);
      emit(`response.${item.type}.searching`, at);
      if (item.status === 'completed') emit(`response.${item.type}.completed`, at);
      break;
    }
    case 'code_interpreter_call':
      added({ status: 'in_progress', code: '', outputs: null });
      emit('response.code_interpreter_call.in_progress', at);
      if (typeof item.code === 'string') {
        if (item.code !== '') emit('response.code_interpreter_call_code.delta', { ...at, delta: item.code });
        emit('response.code_interpreter_call_code.done', { ...at, code: item.code });
      }
      emit('response.code_interpreter_call.interpreting', at);
      if (item.status === 'completed') emit('response.code_interpreter_call.completed', at);
      break;
    case 'image_generation_call':
      added({ status: 'in_progress', result: null });
      emit('response.image_generation_call.in_progress', at);
      emit('response.image_generation_call.generating', at);
      if (item.status === 'completed') emit('response.image_generation_call.completed', at);
      break;
    default:
      added({});
  }
  emit('response.output_item.done', { output_index: index, item });
}

function replaySummary(at: object, part: { text: string }, emit: Emit): void {
  emit('response.reasoning_summary_part.added', { ...at, part: { ...part, text: '' } });
  if (part.text !== '') emit('response.reasoning_summary_text.delta', { ...at, delta: part.text });
  emit('response.reasoning_summary_text.done', { ...at, text: part.text });
  emit('response.reasoning_summary_part.done', { ...at, part });
}

function replayPart(at: object, part: ContentPart, emit: Emit): void {
  if (part.type === 'output_text') {
    const { text, annotations } = part as { text: string; annotations: Annotation[] };
    emit('response.content_part.added', { ...at, part: { ...part, text: '', annotations: [] } });
    if (text !== '') emit('response.output_text.delta', { ...at, delta: text, logprobs: [] });
    for (const [annotationIndex, annotation] of annotations.entries())
      emit('response.output_text.annotation.added', { ...at, annotation_index: annotationIndex, annotation });
    emit('response.output_text.done', { ...at, text, logprobs: [] });
  } else if (part.type === 'refusal') {
    const { refusal } = part as { refusal: string };
    emit('response.content_part.added', { ...at, part: { ...part, refusal: '' } });
    if (refusal !== '') emit('response.refusal.delta', { ...at, delta: refusal });
    emit('response.refusal.done', { ...at, refusal });
  } else if (part.type === 'reasoning_text') {
    const { text } = part as { text: string };
    emit('response.content_part.added', { ...at, part: { ...part, text: '' } });
    if (text !== '') emit('response.reasoning_text.delta', { ...at, delta: text });
    emit('response.reasoning_text.done', { ...at, text });
  }
  emit('response.content_part.done', { ...at, part });
}
