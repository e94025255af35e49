import { randomUUID } from 'node:crypto';
import type { Answer, AnswerPart, ChatUsage, Delta, FinishReason } from './answer.js';

/** The members that every chunk of one answer shares. */
export interface CompletionHead {
  id: string;
  /** Unix seconds. */
  created: number;
  model: string;
}

export const headOf = (model: string): CompletionHead => ({
  id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
  created: Math.floor(Date.now() / 1000),
  model,
});

/** Turns parts into the bytes of a chat completion stream; the constant members are printed once. */
export function createChunkPrinter(head: CompletionHead, includeUsage: boolean): (part: AnswerPart) => string {
  const members = JSON.stringify({
    id: head.id,
    object: 'chat.completion.chunk',
    created: head.created,
    model: head.model,
  }).slice(0, -1);
  const usageMember = includeUsage ? ',"usage":null' : '';
  const chunk = (delta: Delta, reason: FinishReason | null): string =>
    `data: ${members},"choices":[{"index":0,"delta":${JSON.stringify(delta)},"finish_reason":${JSON.stringify(reason)}}]${usageMember}}\n\n`;
  return (part) => {
    if (part.type === 'delta') return chunk(part.delta, null);
    if (part.type === 'raw') return part.text;
    if (part.type === 'drop') return '';
    const usage =
      includeUsage && part.usage !== null
        ? `data: ${members},"choices":[],"usage":${JSON.stringify(part.usage)}}\n\n`
        : '';
    return `${chunk({}, part.reason)}${usage}data: [DONE]\n\n`;
  };
}

/** The same answer in one piece: its deltas folded into a message. Null when the connection is to be dropped. */
export async function toCompletion(answer: Answer): Promise<Record<string, unknown> | null> {
  const message = createMessage();
  let reason: FinishReason | null = null;
  let usage: ChatUsage | null = null;
  for await (const batch of answer.batches) {
    for (const part of batch) {
      if (part.type === 'drop') return null;
      if (part.type === 'delta') message.add(part.delta);
      if (part.type === 'finish') ({ reason, usage } = part);
    }
  }
  return {
    ...headOf(answer.model),
    object: 'chat.completion',
    choices: [{ index: 0, message: message.toWire(), logprobs: null, finish_reason: reason }],
    ...(usage === null ? {} : { usage }),
  };
}

function createMessage(): { add(delta: Delta): void; toWire(): Record<string, unknown> } {
  const texts: Record<'content' | 'reasoning_content' | 'refusal', string> = {
    content: '',
    reasoning_content: '',
    refusal: '',
  };
  const annotations: unknown[] = [];
  const calls: { id: string; type: 'function'; function: { name: string; arguments: string } }[] = [];
  return {
    add(delta) {
      texts.content += delta.content ?? '';
      texts.reasoning_content += delta.reasoning_content ?? '';
      texts.refusal += delta.refusal ?? '';
      annotations.push(...(delta.annotations ?? []));
      for (const { index, id, function: piece } of delta.tool_calls ?? []) {
        calls[index] ??= { id: id ?? '', type: 'function', function: { name: piece.name ?? '', arguments: '' } };
        calls[index].function.arguments += piece.arguments ?? '';
      }
    },
    toWire: () => ({
      role: 'assistant',
      content: texts.content === '' && (calls.length > 0 || texts.refusal !== '') ? null : texts.content,
      refusal: texts.refusal === '' ? null : texts.refusal,
      ...(texts.reasoning_content === '' ? {} : { reasoning_content: texts.reasoning_content }),
      ...(annotations.length === 0 ? {} : { annotations }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    }),
  };
}
