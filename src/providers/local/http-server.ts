import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { BUILT_IN_EMBEDDING } from '../../domain/model.js';
import type { Answer, AnswerPart } from './answer.js';
import { ApiError, badValue, errorBody } from './api-error.js';
import { type ChatRequest, parseChatRequest } from './chat-request.js';
import { createChunkPrinter, headOf, toCompletion } from './completion.js';
import type { Embedder } from './embedder.js';
import { createEmbeddings } from './embeddings-route.js';
import { answerByRules, extractiveModelId } from './extractive/model.js';
import { isObject, parseJson } from './json.js';
import { answerByScript, scriptModelId } from './script/model.js';
import { createSimilarity } from './similarity.js';
import { loadTokenizer, type Tokenizer } from './tokenizer.js';

/** Larger than any body the gateway lets through, so the gateway's own limit is the one that users meet. */
const maxBodyBytes = 64 * 1024 * 1024;
/** 2025-01-01. The models do not change with the clock. */
const created = 1_735_689_600;

export interface ModelServer {
  /** Listens on a unix socket; an old file in its place must be gone. */
  listen(socketPath: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * The built-in models behind an OpenAI-compatible API: `POST /v1/chat/completions`, `POST /v1/embeddings`,
 * `GET /v1/models`, and `POST /v1/tokenize` (`{ texts }` → `{ counts }`, o200k), an extension.
 *
 * `reportFault` is told about errors that are nobody's request's fault; it gets no text of any request.
 */
export function createModelServer(options: {
  embedder: Embedder;
  enableScript: boolean;
  /** Pause between the tokens of a stream, so that it can be watched. 0 = none. */
  paceMs: number;
  reportFault(error: unknown): void;
}): ModelServer {
  const { embedder, enableScript, paceMs } = options;
  const similarity = createSimilarity(embedder);
  let loading: Promise<Tokenizer> | null = null;
  const tokenizer = (): Promise<Tokenizer> => (loading ??= loadTokenizer());

  const chat = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = parseChatRequest(await readJson(request));
    const answer = await answerTo(asked, response);
    if (asked.stream) await stream(answer, asked.includeUsage, paceMs, response);
    else sendOrDrop(response, await toCompletion(answer));
  };

  const answerTo = async (asked: ChatRequest, response: ServerResponse): Promise<Answer> => {
    if (asked.model === BUILT_IN_EMBEDDING.model)
      throw badValue('model', `'${asked.model}' makes embeddings; it does not answer.`, 'unsupported_value');
    if (asked.model !== scriptModelId) return answerByRules(asked, { similarity, tokenizer: await tokenizer() });
    if (!enableScript)
      throw new ApiError(404, `The model '${scriptModelId}' does not exist.`, {
        code: 'model_not_found',
        param: 'model',
      });
    return answerByScript(asked, await tokenizer(), goneOf(response));
  };

  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>> = {
    'POST /v1/chat/completions': chat,
    'POST /v1/embeddings': async (request, response) => {
      const body = await readJson(request);
      const parts = { embedder, tokenizer: await tokenizer() };
      sendJson(response, 200, await createEmbeddings(body, parts, goneOf(response)));
    },
    'POST /v1/tokenize': async (request, response) => {
      const texts = textsOf(await readJson(request));
      const { countAll } = await tokenizer();
      const counts: number[] = [];
      for (const text of texts) counts.push(await countAll([text]));
      sendJson(response, 200, { counts });
    },
    'GET /v1/models': async (_, response) => sendJson(response, 200, listModels(embedder, enableScript)),
  };

  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    const route = routes[`${request.method} ${path}`] ?? unknownRoute;
    route(request, response).catch((error: unknown) => {
      if (response.destroyed) return;
      if (!(error instanceof ApiError)) options.reportFault(error);
      if (response.headersSent) response.end(`data: ${JSON.stringify(errorBody(error))}\n\n`);
      else if (error instanceof ApiError) sendJson(response, error.status, errorBody(error), error.headers);
      else sendJson(response, 500, errorBody(error));
    });
  });
  // The gateway keeps its connections; closing idle ones early would only cost it new ones.
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;

  return {
    async listen(socketPath) {
      server.listen(socketPath);
      await once(server, 'listening');
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await embedder.close();
    },
  };
}

/** Aborts when the client has left. */
function goneOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}

const unknownRoute = async (request: IncomingMessage): Promise<void> => {
  throw new ApiError(404, `Unknown request URL: ${request.method} ${(request.url ?? '').split('?')[0]}.`);
};

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) throw new ApiError(413, `The request body is larger than ${maxBodyBytes} bytes.`);
    chunks.push(chunk);
  }
  const body = parseJson(Buffer.concat(chunks).toString('utf8'));
  if (body === undefined) throw badValue('', 'The request body is not valid JSON.', 'invalid_json');
  return body;
}

function textsOf(body: unknown): string[] {
  const texts = isObject(body) ? body.texts : undefined;
  if (!Array.isArray(texts) || !texts.every((text): text is string => typeof text === 'string'))
    throw badValue('texts', "'texts' must be a list of texts.", 'invalid_type');
  return texts;
}

/** The first batch is awaited before the head is sent: until then a failure can still have its own status. */
async function stream(answer: Answer, includeUsage: boolean, paceMs: number, response: ServerResponse): Promise<void> {
  const print = createChunkPrinter(headOf(answer.model), includeUsage);
  for await (const batch of paced(answer.batches, paceMs)) {
    if (response.destroyed) return;
    if (!response.headersSent)
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    const isTaken = response.write(batch.map(print).join(''));
    if (batch.some((part) => part.type === 'drop')) {
      response.destroy();
      return;
    }
    if (!isTaken) await drained(response);
  }
  response.end();
}

/** The same parts one by one with a pause after each, or as they come. */
async function* paced(batches: Answer['batches'], paceMs: number): AsyncGenerator<readonly AnswerPart[]> {
  if (paceMs === 0) return yield* batches;
  for await (const batch of batches) {
    for (const part of batch) {
      yield [part];
      await sleep(paceMs);
    }
  }
}

/** Resolves when the reader has caught up or is gone. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });

function sendOrDrop(response: ServerResponse, body: Record<string, unknown> | null): void {
  if (body === null) response.destroy();
  else sendJson(response, 200, body);
}

function sendJson(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** `similarity` says what nearness is measured by; it turns `lexical` when the embedding model cannot be loaded. */
function listModels(embedder: Embedder, enableScript: boolean): Record<string, unknown> {
  const { state, reason } = embedder.status();
  const model = (id: string, rest: Record<string, unknown> = {}) => ({
    id,
    object: 'model',
    created,
    owned_by: 'built-in',
    ...rest,
  });
  const similarity = { method: state === 'failed' ? 'lexical' : 'embeddings', state, reason };
  return {
    object: 'list',
    data: [
      model(extractiveModelId, { aliases: ['local'], similarity }),
      model(BUILT_IN_EMBEDDING.model, { dimensions: BUILT_IN_EMBEDDING.dimensions, available: state !== 'failed' }),
      ...(enableScript ? [model(scriptModelId)] : []),
    ],
  };
}
