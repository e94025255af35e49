import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { errors } from '../domain/errors.js';
import { refuseSocket } from './refuse-socket.js';

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
    if (isClosing) refuseSocket(socket, errors.shuttingDown());
    else if (handler === undefined) refuseSocket(socket, errors.unknownRoute('WebSocket', path));
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
