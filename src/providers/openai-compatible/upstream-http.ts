import { Pool } from 'undici';
import type { GatewayError } from '../../domain/errors.js';
import type { Signal } from '../../domain/signal.js';
import type { Logger } from '../../observability/logger.js';
import { untilAborted } from '../until-aborted.js';
import { fromNetwork, fromStatus, mayPassLater, networkCode, type UpstreamCall } from './errors.js';
import { exchange, type UpstreamBody, type UpstreamResponse } from './exchange.js';
import { backOffMs, pause, retryAfterMs } from './retry.js';

export interface UpstreamTimeouts {
  /** Until the connection stands, TLS included. */
  connectMs: number;
  /** From the sent request to the answer's headers. A whole answer has them only when the model is done. */
  headersMs: number;
  /** Longest silence once headers arrived, before the first byte as well as between chunks. */
  idleMs: number;
}

/** Equal waits for headers and body share one timer per connection; others cost a new one at each turn of an answer. */
export const defaultTimeouts: UpstreamTimeouts = { connectMs: 10_000, headersMs: 600_000, idleMs: 600_000 };

export interface UpstreamHttpOptions {
  /** Root of the API, e.g. `https://host/v1`. */
  baseUrl: string;
  apiKey: string | null;
  /** Unix socket to speak over instead of TCP; asked for before every attempt, since its owner may restart elsewhere. */
  socketPath: (() => Promise<string>) | null;
  timeouts: UpstreamTimeouts;
  /** Attempts after the first. */
  maxRetries: number;
  logger: Logger | null;
}

export interface UpstreamRequest {
  method: 'GET' | 'POST';
  path: string;
  body: string | Buffer | null;
  /** The answer is wanted in one piece: then it may be there in whole once there is an answer. */
  isWhole: boolean;
}

export interface UpstreamAnswer {
  contentType: string;
  body: UpstreamBody;
}

export interface UpstreamHttp {
  /**
   * Sends a request and answers once a 2xx status arrived. Before that, failures that may pass are retried (connection
   * errors, resets, 408, 409, 429, 5xx), waiting as long as the upstream asks, at most 10 s; one that asks for more is
   * reported at once. A timeout for headers is not retried: the model may still be at work on the first request.
   *
   * Throws a GatewayError, or the signal's reason as soon as it is aborted; the socket is closed then.
   */
  send(call: UpstreamCall, request: UpstreamRequest, signal: Signal): Promise<UpstreamAnswer>;
  close(): Promise<void>;
}

const BACK_OFF_BASE_MS = 200;
const BACK_OFF_CAP_MS = 5_000;
const LONGEST_WAIT_MS = 10_000;
const MAX_ERROR_BODY_BYTES = 64 * 1024;
const ERROR_BODY_MS = 5_000;

/** Failures of a connection that never carried the request's answer. Anything else (TLS, a bad header) would repeat. */
const PASSING = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
]);

interface Failure {
  error: GatewayError;
  mayPass: boolean;
  waitMs: number | undefined;
  /** For the log: a status or a network code. */
  reason: string | number | null;
}

export function createUpstreamHttp(options: UpstreamHttpOptions): UpstreamHttp {
  const { timeouts, maxRetries, logger } = options;
  const root = new URL(options.baseUrl);
  const prefix = root.pathname.replace(/\/+$/, '');
  const pools = new Map<string, Pool>();
  const headers: Record<string, string> = { accept: 'text/event-stream, application/json' };
  if (options.apiKey !== null && options.apiKey !== '') headers.authorization = `Bearer ${options.apiKey}`;
  const jsonHeaders = { ...headers, 'content-type': 'application/json' };

  async function send(call: UpstreamCall, request: UpstreamRequest, signal: Signal): Promise<UpstreamAnswer> {
    for (let retry = 0; ; retry += 1) {
      signal.throwIfAborted();
      let failure: Failure;
      try {
        const socketPath = options.socketPath === null ? '' : await untilAborted(options.socketPath(), signal);
        const answer = await post(poolFor(socketPath), request, signal);
        if (answer.status < 300) return { contentType: headerOf(answer.headers['content-type']), body: answer.body };
        failure = await refused(call, answer);
      } catch (thrown) {
        const reason = networkCode(thrown);
        failure = { error: fromNetwork(call, thrown), mayPass: PASSING.has(reason ?? ''), waitMs: undefined, reason };
      }
      signal.throwIfAborted();
      const waitMs = Math.max(failure.waitMs ?? 0, backOffMs(retry, BACK_OFF_BASE_MS, BACK_OFF_CAP_MS));
      const isRetried = failure.mayPass && retry < maxRetries && waitMs <= LONGEST_WAIT_MS;
      const { path } = request;
      logger?.warn({ provider: call.providerId, path, reason: failure.reason, retry, isRetried }, 'upstream failed');
      if (!isRetried) throw failure.error;
      await pause(waitMs, signal);
    }
  }

  const post = (pool: Pool, { method, path, body, isWhole }: UpstreamRequest, signal: Signal) => {
    const sent = {
      path: `${prefix}${path}${root.search}`,
      method,
      headers: body === null ? headers : jsonHeaders,
      body,
    };
    return exchange(pool, sent, signal, isWhole);
  };

  /** One pool per socket path, '' for TCP. When the path moves, the old pool finishes what it carries and closes. */
  function poolFor(socketPath: string): Pool {
    const known = pools.get(socketPath);
    if (known !== undefined) return known;
    for (const [path, pool] of pools) {
      pools.delete(path);
      pool.close().catch((error: unknown) => logger?.debug({ err: error }, 'closing an old upstream pool failed'));
    }
    const pool = new Pool(root.origin, {
      allowH2: false,
      headersTimeout: timeouts.headersMs,
      bodyTimeout: timeouts.idleMs,
      connect: { timeout: timeouts.connectMs, ...(socketPath === '' ? {} : { socketPath }) },
    });
    pools.set(socketPath, pool);
    return pool;
  }

  async function close(): Promise<void> {
    const open = [...pools.values()];
    pools.clear();
    await Promise.all(open.map((pool) => pool.destroy()));
  }

  return { send, close };
}

/** Why an answer is none, and whether a further attempt may have one. */
async function refused(call: UpstreamCall, { status, headers, body }: UpstreamResponse): Promise<Failure> {
  const text = await readErrorBody(body);
  const waitMs = retryAfterMs(headers, Date.now());
  return {
    error: fromStatus(call, status, text, waitMs),
    mayPass: mayPassLater(call, status, text),
    waitMs,
    reason: status,
  };
}

/** What a failed answer says, as far as it is short and comes soon. Its absence must not hide the status. */
async function readErrorBody(body: UpstreamBody): Promise<string> {
  const timer = setTimeout(() => body.destroy(), ERROR_BODY_MS);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for (let chunk = await body.read(); chunk !== null; chunk = await body.read()) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_ERROR_BODY_BYTES) break;
    }
  } catch {
    // The status alone says enough.
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
  return Buffer.concat(chunks).toString('utf8');
}

const headerOf = (value: string | string[] | undefined): string => (Array.isArray(value) ? value[0] : value) ?? '';
