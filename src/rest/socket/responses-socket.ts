import type { IncomingMessage } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { errors, GatewayError, toGatewayError } from '../../domain/errors.js';
import { refuseSocket } from '../../http/refuse-socket.js';
import { careForSockets } from '../../http/socket-care.js';
import { SocketGate } from '../../http/socket-gate.js';
import type { Upgrades } from '../../http/upgrades.js';
import type { Logger } from '../../observability/logger.js';
import type { Services } from '../../services/index.js';
import { BASE_PATHS, REST_BODY_BYTES } from '../router.js';
import { type Connection, type ConnectionLimits, openConnection } from './connection.js';

export interface SocketLimits extends ConnectionLimits {
  /** Bytes of a message. */
  messageBytes: number;
  /** Sockets at once in this process. */
  sockets: number;
  /** How long a connection may last; then it is told so and closed. */
  lifeMs: number;
  /** How often a silent client is asked whether it is there. */
  pingMs: number;
  /** A client that takes nothing for this long is let go. */
  stallMs: number;
  /** How long a stopping server waits for clients to read their last events. */
  patienceMs: number;
}

const defaultSocketLimits: SocketLimits = {
  messageBytes: REST_BODY_BYTES,
  sockets: 10_000,
  lifeMs: 3_600_000, // as the hosted API
  pingMs: 30_000,
  patienceMs: 2_000,
  lanes: 16,
  waiting: 64,
  waitingBytes: REST_BODY_BYTES,
  memoryBytes: 2 * REST_BODY_BYTES,
  stallMs: 30_000,
};

export interface ResponsesSocketOptions {
  upgrades: Upgrades;
  services: Services;
  logger: Logger;
  limits?: Partial<SocketLimits>;
}

export interface ResponsesSocket {
  /** Lets running responses end, takes no new ones, and closes each connection once it has nothing to say. */
  drain(): void;
  /** Closes what is left. */
  close(): Promise<void>;
}

/** Clients find another server, or this one once it is back. */
const GOING_AWAY = 1001;
/** Browsers cannot set headers; they send the key among the subprotocols. */
const KEY_PROTOCOL = 'openai-insecure-api-key.';

/**
 * The Responses API over WebSocket (WebSocket section), at the path that creates responses. The key comes with the upgrade
 * request and is checked before the handshake.
 */
export function createResponsesSocket({
  upgrades,
  services,
  logger,
  ...options
}: ResponsesSocketOptions): ResponsesSocket {
  const limits = { ...defaultSocketLimits, ...options.limits };
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageBytes,
    handleProtocols: (offered) =>
      [...offered].find((name) => !name.startsWith(KEY_PROTOCOL)) ?? [...offered][0] ?? false,
  });
  const open = new Map<WebSocket, Connection>();
  const care = careForSockets(sockets.clients, limits);

  const welcome = (socket: WebSocket, authorization: string | undefined): void => {
    const authenticate = () => services.access.authenticate(authorization);
    const gate = new SocketGate(socket);
    const connection = openConnection({ gate, services, logger, limits, authenticate });
    const life = setTimeout(() => {
      const why = lifeIsOver(limits.lifeMs);
      connection.sayError(why);
      connection.finish(GOING_AWAY, why);
    }, limits.lifeMs);
    life.unref();
    open.set(socket, connection);
    care.add(socket);
    socket.on('close', () => {
      gate.end();
      clearTimeout(life);
      open.delete(socket);
    });
  };

  upgrades.on(
    BASE_PATHS.map((base) => `${base}/responses`),
    (request, socket, head) => {
      const authorization = sentKey(request);
      if (open.size >= limits.sockets) return refuseSocket(socket, errors.providerUnavailable('Too many connections.'));
      services.access.authenticate(authorization).then(
        () => sockets.handleUpgrade(request, socket, head, (accepted) => welcome(accepted, authorization)),
        (thrown: unknown) => {
          const error = toGatewayError(thrown);
          if (error.status >= 500) logger.error({ err: thrown }, 'a WebSocket could not be authenticated');
          refuseSocket(socket, error);
        },
      );
    },
  );

  return {
    drain() {
      // The code says enough, and clients connect anew by themselves; an error would end programs that do not expect one.
      for (const connection of open.values()) connection.finish(GOING_AWAY, errors.shuttingDown());
    },
    async close() {
      care.stop();
      const all = Promise.all(
        [...open.keys()].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
      );
      const cut = setTimeout(() => {
        for (const socket of open.keys()) socket.terminate();
      }, limits.patienceMs);
      await all;
      clearTimeout(cut);
    },
  };
}

function sentKey(request: IncomingMessage): string | undefined {
  const { authorization, 'sec-websocket-protocol': protocols } = request.headers;
  if (authorization !== undefined) return authorization;
  const entry = protocols?.split(',').find((name) => name.trim().startsWith(KEY_PROTOCOL));
  return entry === undefined ? undefined : `Bearer ${entry.trim().slice(KEY_PROTOCOL.length)}`;
}

const lifeIsOver = (lifeMs: number): GatewayError =>
  new GatewayError({
    status: 400,
    type: 'invalid_request_error',
    code: 'websocket_connection_limit_reached',
    message: `A connection lasts at most ${Math.round(lifeMs / 60_000)} minutes. Connect anew to go on.`,
  });
