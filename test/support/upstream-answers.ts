import type { ChatBody } from './upstream.js';

/** What a scripted model says. */
export interface ChatScript {
  /** @default "You said: <last user text>", or "The tool said: <output>" after a tool's answer */
  text?: string;
  reasoning?: string;
  refusal?: string;
  toolCalls?: readonly { id?: string; name: string; arguments: string }[];
  annotations?: readonly Record<string, unknown>[];
  /** The usage object as sent; null for none. @default words of the messages and of the text */
  usage?: Record<string, unknown> | null;
  /** @default 'tool_calls' with tool calls, else 'stop' */
  finishReason?: string;
}

/** One SSE event with this JSON as its data. */
export const sse = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

export const SSE_DONE = 'data: [DONE]\n\n';

/** A `chat.completion.chunk` with one choice. */
export const chatChunk = (
  delta: Record<string, unknown>,
  finishReason: string | null = null,
  model = 'test-model',
) => ({
  id: 'chatcmpl-test',
  object: 'chat.completion.chunk',
  created: 1,
  model,
  choices: [{ index: 0, delta, finish_reason: finishReason }],
});

/** The pieces of a streamed answer: role, then a delta per word, tool calls in two pieces each, finish, usage, `[DONE]`. */
export function chatEvents(body: ChatBody, script: ChatScript): string[] {
  const text = textOf(body, script);
  const event = (delta: Record<string, unknown>, finishReason: string | null = null): string =>
    sse(chatChunk(delta, finishReason, body.model));
  const usage = usageOf(body, script, text);
  return [
    event({ role: 'assistant', content: '' }),
    ...wordsOf(script.reasoning ?? '').map((word) => event({ reasoning_content: word })),
    ...wordsOf(text).map((word) => event({ content: word })),
    ...wordsOf(script.refusal ?? '').map((word) => event({ refusal: word })),
    ...(script.annotations === undefined ? [] : [event({ annotations: script.annotations })]),
    ...toolCallsOf(script).flatMap((call, index) => {
      const half = Math.ceil(call.function.arguments.length / 2);
      const head = { ...call.function, arguments: call.function.arguments.slice(0, half) };
      return [
        event({ tool_calls: [{ index, ...call, function: head }] }),
        event({ tool_calls: [{ index, function: { arguments: call.function.arguments.slice(half) } }] }),
      ];
    }),
    event({}, finishReasonOf(script)),
    ...(usage === null ? [] : [sse({ ...chatChunk({}, null, body.model), choices: [], usage })]),
    SSE_DONE,
  ];
}

/** The same answer in one piece. */
export function chatAnswer(body: ChatBody, script: ChatScript): Record<string, unknown> {
  const text = textOf(body, script);
  const toolCalls = toolCallsOf(script);
  const usage = usageOf(body, script, text);
  const message = {
    role: 'assistant',
    content: text === '' ? null : text,
    ...(script.reasoning === undefined ? {} : { reasoning_content: script.reasoning }),
    ...(script.refusal === undefined ? {} : { refusal: script.refusal }),
    ...(script.annotations === undefined ? {} : { annotations: script.annotations }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  };
  return {
    id: 'chatcmpl-test',
    object: 'chat.completion',
    created: 1,
    model: body.model,
    choices: [{ index: 0, message, finish_reason: finishReasonOf(script) }],
    ...(usage === null ? {} : { usage }),
  };
}

function textOf(body: ChatBody, script: ChatScript): string {
  if (script.text !== undefined) return script.text;
  if (script.toolCalls !== undefined || script.refusal !== undefined) return '';
  const last = body.messages.at(-1);
  if (last?.role === 'tool') return `The tool said: ${plain(last.content)}`;
  const user = body.messages.findLast((message) => message.role === 'user');
  return `You said: ${plain(user?.content)}`;
}

const toolCallsOf = (script: ChatScript) =>
  (script.toolCalls ?? []).map((call, index) => ({
    id: call.id ?? `call_upstream_${index}`,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));

const finishReasonOf = (script: ChatScript): string =>
  script.finishReason ?? (script.toolCalls === undefined ? 'stop' : 'tool_calls');

function usageOf(body: ChatBody, script: ChatScript, text: string): Record<string, unknown> | null {
  if (script.usage !== undefined) return script.usage;
  const input = body.messages.reduce((sum, message) => sum + wordsOf(plain(message.content)).length, 0);
  const output = wordsOf(text).length;
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

const wordsOf = (text: string): string[] => text.match(/\S+\s*|\s+/g) ?? [];

function plain(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : '')).join('');
}
