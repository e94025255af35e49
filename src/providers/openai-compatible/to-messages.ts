import type { ContentPart } from '../../domain/content.js';
import { errors } from '../../domain/errors.js';
import { type Item, isFunctionCall, isFunctionCallOutput, isMessage, type MessageItem } from '../../domain/item.js';
import { arrayOf, objectOf, stringOf } from './json.js';

export type ChatPart = { type: string; [member: string]: unknown };

export type ChatToolCall =
  | { id: string; type: 'function'; function: { name: string; arguments: string } }
  | { id: string; type: 'custom'; custom: { name: string; input: string } };

export interface ChatMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  content: string | ChatPart[] | null;
  tool_calls?: ChatToolCall[];
  tool_call_id?: string;
  [member: string]: unknown;
}

export interface MessageQuirks {
  /** How the upstream calls a developer message. Most servers know only `system`. */
  developerRole: 'system' | 'developer';
  /** Member of an assistant message that carries raw reasoning back, or null to leave reasoning out. */
  reasoningField: string | null;
  /** Whether the upstream has custom tools. To others they are functions with one text, `input`. */
  customTools: boolean;
}

/**
 * Items as chat messages.
 *
 * | item | becomes |
 * |---|---|
 * | message | a message; `developer` by quirk; unknown roles count as `user` |
 * | function_call, custom_tool_call | a tool call of the assistant message before it, or of a new one |
 * | function_call_output, custom_tool_call_output | a `tool` message; images follow in a user message, since a tool message carries text only |
 * | reasoning | its raw text on the assistant message that follows, if the upstream has a field for it; otherwise left out |
 * | anything else | left out: hosted calls are already there as function_call pairs, control items are settled by the caller |
 *
 * Throws `unsupported_value` when nothing is left to say, and for content that chat cannot carry (a file or image by id, a file by URL): leaving it out
 * would let the model answer a question that was not asked.
 */
export function toMessages(instructions: string | null, items: readonly Item[], quirks: MessageQuirks): ChatMessage[] {
  const messages: ChatMessage[] = [];
  if (instructions !== null && instructions !== '') messages.push({ role: 'system', content: instructions });

  /** The assistant message that further tool calls of the same turn belong to. */
  let turn: ChatMessage | null = null;
  let reasoning = '';
  let toolImages: ChatPart[] = [];

  const beginTurn = (content: string | null): ChatMessage => {
    const message: ChatMessage = { role: 'assistant', content };
    if (reasoning !== '' && quirks.reasoningField !== null) message[quirks.reasoningField] = reasoning;
    reasoning = '';
    messages.push(message);
    return message;
  };
  const flushImages = (): void => {
    if (toolImages.length === 0) return;
    messages.push({ role: 'user', content: toolImages });
    toolImages = [];
  };

  for (const item of items) {
    const call = toToolCall(item, quirks);
    if (call !== null) {
      flushImages();
      turn ??= beginTurn(null);
      turn.tool_calls = [...(turn.tool_calls ?? []), call];
      continue;
    }
    const output = toolOutputOf(item);
    if (output !== null) {
      turn = null;
      const { text, images } = toolContent(output.output);
      messages.push({ role: 'tool', tool_call_id: output.callId, content: text });
      toolImages.push(...images);
    } else if (item.type === 'reasoning') {
      reasoning += rawReasoning(item);
    } else if (isMessage(item)) {
      flushImages();
      turn = null;
      if (item.role !== 'assistant') {
        messages.push({ role: roleOf(item.role, quirks), content: inputContent(item.content) });
        continue;
      }
      const text = assistantText(item);
      // Many servers refuse an assistant message that says nothing.
      if (text !== '') turn = beginTurn(text);
    }
  }
  flushImages();
  if (items.length > 0 && messages.length <= (instructions ? 1 : 0))
    throw errors.unsupportedValue('input', 'Nothing in the input is of a kind that this model can be shown.');
  return messages;
}

function roleOf(role: string, quirks: MessageQuirks): ChatMessage['role'] {
  if (role === 'developer') return quirks.developerRole;
  return role === 'system' ? 'system' : 'user';
}

