import type { ChatRequest } from './chat-request.js';
import type { Tokenizer } from './tokenizer.js';

/** Framing: start, role and end of every message, and the start of the answer. */
const perMessage = 4;
const perAnswer = 3;

/**
 * Tokens of a prompt: every text, call and tool definition in o200k, 4 for each message's framing and 3 for the
 * answer's. Tools and schemas count as their JSON.
 */
export async function countPrompt(request: ChatRequest, tokenizer: Tokenizer): Promise<number> {
  const texts: string[] = [];
  for (const message of request.messages) {
    texts.push(...message.texts);
    for (const { text } of message.attachments) if (text !== null) texts.push(text);
    for (const call of message.toolCalls) texts.push(call.name, call.arguments);
  }
  for (const tool of request.tools) texts.push(JSON.stringify(tool));
  if (request.format.type === 'json_schema') texts.push(JSON.stringify(request.format.schema));
  return perAnswer + perMessage * request.messages.length + (await tokenizer.countAll(texts));
}
