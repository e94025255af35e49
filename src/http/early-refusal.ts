import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { errors, type GatewayError } from '../domain/errors.js';
import { toEnvelope } from './errors.js';
import { requestIdOf } from './request-id.js';

export interface EarlyRefusalOptions {
  /** The route that a request leads to, if it may be refused here; null for all that has to go on. */
  routeOf(request: IncomingMessage): string | null;
  /** After how many milliseconds to come back with new work; null while there is room for it. */
  refuse(): number | null;
  /** Told of each refusal, as of any other answer. */
  onAnswered(route: string, method: string, status: number, seconds: number): void;
}

/**
 * Answers new work that there is no room for before the framework sees it, for a third of what it costs there. When three times as
 * much comes as can be done, most of it is refused, and what that takes is missing for the rest. What is not recognised here, the
 * framework refuses.
 */
export function refuseEarly(server: Server, { routeOf, refuse, onAnswered }: EarlyRefusalOptions): void {
  const handlers = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    // While it closes, the framework has more to say.
    const route = server.listening ? routeOf(request) : null;
    const retryMs = route === null ? null : refuse();
    if (route === null || retryMs === null) {
      for (const handle of handlers) handle(request, response);
      return;
    }
    const error = errors.overloaded(retryMs);
    answer(request, response, error);
    onAnswered(route, request.method ?? '', error.status, 0);
  });
}

function answer(request: IncomingMessage, response: ServerResponse, error: GatewayError): void {
  const body = JSON.stringify(toEnvelope(error));
  response.writeHead(error.status, {
    'x-request-id': requestIdOf(request),
    'openai-processing-ms': '0',
    ...error.headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
