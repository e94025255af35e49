import { badValue } from './api-error.js';
import { isObject, type JsonObject } from './json.js';

/** The body of `POST /v1/chat/completions`, checked and reduced to what the built-in models look at. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  tools: ChatFunction[];
  toolChoice: 'none' | 'auto' | 'required' | { name: string };
  parallelToolCalls: boolean;
  format: { type: 'text' } | { type: 'json_object' } | { type: 'json_schema'; schema: JsonObject };
  maxTokens: number | null;
  stop: string[];
  stream: boolean;
  includeUsage: boolean;
}

export interface ChatMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  /** Text parts in order; a plain string is one part. */
  texts: string[];
  attachments: Attachment[];
  toolCalls: { id: string; name: string; arguments: string }[];
  toolCallId: string | null;
}

/** A file inside a message. Text is known only for text files sent as data URLs. */
export interface Attachment {
  filename: string | null;
  text: string | null;
}

export interface ChatFunction {
  name: string;
  description: string;
  parameters: JsonObject | null;
}

const roles = new Set<string>(['system', 'developer', 'user', 'assistant', 'tool']);

/**
 * Reads a chat completion's body. Sampling members (temperature, top_p, seed, …) are accepted and ignored, because
 * the model is deterministic. Throws ApiError 400 naming the member that cannot be used.
 */
export function parseChatRequest(body: unknown): ChatRequest {
  if (!isObject(body)) throw badValue('', 'The body must be a JSON object.', null);
  if (typeof body.model !== 'string')
    throw badValue(
      'model',
      "'model' must be a string.",
      body.model === undefined ? 'missing_required_parameter' : 'invalid_type',
    );
  if (!Array.isArray(body.messages) || body.messages.length === 0)
    throw badValue('messages', "'messages' must be a list with at least one message.");
  if (body.n !== undefined && body.n !== null && body.n !== 1)
    throw badValue('n', 'Only one choice is made (n = 1).', 'unsupported_value');
  if (body.logprobs === true)
    throw badValue('logprobs', 'The built-in model has no probabilities.', 'unsupported_parameter');
  return {
    model: body.model,
    messages: body.messages.map(parseMessage),
    tools: parseTools(body.tools),
    toolChoice: parseToolChoice(body.tool_choice),
    parallelToolCalls: body.parallel_tool_calls !== false,
    format: parseFormat(body.response_format),
    maxTokens: parseMaxTokens(body),
    stop: parseStop(body.stop),
    stream: body.stream === true,
    includeUsage: isObject(body.stream_options) && body.stream_options.include_usage === true,
  };
}

function parseMessage(value: unknown, index: number): ChatMessage {
  const param = `messages[${index}]`;
  if (!isObject(value) || typeof value.role !== 'string' || !roles.has(value.role))
    throw badValue(param, `'${param}' needs a role: system, developer, user, assistant or tool.`);
  const message: ChatMessage = {
    role: value.role as ChatMessage['role'],
    texts: [],
    attachments: [],
    toolCalls: parseToolCalls(value.tool_calls, param),
    toolCallId: typeof value.tool_call_id === 'string' ? value.tool_call_id : null,
  };
  if (typeof value.content === 'string') message.texts.push(value.content);
  else if (Array.isArray(value.content)) for (const part of value.content) addPart(message, part, param);
  else if (value.content !== null && value.content !== undefined)
    throw badValue(`${param}.content`, `'${param}.content' must be a string or a list of parts.`, 'invalid_type');
  return message;
}

function addPart(message: ChatMessage, part: unknown, param: string): void {
  if (!isObject(part)) throw badValue(`${param}.content`, 'Every content part must be an object.', 'invalid_type');
  const text = part.text ?? part.refusal;
  if (typeof text === 'string') message.texts.push(text);
  else if (isObject(part.file)) message.attachments.push(parseAttachment(part.file));
}

function parseAttachment(file: JsonObject): Attachment {
  const filename = typeof file.filename === 'string' ? file.filename : null;
  const data = typeof file.file_data === 'string' ? /^data:text\/[^;,]*(;[^,]*)?,/.exec(file.file_data) : null;
  if (data === null || typeof file.file_data !== 'string') return { filename, text: null };
  const payload = file.file_data.slice(data[0].length);
  const isBase64 = data[1]?.endsWith(';base64') ?? false;
  return { filename, text: Buffer.from(payload, isBase64 ? 'base64' : 'utf8').toString('utf8') };
}

function parseToolCalls(value: unknown, param: string): ChatMessage['toolCalls'] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw badValue(`${param}.tool_calls`, 'tool_calls must be a list.', 'invalid_type');
  return value.map((call: unknown) => {
    const fn = isObject(call) ? call.function : undefined;
    if (!isObject(call) || !isObject(fn) || typeof fn.name !== 'string')
      throw badValue(`${param}.tool_calls`, 'Every tool call needs a function with a name.');
    return {
      id: typeof call.id === 'string' ? call.id : '',
      name: fn.name,
      arguments: typeof fn.arguments === 'string' ? fn.arguments : '',
    };
  });
}

function parseTools(value: unknown): ChatFunction[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw badValue('tools', "'tools' must be a list.", 'invalid_type');
  return value.map((tool: unknown, index) => {
    const fn = isObject(tool) ? tool.function : undefined;
    if (!isObject(fn) || typeof fn.name !== 'string' || fn.name === '')
      throw badValue(`tools[${index}]`, `'tools[${index}]' must be a function with a name.`);
    return {
      name: fn.name,
      description: typeof fn.description === 'string' ? fn.description : '',
      parameters: isObject(fn.parameters) ? fn.parameters : null,
    };
  });
}

function parseToolChoice(value: unknown): ChatRequest['toolChoice'] {
  if (value === undefined || value === null) return 'auto';
  if (value === 'none' || value === 'auto' || value === 'required') return value;
  const fn = isObject(value) ? value.function : undefined;
  if (isObject(fn) && typeof fn.name === 'string') return { name: fn.name };
  throw badValue('tool_choice', "'tool_choice' must be none, auto, required or a function's name.");
}

function parseFormat(value: unknown): ChatRequest['format'] {
  if (value === undefined || value === null) return { type: 'text' };
  if (!isObject(value)) throw badValue('response_format', "'response_format' must be an object.", 'invalid_type');
  if (value.type === 'text' || value.type === 'json_object') return { type: value.type };
  const schema = isObject(value.json_schema) ? value.json_schema.schema : undefined;
  if (value.type === 'json_schema' && isObject(schema)) return { type: 'json_schema', schema };
  throw badValue('response_format', "'response_format' must be text, json_object or json_schema with a schema.");
}

function parseMaxTokens(body: JsonObject): number | null {
  const param = typeof body.max_completion_tokens === 'number' ? 'max_completion_tokens' : 'max_tokens';
  const value = body[param];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
    throw badValue(param, `'${param}' must be a whole number of at least 1.`);
  return value;
}

function parseStop(value: unknown): string[] {
  const stops = typeof value === 'string' ? [value] : value;
  if (stops === undefined || stops === null) return [];
  if (!Array.isArray(stops) || !stops.every((stop): stop is string => typeof stop === 'string'))
    throw badValue('stop', "'stop' must be a string or a list of strings.", 'invalid_type');
  return stops.filter((stop) => stop !== '');
}
