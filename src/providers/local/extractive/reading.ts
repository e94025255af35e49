import type { ChatMessage, ChatRequest } from '../chat-request.js';
import { isQuestion, sentencesOf } from './sentences.js';

/** What the rules look at: the last thing the user said, and what happened since. */
export interface Reading {
  /** Everything in the last user message, or '' when there is none. */
  message: string;
  /** What is asked there: all of a short message, the last question of a long one. */
  question: string;
  /** Text that came along in the last user message, beside the question. */
  besideQuestion: string[];
  /** Messages before the last user message. */
  earlier: readonly ChatMessage[];
  /** Outputs of tools since the last user message. */
  toolOutputs: ToolOutput[];
  /** Names of the functions called since the last user message. */
  called: ReadonlySet<string>;
}

export interface ToolOutput {
  /** The function's name, or null when its call is not in the conversation. */
  name: string | null;
  content: string;
}

/** A message up to this length is taken as the question itself. */
const shortMessage = 300;

export function readConversation(request: ChatRequest): Reading {
  const { messages } = request;
  const at = lastUserMessage(messages);
  const last = messages[at];
  const since = messages.slice(at + 1);
  const names = new Map<string, string>();
  const called = new Set<string>();
  for (const call of since.flatMap((message) => message.toolCalls)) {
    names.set(call.id, call.name);
    called.add(call.name);
  }
  const toolOutputs = since
    .filter((message) => message.role === 'tool')
    .map((message) => ({ name: names.get(message.toolCallId ?? '') ?? null, content: message.texts.join('\n') }));
  const texts = last?.texts ?? [];
  const { question, beside } = splitQuestion(texts.at(-1) ?? '');
  const attached = (last?.attachments ?? []).flatMap((attachment) => attachment.text ?? []);
  return {
    message: texts.join('\n'),
    question,
    besideQuestion: [...texts.slice(0, -1), ...attached, ...(beside === '' ? [] : [beside])],
    earlier: at < 0 ? [] : messages.slice(0, at),
    toolOutputs,
    called,
  };
}

/** Pictures of a tool come back as a user message without text, which asks nothing. */
const lastUserMessage = (messages: readonly ChatMessage[]): number =>
  messages.findLastIndex((message) => message.role === 'user' && message.texts.some((text) => text.trim() !== ''));

function splitQuestion(text: string): { question: string; beside: string } {
  const trimmed = text.trim();
  const sentences = sentencesOf(trimmed);
  if (sentences.length < 2) return { question: trimmed, beside: '' };
  const at = sentences.findLastIndex(isQuestion);
  if (at >= 0) return { question: sentences[at] ?? '', beside: sentences.filter((_, i) => i !== at).join('\n') };
  if (trimmed.length <= shortMessage) return { question: trimmed, beside: '' };
  return { question: sentences.at(-1) ?? '', beside: sentences.slice(0, -1).join('\n') };
}
