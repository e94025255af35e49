import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { errors, type GatewayError } from '../domain/errors.js';
import { toEnvelope } from './errors.js';
import { newRequestId } from './request-id.js';

export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Which WebSocket door a request knocks at. One for the whole server, so that an unknown path gets its answer. */
export interface Upgrades {
  on(paths: readonly string[], handler: UpgradeHandler): void;
  /** Refuses new sockets from now on, so that clients go elsewhere. */
  close(): void;
}

export function createUpgrades(server: Server): Upgrades {
  const handlers = new Map<string, UpgradeHandler>();
  let isClosing = false;

  server.on('upgrade', (request, socket, head) => {
    // A client that leaves before the handshake is over must not end the process.
    socket.on('error', () => socket.destroy());
    const path = pathOf(request);
    const handler = handlers.get(path);
    if (isClosing) refuseUpgrade(socket, errors.shuttingDown());
    else if (handler === undefined) refuseUpgrade(socket, errors.unknownRoute('WebSocket', path));
    else handler(request, socket, head);
  });

  return {
    on(paths, handler) {
      for (const path of paths) handlers.set(path, handler);
    },
    close() {
      isClosing = true;
    },
  };
}

const pathOf = ({ url = '/' }: IncomingMessage): string => url.split('?')[0]?.replace(/(?<=.)\/$/, '') ?? '/';

/** Answers a handshake with the API's error envelope, and closes. */
export function refuseUpgrade(socket: Duplex, error: GatewayError): void {
  const body = JSON.stringify(toEnvelope(error));
  const headers = {
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': newRequestId(),
    ...error.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${error.status} Refused\r\n${lines.join('')}\r\n${body}`);
}
