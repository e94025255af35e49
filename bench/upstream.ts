import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANSWER_TOKENS, tokensOf, tokenText, wholeText } from './tokens.js';

/**
 * A chat completions upstream that costs next to nothing: whole answers at once, streams at one token per `TOKEN_MS`. Run as
 * a child process; tells its parent the port.
 */
const TOKEN_MS = 10;
/** Longest stream that can be asked for. */
const MAX_TOKENS = 2000;

const head = '"id":"chatcmpl-bench","created":1700000000,"model":"bench"';
const usage = (tokens: number): string =>
  `"usage":{"prompt_tokens":50,"completion_tokens":${tokens},"total_tokens":${50 + tokens}}`;

const whole = Buffer.from(
  `{${head},"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":${JSON.stringify(wholeText(ANSWER_TOKENS))}},"finish_reason":"stop"}],${usage(ANSWER_TOKENS)}}`,
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

/** One wheel for all streams, a slot for every millisecond of a token's time: no timer per stream. */
const wheel: Set<Stream>[] = Array.from({ length: TOKEN_MS }, () => new Set());
const startMs = performance.now();
let turned = 0;

function turn(): void {
  const dueMs = performance.now() - startMs;
  for (; turned < dueMs; turned += 1) {
    const slot = wheel[turned % TOKEN_MS] as Set<Stream>;
    for (const stream of slot) {
      stream.to.write(tokenFrames[stream.sent]);
      stream.sent += 1;
      if (stream.sent < stream.tokens) continue;
      stream.to.end(lastFrames(stream.tokens));
      slot.delete(stream);
    }
  }
  setTimeout(turn, 1);
}
turn();

function stream(to: ServerResponse, tokens: number): void {
  to.writeHead(200, { 'content-type': 'text/event-stream' });
  to.write(Buffer.concat([tokenFrames[0] as Buffer]));
  const slot = wheel[turned % TOKEN_MS] as Set<Stream>;
  const entry = { to, sent: 1, tokens };
  slot.add(entry);
  to.on('close', () => slot.delete(entry));
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (piece: Buffer) => chunks.push(piece));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    if (body.includes('"stream":true')) {
      const model = /"model":"([^"]*)"/.exec(body)?.[1] ?? '';
      stream(response, Math.min(Math.max(tokensOf(model), 2), MAX_TOKENS));
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
    response.end(whole);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
