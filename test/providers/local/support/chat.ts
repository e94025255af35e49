import { type ChatRequest, parseChatRequest } from '../../../../src/providers/local/chat-request.js';

export interface Message {
  role: string;
  content: unknown;
  tool_calls?: unknown[];
  tool_call_id?: string;
}

export const user = (content: unknown): Message => ({ role: 'user', content });
export const assistant = (content: string): Message => ({ role: 'assistant', content });
export const system = (content: string): Message => ({ role: 'system', content });

/** An assistant's call and what the tool answered. */
export const toolTurn = (name: string, output: unknown, id = `call_${name}`): Message[] => [
  { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: { name, arguments: '{}' } }] },
  { role: 'tool', tool_call_id: id, content: typeof output === 'string' ? output : JSON.stringify(output) },
];

export const tool = (
  name: string,
  description = '',
  properties: Record<string, unknown> = {},
  required: string[] = [],
) => ({
  type: 'function',
  function: { name, description, parameters: { type: 'object', properties, required, additionalProperties: false } },
});

/** A parsed request; a string is one user message. */
export const requestOf = (messages: string | Message[], rest: Record<string, unknown> = {}): ChatRequest =>
  parseChatRequest({
    model: 'any',
    messages: typeof messages === 'string' ? [user(messages)] : messages,
    ...rest,
  });

export const jsonSchema = (schema: unknown): Record<string, unknown> => ({
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
});
