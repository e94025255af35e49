import type { FastifyReply } from 'fastify';

/**
 * Begins with a request once its answer can be sent. Node hands on all requests that a client has sent in one go, and keeps the
 * answers until it is their turn: of a client that reads nothing, as many as fit into a packet would be made.
 */
export function beginInTurn({ raw }: FastifyReply, begin: () => void): void {
  // Without a socket as long as the answers before it are not over.
  if (raw.socket === null) raw.once('socket', () => begin());
  else begin();
}
