import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { asPieces, type ResponsesScript, responseAnswer, responseEvents } from './responses-answers.js';
import { type ChatScript, chatAnswer, chatEvents } from './upstream-answers.js';

export interface UpstreamRequest {
  method: string;
  /** With the query string, e.g. `/v1/chat/completions`. */
  path: string;
  headers: IncomingHttpHeaders;
  /** The parsed JSON body; undefined when there was none. */
  body: ChatBody | undefined;
  /** Which TCP connection carried it, counted from 1. */
  connection: number;
  /** The client closed the connection before the answer was complete. */
  isAborted: boolean;
  /** This server reset the connection, as its behaviour said. */
  isReset: boolean;
}

/** The members of a chat-completions body that tests look at; the rest is there as sent. */
export interface ChatBody {
  model: string;
  messages: { role: string; content: unknown; [member: string]: unknown }[];
  stream?: boolean;
  [member: string]: unknown;
}

/** What the upstream does with one request. Without anything special it answers like a model. */
export interface Behaviour extends ChatScript, Omit<ResponsesScript, 'status' | 'usage'> {
  /** @default 200 */
  status?: number;
  /** How a response ends that is not completed; on `/responses` only. */
  ending?: 'incomplete' | 'failed';
  headers?: Record<string, string>;
  /** A whole body instead of a model's answer; objects go out as JSON. */
  body?: string | Buffer | Record<string, unknown>;
  /** The raw pieces of a stream instead of a model's answer, each written by itself. */
  chunks?: readonly (string | Buffer)[];
  /** Wait before the headers, in milliseconds. */
  delayMs?: number;
  /** Wait for this before the headers. */
  until?: Promise<void>;
  /** Wait between two pieces, in milliseconds. @default 0, which still gives each piece a turn of the event loop */
  betweenMs?: number;
  /** Is awaited before each piece, by its number from 0. */
  beforePiece?: (index: number) => Promise<void>;
  /** Goes silent for good: `'headers'` before the headers, a number after so many pieces. */
  hang?: 'headers' | number;
  /** Resets the connection: `'headers'` before the headers, a number after so many pieces. */
  reset?: 'headers' | number;
}

export interface UpstreamOptions {
  /** Decides per request; undefined means the queue, and after it the default answer. */
  handler?: (request: UpstreamRequest) => Behaviour | undefined;
  /** What `GET /models` lists. @default ['test-model'] */
  models?: readonly string[];
  /** A port below 32768 if the test needs to know it beforehand. @default any free one */
  port?: number;
  /** Listens on this unix socket instead of TCP. */
  socketPath?: string;
}

export interface Upstream {
  /** Base URL of the API: `http://127.0.0.1:<port>/v1`, or `http://localhost/v1` on a unix socket. */
  readonly url: string;
  /** 0 on a unix socket. */
  readonly port: number;
  /** Everything received, in order. */
  readonly requests: readonly UpstreamRequest[];
  /** Behaviours for the next requests, one each, first come first served; models listings do not use them up. */
  enqueue(...behaviours: Behaviour[]): void;
  /** The request number `count` (1 for the first), as soon as it is there. */
  waitForRequest(count?: number): Promise<UpstreamRequest>;
  /** The first `count` requests that their client left, as soon as there are so many. */
  waitForAbort(count?: number): Promise<UpstreamRequest[]>;
  close(): Promise<void>;
}

/**
 * A real HTTP server that speaks the upstream protocol. By default it answers "You said: <last user text>", streamed by
 * word or whole, with usage that counts words. Waiting functions give up after 60 s with an error.
 */