function toToolCall(item: Item, quirks: MessageQuirks): ChatToolCall | null {
  if (isFunctionCall(item)) return toolCall(item.call_id, item.name, item.arguments);
  if (item.type !== 'custom_tool_call') return null;
  const { call_id: callId, name, input }: { [member: string]: unknown } = item;
  const id = stringOf(callId) ?? '';
  const custom = { name: stringOf(name) ?? '', input: stringOf(input) ?? '' };
  if (quirks.customTools) return { id, type: 'custom', custom };
  return toolCall(id, custom.name, JSON.stringify({ input: custom.input }));
}

/** Empty arguments become `{}`: servers parse the history's arguments and fail on an empty text. */
const toolCall = (id: string, name: string, args: string): ChatToolCall => ({
  id,
  type: 'function',
  function: { name, arguments: args.trim() === '' ? '{}' : args },
});

function toolOutputOf(item: Item): { callId: string; output: string | readonly unknown[] } | null {
  if (isFunctionCallOutput(item)) return { callId: item.call_id, output: item.output };
  if (item.type !== 'custom_tool_call_output') return null;
  const { call_id: callId, output }: { [member: string]: unknown } = item;
  return { callId: stringOf(callId) ?? '', output: typeof output === 'string' ? output : arrayOf(output) };
}

function toolContent(output: string | readonly unknown[]): { text: string; images: ChatPart[] } {
  if (typeof output === 'string') return { text: output, images: [] };
  const texts: string[] = [];
  const images: ChatPart[] = [];
  for (const part of output) {
    const chat = toPart(part);
    if (chat === null) continue;
    if (chat.type === 'text') texts.push(stringOf(chat.text) ?? '');
    else images.push(chat);
  }
  return { text: texts.join('\n'), images };
}

/** Plain text stays a string, which every server takes; anything richer becomes parts. */
function inputContent(content: string | readonly ContentPart[]): string | ChatPart[] {
  if (typeof content === 'string') return content;
  const parts = content.flatMap((part) => toPart(part) ?? []);
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only?.type === 'text') return stringOf(only.text) ?? '';
  return parts.length === 0 ? '' : parts;
}

function assistantText(item: MessageItem): string {
  if (typeof item.content === 'string') return item.content;
  let text = '';
  for (const part of item.content) {
    const { text: spoken, refusal }: { [member: string]: unknown } = { ...part };
    text += stringOf(spoken) ?? stringOf(refusal) ?? '';
  }
  return text;
}

function rawReasoning(item: Item): string {
  return arrayOf(objectOf(item)?.content)
    .map((part) => stringOf(objectOf(part)?.text) ?? '')
    .join('');
}

/** One content part, or null for a kind that chat does not know and that has no text. */
function toPart(value: unknown): ChatPart | null {
  const part = objectOf(value);
  if (part === undefined) return null;
  switch (part.type) {
    case 'input_image':
      return toImage(stringOf(part.image_url), stringOf(part.detail));
    case 'input_file':
      return toFile(stringOf(part.file_data), stringOf(part.filename));
    case 'input_audio':
      return { type: 'input_audio', input_audio: part.input_audio };
    default: {
      const text = stringOf(part.text) ?? stringOf(part.refusal);
      return text === undefined ? null : { type: 'text', text };
    }
  }
}

function toImage(url: string | undefined, detail: string | undefined): ChatPart {
  if (url === undefined || url === '')
    throw errors.unsupportedValue(
      'input',
      'This model takes images by `image_url` (http, https or data URL) or `file_id`.',
    );
  // `original` is newer than chat completions; `high` is the nearest it has.
  const shown = detail === 'original' ? 'high' : detail;
  return { type: 'image_url', image_url: shown === undefined || shown === 'auto' ? { url } : { url, detail: shown } };
}

function toFile(data: string | undefined, filename: string | undefined): ChatPart {
  if (data === undefined || data === '')
    throw errors.unsupportedValue('input', 'This model takes files by `file_data` or `file_id`.');
  return { type: 'file', file: filename === undefined ? { file_data: data } : { filename, file_data: data } };
}
