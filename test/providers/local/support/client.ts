import { Agent, request } from 'undici';

export interface ToolCall {
  index: number;
  id?: string;
  function: { name?: string; arguments: string };
}

export interface Message {
  role?: string;
  content?: string | null;
  refusal?: string | null;
  reasoning_content?: string;
  annotations?: unknown[];
  tool_calls?: ToolCall[];
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

export interface Completion {
  object: string;
  model: string;
  choices: { message: Message; finish_reason: string | null }[];
  usage?: Usage;
}

export interface Chunk {
  id: string;
  model: string;
  choices: { delta: Message; finish_reason: string | null }[];
  usage?: Usage | null;
}

export interface Client {
  post(path: string, body: unknown): Promise<{ status: number; headers: Record<string, unknown>; text: string }>;
  json(path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  chat(messages: unknown, rest?: Record<string, unknown>): Promise<Completion>;
  /** Chunks of a stream that ended with [DONE]. */
  stream(messages: unknown, rest?: Record<string, unknown>): Promise<Chunk[]>;
  close(): Promise<void>;
}

/** Speaks to a model server over its socket, as the gateway does. */
export function createClient(socketPath: string): Client {
  const dispatcher = new Agent({ connect: { socketPath } });
  const send = async (method: 'GET' | 'POST', path: string, body?: unknown) => {
    const response = await request(`http://model${path}`, {
      method,
      dispatcher,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.statusCode, headers: response.headers, text: await response.body.text() };
  };
  const bodyOf = (messages: unknown, rest: Record<string, unknown>) => ({
    model: 'any',
    messages: typeof messages === 'string' ? [{ role: 'user', content: messages }] : messages,
    ...rest,
  });
  return {
    post: (path, body) => send('POST', path, body),
    async json(path, body) {
      const { status, text } = await send(body === undefined ? 'GET' : 'POST', path, body);
      return { status, body: JSON.parse(text) };
    },
    async chat(messages, rest = {}) {
      const { status, text } = await send('POST', '/v1/chat/completions', bodyOf(messages, rest));
      if (status !== 200) throw new Error(`${status} ${text}`);
      return JSON.parse(text);
    },
    async stream(messages, rest = {}) {
      const { status, text } = await send('POST', '/v1/chat/completions', {
        stream: true,
        stream_options: { include_usage: true },
        ...bodyOf(messages, rest),
      });
      if (status !== 200 || !text.endsWith('data: [DONE]\n\n')) throw new Error(`${status} ${text.slice(-200)}`);
      return text
        .split('\n\n')
        .filter((event) => event !== '' && event !== 'data: [DONE]')
        .map((event) => JSON.parse(event.replace(/^data: /, '')));
    },
    close: () => dispatcher.close(),
  };
}