export async function startUpstream(
  given: UpstreamOptions | ((request: UpstreamRequest) => Behaviour | undefined) = {},
): Promise<Upstream> {
  const options: UpstreamOptions = typeof given === 'function' ? { handler: given } : given;
  const requests: UpstreamRequest[] = [];
  const queue: Behaviour[] = [];
  const connections = new Map<Socket, number>();
  let connectionCount = 0;
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of [...watchers]) watcher();
  };

  const server = createServer((message, response) => {
    serve(message, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.on('connection', (socket) => {
    connectionCount += 1;
    connections.set(socket, connectionCount);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => undefined);
  });
  if (options.socketPath === undefined) server.listen(options.port ?? 0, '127.0.0.1');
  else server.listen(options.socketPath);
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readAll(message);
    const request: UpstreamRequest = {
      method: message.method ?? '',
      path: message.url ?? '',
      headers: message.headers,
      body: text === '' ? undefined : (JSON.parse(text) as ChatBody),
      connection: connections.get(message.socket) ?? 0,
      isAborted: false,
      isReset: false,
    };
    response.once('close', () => {
      if (response.writableFinished || request.isReset) return;
      request.isAborted = true;
      changed();
    });
    requests.push(request);
    changed();
    await answer(request, response);
  }

  async function answer(request: UpstreamRequest, response: ServerResponse): Promise<void> {
    const decided = options.handler?.(request);
    if (decided === undefined && request.path.endsWith('/models')) {
      const data = (options.models ?? ['test-model']).map((id) => ({
        id,
        object: 'model',
        created: 1,
        owned_by: 'test',
      }));
      await send(request, response, { body: { object: 'list', data } });
      return;
    }
    await send(request, response, decided ?? queue.shift() ?? {});
  }

  return {
    url: port === 0 ? 'http://localhost/v1' : `http://127.0.0.1:${port}/v1`,
    port,
    requests,
    enqueue: (...behaviours) => {
      queue.push(...behaviours);
    },
    waitForRequest: (count = 1) => until(watchers, () => requests[count - 1], `request ${count}`),
    waitForAbort: (count = 1) =>
      until(
        watchers,
        () => {
          const left = requests.filter((request) => request.isAborted);
          return left.length >= count ? left : undefined;
        },
        `${count} aborted request(s)`,
      ),
    async close() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

async function send(request: UpstreamRequest, response: ServerResponse, behaviour: Behaviour): Promise<void> {
  if (behaviour.delayMs !== undefined) await sleep(behaviour.delayMs);
  await behaviour.until;
  if (behaviour.hang === 'headers') return;
  if (behaviour.reset === 'headers') {
    reset(request, response);
    return;
  }
  const { pieces, contentType } = piecesOf(request, behaviour);
  response.writeHead(behaviour.status ?? 200, { 'content-type': contentType, ...behaviour.headers });
  response.flushHeaders();
  for (let sent = 0; ; sent += 1) {
    if (behaviour.reset === sent) {
      // Let what was written reach the client, or the reset would overtake it.
      await sleep(20);
      reset(request, response);
      return;
    }
    if (behaviour.hang === sent) return;
    const piece = pieces[sent];
    if (piece === undefined || response.destroyed) break;
    if (sent > 0) await sleep(behaviour.betweenMs ?? 0);
    await behaviour.beforePiece?.(sent);
    response.write(piece);
  }
  response.end();
}

function piecesOf(
  request: UpstreamRequest,
  behaviour: Behaviour,
): { pieces: readonly (string | Buffer)[]; contentType: string } {
  const { body, chunks } = behaviour;
  if (chunks !== undefined) return { pieces: chunks, contentType: 'text/event-stream' };
  if (typeof body === 'string' || Buffer.isBuffer(body)) return { pieces: [body], contentType: 'application/json' };
  if (body !== undefined) return { pieces: [JSON.stringify(body)], contentType: 'application/json' };
  if (request.path.endsWith('/responses')) return responsePiecesOf(request.body, behaviour);
  if (request.body?.stream === true)
    return { pieces: chatEvents(request.body, behaviour), contentType: 'text/event-stream; charset=utf-8' };
  const answer = chatAnswer(request.body ?? { model: 'test-model', messages: [] }, behaviour);
  return { pieces: [JSON.stringify(answer)], contentType: 'application/json' };
}

function responsePiecesOf(body: ChatBody | undefined, behaviour: Behaviour): { pieces: string[]; contentType: string } {
  const { status: _status, ending, text = 'Hello there', ...rest } = behaviour;
  const message = {
    type: 'message',
    id: 'msg_upstream',
    status: 'completed',
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
  };
  const script: ResponsesScript = { items: [message], ...rest, ...(ending === undefined ? {} : { status: ending }) };
  const model = body?.model ?? 'test-model';
  if (body?.stream !== true)
    return { pieces: [JSON.stringify(responseAnswer(model, script))], contentType: 'application/json' };
  return { pieces: asPieces(responseEvents(model, script)), contentType: 'text/event-stream; charset=utf-8' };
}

function reset(request: UpstreamRequest, response: ServerResponse): void {
  request.isReset = true;
  response.socket?.resetAndDestroy();
}

async function readAll(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function until<T>(watchers: Set<() => void>, find: () => T | undefined, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      watchers.delete(check);
      reject(new Error(`The upstream waited 60 s in vain for ${what}.`));
    }, 60_000);
    const check = (): void => {
      const found = find();
      if (found === undefined) return;
      clearTimeout(timer);
      watchers.delete(check);
      resolve(found);
    };
    watchers.add(check);
    check();
  });
}
