import { lookup as resolveName } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';
import { untilAborted } from '../until-aborted.js';
import { type AddressGuard, UnsafeUrlError } from './address-guard.js';

export interface SafeRequest {
  /** Default GET. */
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** For everything together: resolving, connecting, every hop, reading. */
  timeoutMs: number;
  /** The answer is read up to here; what is longer is cut off. */
  maxBytes: number;
  /** Redirects to follow, each checked anew. Default 0: the redirect itself is the answer. */
  maxRedirects?: number;
  signal?: AbortSignal;
}

export interface SafeAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** Whether the body was longer than `maxBytes`. */
  isCut: boolean;
  /** Where the answer came from, after redirects. */
  url: string;
}

export interface SafeHttp {
  /**
   * Calls a URL that a user, a model or a web page has named. The address that is connected to is the one that was checked.
   * No cookies, no proxy, no credentials beyond the given headers; these are not sent on to another origin.
   *
   * @throws UnsafeUrlError for a URL or an address that must not be reached; the signal's reason; or the network's error
   */
  request(url: string, options: SafeRequest): Promise<SafeAnswer>;
  close(): Promise<void>;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** The way out for addresses that are not the operator's own: webhooks, web pages, remote files. */
export function createSafeHttp(guard: AddressGuard): SafeHttp {
  const agent = createCheckedAgent(guard);

  return {
    async request(first, { method = 'GET', headers = {}, body, timeoutMs, maxBytes, maxRedirects = 0, signal }) {
      const deadline = AbortSignal.timeout(timeoutMs);
      const until = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
      let url = guard.checkUrl(first);
      for (let hop = 0; ; hop += 1) {
        const isSameOrigin = url.origin === new URL(first).origin;
        const asked = request(url, {
          dispatcher: agent,
          method,
          headers: { 'accept-encoding': 'identity', ...(isSameOrigin ? headers : {}) },
          body: body ?? null,
          signal: until,
        });
        const answer = await untilAborted(asked, until);
        const location = answer.headers.location;
        if (!REDIRECTS.has(answer.statusCode) || hop >= maxRedirects || method !== 'GET' || location === undefined) {
          const read = await readBody(answer.body, maxBytes);
          return { status: answer.statusCode, headers: singleValues(answer.headers), ...read, url: url.href };
        }
        await answer.body.dump({ limit: 65_536, signal: until });
        url = guard.checkUrl(new URL(String(location), url).href);
      }
    },
    close: () => agent.destroy(),
  };
}

/** Connects to the addresses the guard lets through, and to no other. */
export const createCheckedAgent = (guard: AddressGuard): Agent =>
  new Agent({
    connect: { lookup: checkedLookup(guard), timeout: 10_000 },
    connections: 64,
    keepAliveTimeout: 4_000,
    maxHeaderSize: 16_384,
  });

/** Resolves a name and answers only with addresses that may be connected to; one that may not spoils the name. */
function checkedLookup(guard: AddressGuard): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '');
      if (addresses.length === 0 || !addresses.every(({ address }) => guard.mayConnect(hostname, address)))
        return callback(
          new UnsafeUrlError('address_not_public', 'the host name does not lead to a public address.'),
          '',
        );
      if (options.all === true) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first?.address ?? '', first?.family);
    });
  };
}

async function readBody(body: Dispatcher.ResponseData['body'], maxBytes: number) {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop destroys the body, and with it the connection.
    if (length > maxBytes) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, maxBytes), isCut: length > maxBytes };
}

const singleValues = (headers: Dispatcher.ResponseData['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
