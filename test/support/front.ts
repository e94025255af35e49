import { once } from 'node:events';
import { createServer, type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Front {
  /** `http://127.0.0.1:port` */
  url: string;
  close(): Promise<void>;
}

/**
 * What stands before a server in many installations: it carries requests to one path of it, whatever theirs is, and adds headers.
 * Bodies and answers go through as they come.
 */
export async function startFront(target: string, headers: Record<string, string>): Promise<Front> {
  const server = createServer((request, response) => {
    const onward = send(target + searchOf(request), {
      method: request.method,
      headers: { ...request.headers, ...headers },
    });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', (error) => response.destroy(error));
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function searchOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query < 0 ? '' : url.slice(query);
}
