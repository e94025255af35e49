import { createServer, type ServerResponse } from 'node:http';
import { createRandom, DIMENSIONS } from './knowledge.js';
import { listen } from './listen.js';
import { ANSWER_TOKENS, latenessOf, orderOf, TOKEN_MS, tokenText, wholeText } from './tokens.js';

/**
 * An upstream that costs next to nothing: whole chat completions and responses, at once or as late as the model's name asks
 * for, streamed chat completions at the pace that it asks for, embeddings that differ by text and mean nothing. Run as a child process; tells its parent the port.
 */
/** Longest stream that can be asked for. */
const MAX_TOKENS = 2000;

const head = '"id":"chatcmpl-bench","created":1700000000,"model":"bench"';
const usage = (tokens: number): string =>
  `"usage":{"prompt_tokens":50,"completion_tokens":${tokens},"total_tokens":${50 + tokens}}`;

const whole = Buffer.from(
  `{${head},"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":${JSON.stringify(wholeText(ANSWER_TOKENS))}},"finish_reason":"stop"}],${usage(ANSWER_TOKENS)}}`,
);
const wholeResponse = Buffer.from(
  JSON.stringify({
    id: 'resp_bench',
    object: 'response',
    created_at: 1_700_000_000,
    status: 'completed',
    model: 'bench',
    output: [
      {
        type: 'message',
        id: 'msg_bench',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: wholeText(ANSWER_TOKENS), annotations: [] }],
      },
    ],
    usage: { input_tokens: 50, output_tokens: ANSWER_TOKENS, total_tokens: 50 + ANSWER_TOKENS },
  }),
);
const chunk = (choices: string, rest = ''): string =>
  `data: {${head},"object":"chat.completion.chunk","choices":[${choices}]${rest}}\n\n`;
const tokenFrames = Array.from({ length: MAX_TOKENS }, (_, index) =>
  Buffer.from(chunk(`{"index":0,"delta":{"content":${JSON.stringify(tokenText(index))}},"finish_reason":null}`)),
);
const lastFrames = (tokens: number): string =>
  `${chunk('{"index":0,"delta":{},"finish_reason":"stop"}')}${chunk('', `,${usage(tokens)}`)}data: [DONE]\n\n`;

interface Stream {
  to: ServerResponse;
  sent: number;
  tokens: number;
}

/** One wheel for all streams, a slot for every millisecond of the slowest pace: no timer per stream. */
const SLOTS = 2 * TOKEN_MS;
const wheel: Set<Stream>[] = Array.from({ length: SLOTS }, () => new Set());
const startMs = performance.now();
let turned = 0;

function turn(): void {
  const dueMs = performance.now() - startMs;
  for (; turned < dueMs; turned += 1) {
    const slot = wheel[turned % SLOTS] as Set<Stream>;
    for (const stream of slot) {
      stream.to.write(tokenFrames[stream.sent]);
      stream.sent += 1;
      if (stream.sent < stream.tokens) continue;
      stream.to.end(lastFrames(stream.tokens));
      leave(stream);
    }
  }
  setTimeout(turn, 1);
}
turn();

const leave = (stream: Stream): void => {
  for (const slot of wheel) slot.delete(stream);
};

function stream(to: ServerResponse, tokens: number, tokenMs: number): void {
  to.writeHead(200, { 'content-type': 'text/event-stream' });
  to.write(Buffer.concat([tokenFrames[0] as Buffer]));
  const entry = { to, sent: 1, tokens };
  for (let slot = 0; slot < SLOTS; slot += tokenMs) wheel[(turned + slot) % SLOTS]?.add(entry);
  to.on('close', () => leave(entry));
}

/** A vector by the text's letters, as base64 of floats. */
function embeddingOf(text: string, index: number): object {
  let seed = text.length;
  for (let at = 0; at < text.length; at += 1) seed = (Math.imul(seed, 31) + text.charCodeAt(at)) >>> 0;
  const random = createRandom(seed);
  const vector = Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5);
  return { object: 'embedding', index, embedding: Buffer.from(vector.buffer).toString('base64') };
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (piece: Buffer) => chunks.push(piece));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    if (request.url?.endsWith('/embeddings') === true) {
      const { input } = JSON.parse(body) as { input: string[] };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ object: 'list', data: input.map(embeddingOf), usage: { prompt_tokens: 1, total_tokens: 1 } }),
      );
      return;
    }
    if (body.includes('"stream":true')) {
      const model = /"model":"([^"]*)"/.exec(body)?.[1] ?? '';
      const { tokens, tokenMs } = orderOf(model);
      stream(response, Math.min(Math.max(tokens, 2), MAX_TOKENS), tokenMs);
      return;
    }
    const bytes = request.url?.endsWith('/responses') === true ? wholeResponse : whole;
    const answer = (): void => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
      response.end(bytes);
    };
    const latenessMs = latenessOf(body);
    if (latenessMs === 0) answer();
    else setTimeout(answer, latenessMs);
  });
});
listen(server);
