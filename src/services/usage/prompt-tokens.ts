import type { ContentPart } from '../../domain/content.js';
import { type Item, isFunctionCall, isFunctionCallOutput, isMessage } from '../../domain/item.js';
import type { ModelRequest } from '../../providers/provider.js';
import type { TokenCounter } from './token-counter.js';

/** Framing: start, role and end of every message, and the start of the answer. */
const PER_MESSAGE = 4;
const PER_ANSWER = 3;
/** An image of 1024 × 1024 pixels as hosted models see it, closely and from afar. */
const IMAGE_TOKENS = 765;
const SMALL_IMAGE_TOKENS = 85;
/** A file that is not text: base64 characters to one token. */
const FILE_CHARS_PER_TOKEN = 6;

/** What of a request the model sees. */
export type Prompt = Pick<ModelRequest, 'instructions' | 'items' | 'functions' | 'hostedTools' | 'format'>;

interface Tally {
  texts: string[];
  /** Tokens of what is not text. */
  other: number;
}

/**
 * Tokens a model sees of a request, as it counts them itself: every text in o200k, tools and schemas as their JSON, framing for
 * each message. Exact for the built-in model; for models with another tokenizer, and for images and files, an estimate.
 */
export async function countPrompt(counter: TokenCounter, request: Prompt): Promise<number> {
  const tally: Tally = { texts: [], other: PER_ANSWER };
  if (request.instructions) {
    tally.texts.push(request.instructions);
    tally.other += PER_MESSAGE;
  }
  let isCall = false;
  for (const item of request.items) {
    // Calls of one turn are one message.
    const follows = isCall && isFunctionCall(item);
    isCall = isFunctionCall(item);
    if (take(item, tally) && !follows) tally.other += PER_MESSAGE;
  }
  for (const { name, description, parameters } of request.functions)
    tally.texts.push(JSON.stringify({ name, description: description ?? '', parameters }));
  for (const tool of request.hostedTools) tally.texts.push(JSON.stringify(tool));
  if (request.format.type === 'json_schema') tally.texts.push(JSON.stringify(request.format.schema));
  const counts = await counter.count(tally.texts);
  return counts.reduce((sum, count) => sum + count, tally.other);
}

/** A chat-completions request, as far as its prompt goes. */
interface ChatPrompt {
  messages: readonly Record<string, unknown>[];
  tools?: unknown;
  functions?: unknown;
  response_format?: unknown;
}

/** The same of a request in chat completions' spelling. */
export async function countChatPrompt(counter: TokenCounter, request: ChatPrompt): Promise<number> {
  const tally: Tally = { texts: [], other: PER_ANSWER + PER_MESSAGE * request.messages.length };
  for (const { content, tool_calls: calls } of request.messages) {
    if (typeof content === 'string') tally.texts.push(content);
    else if (Array.isArray(content)) for (const part of content) takeChatPart(part, tally);
    if (calls !== undefined) tally.texts.push(JSON.stringify(calls));
  }
  for (const tools of [request.tools, request.functions])
    for (const tool of Array.isArray(tools) ? tools : []) tally.texts.push(JSON.stringify(tool));
  if (request.response_format !== undefined) tally.texts.push(JSON.stringify(request.response_format));
  const counts = await counter.count(tally.texts);
  return counts.reduce((sum, count) => sum + count, tally.other);
}

function takeChatPart(part: Record<string, unknown> | null, tally: Tally): void {
  if (part?.type === 'image_url') {
    const { detail } = (part.image_url ?? {}) as { detail?: unknown };
    tally.other += detail === 'low' ? SMALL_IMAGE_TOKENS : IMAGE_TOKENS;
  } else if (part?.type === 'file') {
    const { file_data: data } = (part.file ?? {}) as { file_data?: unknown };
    if (typeof data === 'string') takeFile(data, tally);
  } else if (part !== null) takePart(part, tally);
}

/** Whether the model sees anything of the item. */
function take(item: Item, tally: Tally): boolean {
  if (isMessage(item)) takeContent(item.content, tally);
  else if (isFunctionCall(item)) tally.texts.push(item.name, item.arguments);
  else if (isFunctionCallOutput(item)) takeContent(item.output, tally);
  else if (item.type === 'reasoning') return false;
  else tally.texts.push(JSON.stringify({ ...item, id: undefined, status: undefined }));
  return true;
}

function takeContent(content: string | readonly ContentPart[], tally: Tally): void {
  if (typeof content === 'string') tally.texts.push(content);
  else for (const part of content) takePart(part as Record<string, unknown>, tally);
}

function takePart(part: Record<string, unknown>, tally: Tally): void {
  const text = part.text ?? part.refusal;
  if (typeof text === 'string') tally.texts.push(text);
  else if (part.type === 'input_image') tally.other += part.detail === 'low' ? SMALL_IMAGE_TOKENS : IMAGE_TOKENS;
  else if (typeof part.file_data === 'string') takeFile(part.file_data, tally);
}

function takeFile(data: string, tally: Tally): void {
  const head = /^data:text\/[^;,]*(;[^,]*)?,/.exec(data);
  if (head === null) {
    tally.other += Math.ceil(data.length / FILE_CHARS_PER_TOKEN);
    return;
  }
  const isBase64 = head[1]?.endsWith(';base64') ?? false;
  tally.texts.push(Buffer.from(data.slice(head[0].length), isBase64 ? 'base64' : 'utf8').toString('utf8'));
}
