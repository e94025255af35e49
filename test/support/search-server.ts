import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SearchRequest {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  /** The parsed JSON body, if there was one. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
  body: any;
}

export interface SearchServer {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly requests: SearchRequest[];
  /** How the search answers from now on: JSON with 200, or by hand. */
  answer: (request: SearchRequest, response: ServerResponse) => unknown;
  /** Pages by path: HTML, or written by hand. */
  readonly pages: Map<string, string | ((request: IncomingMessage, response: ServerResponse) => void)>;
  close(): Promise<void>;
}

/** A search engine and the web it searches in one: `/search` answers JSON, other paths are pages. */
export async function startSearchServer(): Promise<SearchServer> {
  const requests: SearchRequest[] = [];
  const pages: SearchServer['pages'] = new Map();
  const server = createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const url = new URL(message.url ?? '', search.url);
    const body = text === '' ? undefined : JSON.parse(text);
    requests.push({ method: message.method ?? '', url, headers: message.headers, body });
    const page = pages.get(url.pathname);
    if (typeof page === 'function') return page(message, response);
    if (page !== undefined) return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
    if (!url.pathname.endsWith('/search')) return response.writeHead(404).end();
    const answer = search.answer(requests.at(-1) as SearchRequest, response);
    if (answer === undefined || response.headersSent) return;
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const search = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    pages,
    answer: (() => ({ results: [] })) as SearchServer['answer'],
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return search;
}
