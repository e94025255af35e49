import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Turn } from '../domain/turn.js';

/** Close code for a reader that does not take what it asked for: it may come back and resume. */
export const STALLED = 4508;

/** What cannot wait elsewhere may wait on the socket, beside what waits there anyway: results of mutations, errors, pongs. */
const MAX_OWED_BYTES = 4 << 20;

/**
 * Bounds what waits on a socket for its reader, in bytes: as much as a connection buffers (64 KiB) and one message. While more
 * waits the socket is behind: nothing is read from it, and its operations wait for their turns, first come, first served.
 *
 * For a socket that is not behind this is one look at a number per write; nothing is made and nothing is awaited.
 */
export class SocketGate {
  readonly socket: WebSocket;
  #isBehind = false;
  #isClosed = false;
  #holder: SocketTurn | null = null;
  /** Made when somebody has to wait. */
  #queue: SocketTurn[] | null = null;

  constructor(socket: WebSocket) {
    this.socket = socket;
  }

  /** More waits for the reader than a connection buffers. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Sends a message. Whoever cannot wait for a turn may send too much: then the socket is closed. */
  send(text: string): void {
    const { socket } = this;
    if (socket.readyState !== socket.OPEN) return;
    if (this.#isBehind && socket.bufferedAmount > MAX_OWED_BYTES) {
      this.close(STALLED, 'The reader takes too little');
      return;
    }
    socket.send(text);
    this.#look();
  }

  /** Writes frames beside `ws`, which writes its own whole and at once as long as nothing is compressed: order is kept. */
  write(frames: readonly Buffer[]): void {
    const { socket } = this;
    if (socket.readyState !== socket.OPEN) return;
    const connection = connectionOf(socket);
    if (frames.length === 1) connection.write(frames[0] as Buffer);
    else {
      connection.cork();
      for (const frame of frames) connection.write(frame);
      connection.uncork();
    }
    this.#look();
  }

  /** Closes the socket; who has not read this is told nevertheless, if it reads on soon. */
  close(code: number, reason = ''): void {
    // The reader's goodbye has to be heard.
    this.socket.resume();
    this.socket.close(code, reason);
  }

  /** The socket has closed: nobody waits any longer. */
  end(): void {
    this.#isClosed = true;
    const queue = this.#queue ?? [];
    this.#queue = null;
    for (const turn of queue) turn.begin();
  }

  /** Whether it is this turn now; otherwise it is told when it is. */
  enter(turn: SocketTurn): boolean {
    const isFree = this.#holder === null || this.#holder === turn;
    if (this.#isClosed) return true;
    if (isFree && !this.#isBehind) {
      this.#holder = turn;
      return true;
    }
    this.#queue ??= [];
    if (this.#holder === turn) this.#queue.unshift(turn);
    else this.#queue.push(turn);
    return false;
  }

  leave(turn: SocketTurn): void {
    const place = this.#queue?.indexOf(turn) ?? -1;
    if (place >= 0) this.#queue?.splice(place, 1);
    if (this.#holder !== turn) return;
    this.#holder = null;
    this.#admit();
  }

  #look(): void {
    if (this.#isBehind) return;
    const connection = connectionOf(this.socket);
    if (connection.writableLength < connection.writableHighWaterMark) return;
    this.#isBehind = true;
    this.socket.pause();
    connection.once('drain', () => {
      this.#isBehind = false;
      this.socket.resume();
      this.#admit();
    });
  }

  #admit(): void {
    const next = this.#queue?.[0];
    if (next === undefined || this.#isBehind) return;
    if (this.#holder !== null && this.#holder !== next) return;
    this.#queue?.shift();
    this.#holder = next;
    next.begin();
  }
}

/** One operation's turn on its socket. Parts of the operation may take it beside each other: it ends when all have given it back. */
export class SocketTurn implements Turn {
  readonly #gate: SocketGate;
  #takers = 0;
  #isOver = false;
  #waiting: Promise<void> | null = null;
  #begin: (() => void) | null = null;

  constructor(gate: SocketGate) {
    this.#gate = gate;
  }

  /** For what is small or shared: null as long as the socket is not behind; otherwise as `take`. */
  pass(): Promise<void> | null {
    return this.#gate.isBehind ? this.take() : null;
  }

  take(): Promise<void> | null {
    if (this.#isOver) return null;
    this.#takers += 1;
    if (this.#waiting === null && !this.#gate.enter(this))
      this.#waiting = new Promise((resolve) => {
        this.#begin = resolve;
      });
    return this.#waiting;
  }

  give(): void {
    if (this.#takers === 0) return;
    this.#takers -= 1;
    if (this.#takers > 0) return;
    this.#gate.leave(this);
    this.begin();
  }

  /** The operation is over: it neither holds nor awaits anything. */
  leave(): void {
    this.#isOver = true;
    this.#takers = 0;
    this.#gate.leave(this);
    this.begin();
  }

  /** Called by the gate. */
  begin(): void {
    this.#begin?.();
    this.#begin = null;
    this.#waiting = null;
  }
}

/** Not in ws's types. */
const connectionOf = (socket: WebSocket): Socket => (socket as unknown as { _socket: Socket })._socket;
