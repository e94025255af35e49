import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
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
 * Makes the server that stands before the framework: new work that there is no room for is answered here, for a third of what it
 * costs there. When three times as much comes as can be done, most of it is refused, and what that takes is missing for the rest.
 */
export const createRefusingServer =
  ({ routeOf, refuse, onAnswered }: EarlyRefusalOptions) =>
  (handle: RequestListener, { keepAliveTimeout, requestTimeout }: Partial<Server>): Server => {
    const server = createServer((request, response) => {
      const route = routeOf(request);
      const retryMs = route === null ? null : refuse();
      if (route === null || retryMs === null) {
        handle(request, response);
        return;
      }
      const error = errors.overloaded(retryMs);
      answer(request, response, error);
      onAnswered(route, request.method ?? '', error.status, 0);
    });
    if (keepAliveTimeout !== undefined) server.keepAliveTimeout = keepAliveTimeout;
    if (requestTimeout !== undefined) server.requestTimeout = requestTimeout;
    return server;
  };

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
