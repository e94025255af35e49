import type { WebSocket } from 'ws';
import { STALLED } from './socket-gate.js';

export interface SocketCareOptions {
  /** A socket whose reader takes nothing for this long, though something waits for it, is closed. */
  stallMs: number;
  /** Silent sockets are pinged this often, so that proxies keep them; after three pings without an answer they are cut. */
  pingMs: number;
}

/** How long a closed socket may take to say goodbye before it is cut. */
const GOODBYE_MS = 5_000;
const PINGS = 3;

/** One socket's state. Numbers only: there may be ten thousand of them. */
interface Care {
  /** Bytes the network has taken so far. */
  taken: number;
  /** Since when nothing was taken although something waits. */
  stalledMs: number;
  silentMs: number;
  unanswered: number;
}

interface Wire {
  bytesWritten: number;
}

/**
 * Looks after all sockets of a server with one timer: pings the silent, cuts the dead, closes those that take nothing. What
 * waits for a stalled reader is bounded by its socket's gate, and waits no longer than this.
 */
export function careForSockets(sockets: ReadonlySet<WebSocket>, options: SocketCareOptions) {
  const { stallMs, pingMs } = options;
  const tickMs = Math.max(10, Math.min(5_000, pingMs / 2, stallMs / 6));
  const cares = new WeakMap<WebSocket, Care>();

  const look = (socket: WebSocket, care: Care): void => {
    const waiting = socket.bufferedAmount;
    // Not in ws's types; all that is handed over, what waits included.
    const { bytesWritten } = (socket as unknown as { _socket: Wire })._socket;
    const taken = bytesWritten - waiting;
    care.stalledMs = waiting > 0 && taken <= care.taken ? care.stalledMs + tickMs : 0;
    care.taken = taken;
    if (care.stalledMs >= stallMs) {
      // Who is behind is not read from; the reader's goodbye has to be heard.
      socket.resume();
      socket.close(STALLED, 'The reader takes nothing');
      setTimeout(() => socket.terminate(), GOODBYE_MS).unref();
      return;
    }
    care.silentMs += tickMs;
    if (care.silentMs < pingMs || waiting > 0) return;
    if (care.unanswered >= PINGS) {
      socket.terminate();
      return;
    }
    care.silentMs = 0;
    care.unanswered += 1;
    socket.ping();
  };
  const timer = setInterval(() => {
    for (const socket of sockets) {
      const care = cares.get(socket);
      if (care !== undefined && socket.readyState === socket.OPEN) look(socket, care);
    }
  }, tickMs);
  timer.unref();

  return {
    add(socket: WebSocket): void {
      const care: Care = { taken: 0, stalledMs: 0, silentMs: 0, unanswered: 0 };
      cares.set(socket, care);
      const heard = (): void => {
        care.unanswered = 0;
      };
      socket.on('pong', heard);
      socket.on('message', heard);
    },
    stop: (): void => clearInterval(timer),
  };
}
