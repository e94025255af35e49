import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadTokenizer } from '../../src/providers/local/tokenizer.js';

/**
 * What a request wants to happen upstream; it travels in the prompt, so that it passes through any gateway. `silent`: so many
 * tokens, then nothing, until the connection ends. `broken`: so many tokens, then the connection breaks. `refused`: 400.
 */
export interface Script {
  n: number;
  tokens: number;
  fate: 'whole' | 'silent' | 'broken' | 'refused';
}

/** Tokens that one request has used, counted by the upstream itself. */
export interface Used {
  inputTokens: number;
  outputTokens: number;
}

export interface CountingUpstream {
  /** Base URL of the API. */
  readonly url: string;
  /** By the scripts' numbers. A model that was called twice for one has counted both. */
  readonly used: ReadonlyMap<number, Used>;
  /** Resolves when the request of this number has said all it will say before it is left. */
  fellSilent(n: number): Promise<void>;
  close(): Promise<void>;
}

/** One token to this model; to others, who count by another book, it is more. */
const TOKEN = ' xqzv';
/** Framing of the prompt as models count it: each message, and the answer's beginning. */
const PER_MESSAGE = 4;
const PER_ANSWER = 3;

interface Body {
  messages?: { content: unknown }[];
  input?: unknown;
  stream?: boolean;
  max_tokens?: number;
  max_completion_tokens?: number;
}

/**
 * A chat-completions upstream that keeps its own books: what it was sent and what it has said, to the token, whoever left in
 * between. Its streams say with every piece what was used so far, as vLLM does when asked.
 */
export async function startCountingUpstream(): Promise<CountingUpstream> {
  const tokenizer = await loadTokenizer();
  const used = new Map<number, Used>();
  const silences = new Map<number, { promise: Promise<void>; resolve(): void }>();
  const silence = (n: number) => {
    const known = silences.get(n);
    if (known !== undefined) return known;
    let resolve: () => void = () => undefined;
    const fresh = { promise: new Promise<void>((fall) => (resolve = fall)), resolve: () => resolve() };
    silences.set(n, fresh);
    return fresh;
  };
  const note = (n: number, inputTokens: number, outputTokens: number): void => {
    const before = used.get(n) ?? { inputTokens: 0, outputTokens: 0 };
    used.set(n, {
      inputTokens: before.inputTokens + inputTokens,
      outputTokens: before.outputTokens + outputTokens,
    });
  };

  async function answer(path: string, body: Body, response: ServerResponse): Promise<void> {
    const texts = textsOf(body);
    const script = scriptIn(texts);
    const said = texts.reduce((sum, text) => sum + tokenizer.count(text), 0);
    if (path.endsWith('/embeddings')) {
      note(script.n, said, 0);
      return send(response, {
        object: 'list',
        model: 'counting',
        data: [{ object: 'embedding', index: 0, embedding: [0, 1] }],
        usage: { prompt_tokens: said, total_tokens: said },
      });
    }
    if (script.fate === 'refused') {
      used.set(script.n, used.get(script.n) ?? { inputTokens: 0, outputTokens: 0 });
      return send(response, { error: { message: 'No.', type: 'invalid_request_error', code: 'invalid_prompt' } }, 400);
    }
    const input = said + PER_ANSWER + PER_MESSAGE * (body.messages?.length ?? 0);
    const tokens = Math.min(script.tokens, body.max_tokens ?? body.max_completion_tokens ?? script.tokens);
    const usage = (output: number) => ({
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: input + output,
    });
    const ending = tokens < script.tokens ? 'length' : 'stop';
    note(script.n, input, 0);
    if (body.stream !== true) {
      // One piece is written at its end: whoever leaves before has used the prompt.
      if (script.fate === 'silent') return silence(script.n).resolve();
      await sleep(5);
      if (response.destroyed) return;
      note(script.n, 0, tokens);
      return send(response, {
        id: 'chatcmpl-counting',
        object: 'chat.completion',
        created: 1,
        model: 'counting',
        choices: [{ index: 0, message: { role: 'assistant', content: TOKEN.repeat(tokens) }, finish_reason: ending }],
        usage: usage(tokens),
      });
    }
    const event = (delta: object, reason: string | null, output: number): string =>
      `data: ${JSON.stringify({
        id: 'chatcmpl-counting',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'counting',
        choices: [{ index: 0, delta, finish_reason: reason }],
        usage: usage(output),
      })}\n\n`;
    const upTo = script.fate === 'whole' ? tokens : Math.min(tokens, Math.floor(script.tokens / 2));
    let output = 0;
    if (upTo > 0 || script.fate !== 'silent') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      // An answer that breaks off has begun, or it would be asked for again.
      response.flushHeaders();
    }
    // A few pieces, each of many tokens: the race is about money, not about parsing.
    for (const part of pieces(upTo)) {
      if (response.destroyed) break;
      output += part;
      response.write(event({ role: 'assistant', content: TOKEN.repeat(part) }, null, output));
      await sleep(1);
    }
    note(script.n, 0, output);
    if (script.fate === 'silent') return silence(script.n).resolve();
    if (script.fate === 'broken') {
      // Not by a reset, which would overtake what was written: whether it was read is not for chance to say.
      response.socket?.destroySoon();
      return;
    }
    response.end(`${event({}, ending, output)}data: [DONE]\n\n`);
  }

  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    read(request)
      .then((text) => answer(request.url ?? '', JSON.parse(text) as Body, response))
      .catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    used,
    fellSilent: (n) => silence(n).promise,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const pieces = (tokens: number): number[] => {
  const each = Math.max(1, Math.ceil(tokens / 4));
  return Array.from({ length: Math.ceil(tokens / each) }, (_, index) => Math.min(each, tokens - index * each));
};

function send(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function textsOf({ messages, input }: Body): string[] {
  if (messages === undefined) return [input].flat().map(String);
  return messages.flatMap(({ content }) =>
    typeof content === 'string' ? [content] : (content as { text: string }[]).map(({ text }) => text),
  );
}

/** The script in a prompt. One without is answered briefly, and counted under 0. */
function scriptIn(texts: readonly string[]): Script {
  const [json] = /\{"n":.*\}/.exec(texts.join('\n')) ?? [];
  return json === undefined ? { n: 0, tokens: 1, fate: 'whole' } : (JSON.parse(json) as Script);
}
