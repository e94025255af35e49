import { connect, type Socket } from 'node:net';

/** The bytes of a POST request, built once and sent many times. */
export function requestBytes(path: string, headers: Record<string, string>, body: string): Buffer {
  const lines = [`POST ${path} HTTP/1.1`, 'host: 127.0.0.1', 'content-type: application/json'];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  lines.push(`content-length: ${Buffer.byteLength(body)}`, '', body);
  return Buffer.from(lines.join('\r\n'));
}

export interface Answer {
  status: number;
  body: string;
}

export interface HttpConnection {
  /**
   * Sends one request; resolves with the whole answer. Rejects when the connection breaks.
   *
   * @param onBody gets the body piece by piece instead; `body` is empty then
   */
  send(request: Buffer, onBody?: (piece: string) => void): Promise<Answer>;
  close(): void;
}

interface Pending {
  resolve(answer: Answer): void;
  reject(error: Error): void;
  onBody: ((piece: string) => void) | undefined;
}

/**
 * One keep-alive connection that has one request under way. A client of our own, because a general one costs more than the
 * proxies it would measure. Reads what those send: `content-length` or chunked bodies, bytes as latin1 (the load is ASCII).
 */
export async function openConnection(port: number): Promise<HttpConnection> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let pending: Pending | null = null;
  let buffered = '';
  let status = 0;
  /** Null while the head is awaited; else the bytes left of the body, or of the present chunk. */
  let left: number | null = null;
  let isChunked = false;
  let body = '';

  const take = (length: number): void => {
    const piece = buffered.slice(0, length);
    buffered = buffered.slice(length);
    if (pending?.onBody === undefined) body += piece;
    else if (piece !== '') pending.onBody(piece);
  };

  const finish = (): void => {
    const done = pending;
    const answer = { status, body };
    pending = null;
    left = null;
    body = '';
    done?.resolve(answer);
  };

  const readHead = (): boolean => {
    const end = buffered.indexOf('\r\n\r\n');
    if (end === -1) return false;
    const head = buffered.slice(0, end).toLowerCase();
    buffered = buffered.slice(end + 4);
    status = Number(head.slice(9, 12));
    isChunked = head.includes('transfer-encoding: chunked');
    left = isChunked ? 0 : Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0);
    return true;
  };

  /** Reads the next chunk's size. False if it has not come yet, or the body ended with it. */
  const readChunkSize = (): boolean => {
    const start = buffered.startsWith('\r\n') ? 2 : 0;
    const end = buffered.indexOf('\r\n', start);
    if (end === -1) return false;
    const size = Number.parseInt(buffered.slice(start, end), 16);
    if (size === 0) {
      if (buffered.length < end + 4) return false;
      buffered = buffered.slice(end + 4);
      finish();
      return false;
    }
    buffered = buffered.slice(end + 2);
    left = size;
    return true;
  };

  socket.on('data', (bytes) => {
    buffered += bytes.toString('latin1');
    while (pending !== null) {
      if (left === null && !readHead()) return;
      if (isChunked && left === 0 && !readChunkSize()) return;
      const length = Math.min(left ?? 0, buffered.length);
      take(length);
      left = (left ?? 0) - length;
      if (!isChunked && left === 0) finish();
      else if (left > 0) return;
    }
  });
  const fail = (error: Error): void => {
    pending?.reject(error);
    pending = null;
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('The connection was closed.')));

  return {
    send: (request, onBody) =>
      new Promise((resolve, reject) => {
        pending = { resolve, reject, onBody };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}
