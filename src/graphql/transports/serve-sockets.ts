import type { ConnectionInitMessage } from 'graphql-ws';
import { makeServer, type ServerOptions } from 'graphql-ws';
import type { WebSocketServer } from 'ws';
import { SocketGate } from '../../http/socket-gate.js';
import type { Logger } from '../../observability/logger.js';

const NORMAL = 1000;
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 4500;

/** What is known of a socket beside graphql-ws's own state. */
export interface SocketExtra {
  gate: SocketGate;
  /** The key that came with the upgrade. */
  authorization: string | undefined;
}

/**
 * Speaks GraphQL over WebSocket on every socket of a server. graphql-ws brings the protocol; its own adapter has a timer per socket,
 * and prints to the console what happens to sockets that are cut.
 *
 * @returns tells all clients to go elsewhere, and waits until they have
 */
export function serveSockets(
  sockets: WebSocketServer,
  options: ServerOptions<ConnectionInitMessage['payload'], SocketExtra>,
  logger: Logger,
): () => Promise<void> {
  const server = makeServer(options);
  sockets.on('connection', (socket, request) => {
    socket.on('error', (err) => logger.debug({ err }, 'a WebSocket failed'));
    const gate = new SocketGate(socket);
    const closed = server.opened(
      {
        protocol: socket.protocol,
        // A socket that cannot be written to is closing: that is told by its end, and ends whatever writes to it.
        send: (text) => gate.send(text),
        close: (code = NORMAL, reason) => gate.close(code, reason),
        onMessage(read) {
          socket.on('message', (bytes) => {
            read(String(bytes)).catch((err: unknown) => {
              logger.error({ err }, 'a message of a WebSocket failed');
              gate.close(INTERNAL_ERROR, 'Internal server error');
            });
          });
        },
      },
      { gate, authorization: request.headers.authorization },
    );
    socket.once('close', (code, reason) => {
      gate.end();
      closed(code, String(reason)).catch((err: unknown) => logger.error({ err }, 'a WebSocket did not end'));
    });
  });
  return () =>
    new Promise((resolve, reject) => {
      for (const client of sockets.clients) client.close(GOING_AWAY, 'Going away');
      sockets.removeAllListeners();
      sockets.close((error) => (error === undefined ? resolve() : reject(error)));
    });
}
