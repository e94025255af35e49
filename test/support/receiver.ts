import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Receiver {
  /** `http://127.0.0.1:port` */
  url: string;
  received: Received[];
  /** Resolves with the request of this number (0 is the first), now or later. */
  nth(index: number): Promise<Received>;
  /** How it answers from now on. Default: 204. */
  answer: (request: Received, response: ServerResponse) => void;
  close(): Promise<void>;
}

/** A web server that keeps what it is sent: the other end of a webhook. */
export async function startReceiver(): Promise<Receiver> {
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
    receiver.received.push(one);
    receiver.answer(one, response);
    for (const look of waiting) look();
  });
  const receiver: Receiver = {
    url: '',
    received: [],
    answer: (_request, response) => response.writeHead(204).end(),
    nth(index) {
      return new Promise((resolve) => {
        const look = (): void => {
          const found = receiver.received[index];
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return receiver;
}
