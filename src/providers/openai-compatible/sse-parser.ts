const LF = 10;
const CR = 13;
const COLON = 58;
const SPACE = 32;

/** An event grew past `maxEventBytes`. The stream cannot be read on. */
export class SseEventTooLargeError extends Error {
  constructor(readonly maxEventBytes: number) {
    super(`An event is larger than ${maxEventBytes} bytes.`);
    this.name = 'SseEventTooLargeError';
  }
}

export interface SseParserOptions {
  /** Upper limit of one event in bytes, so that a peer that never ends a line cannot fill the memory. */
  maxEventBytes: number;
  /** Called once per event that has data, in order. `event` is '' when the event has no name. */
  onEvent: (data: string, event: string) => void;
}

export interface SseParser {
  /** Takes the next bytes; they may end anywhere. Throws SseEventTooLargeError. */
  push(chunk: Buffer): void;
  /**
   * The stream is over. An event without its closing blank line is delivered as well: upstreams forget that line after
   * their last event, and a half event is noticed by its half JSON.
   */
  end(): void;
}

/**
 * Incremental `text/event-stream` parser on bytes. Lines are found with `indexOf`, and only data is decoded, whole lines
 * at a time, so a chunk boundary inside a UTF-8 sequence or between CR and LF changes nothing.
 */
export function createSseParser({ maxEventBytes, onEvent }: SseParserOptions): SseParser {
  /** Pieces of a line whose end has not arrived. Joined once, or a 10 MB line would be copied per chunk. */
  let unfinished: Buffer[] = [];
  let unfinishedBytes = 0;
  let data: string | null = null;
  let dataBytes = 0;
  let eventName = '';
  let skipLineFeed = false;
  let isFirstLine = true;

  function push(chunk: Buffer): void {
    const length = chunk.length;
    if (length === 0) return;
    let position = 0;
    if (skipLineFeed) {
      skipLineFeed = false;
      if (chunk[0] === LF) position = 1;
    }
    let lf = chunk.indexOf(LF, position);
    let cr = chunk.indexOf(CR, position);
    while (position < length) {
      if (lf !== -1 && lf < position) lf = chunk.indexOf(LF, position);
      if (cr !== -1 && cr < position) cr = chunk.indexOf(CR, position);
      const end = cr === -1 ? lf : lf === -1 ? cr : Math.min(lf, cr);
      if (end === -1) break;
      takeLine(chunk, position, end);
      position = end + 1;
      if (end !== cr) continue;
      if (position === length) skipLineFeed = true;
      else if (chunk[position] === LF) position += 1;
    }
    if (position < length) keep(chunk.subarray(position));
  }

  function end(): void {
    if (unfinished.length > 0) takeLine(Buffer.alloc(0), 0, 0);
    dispatch();
  }

  function keep(piece: Buffer): void {
    unfinished.push(piece);
    unfinishedBytes += piece.length;
    if (dataBytes + unfinishedBytes > maxEventBytes) throw new SseEventTooLargeError(maxEventBytes);
  }

  function takeLine(chunk: Buffer, from: number, to: number): void {
    let line = chunk;
    let start = from;
    let end = to;
    if (unfinished.length > 0) {
      unfinished.push(chunk.subarray(from, to));
      line = Buffer.concat(unfinished);
      start = 0;
      end = line.length;
      unfinished = [];
      unfinishedBytes = 0;
    }
    if (isFirstLine) {
      isFirstLine = false;
      if (end - start >= 3 && line[start] === 0xef && line[start + 1] === 0xbb && line[start + 2] === 0xbf) start += 3;
    }
    if (start === end) dispatch();
    else takeField(line, start, end);
  }

  function takeField(line: Buffer, start: number, end: number): void {
    if (isName(line, start, end, 'data')) {
      dataBytes += end - start;
      if (dataBytes > maxEventBytes) throw new SseEventTooLargeError(maxEventBytes);
      const value = fieldValue(line, start + 4, end);
      data = data === null ? value : `${data}\n${value}`;
    } else if (isName(line, start, end, 'event')) {
      eventName = fieldValue(line, start + 5, end);
    }
    // Comments, `id` and `retry` mean nothing here: an upstream turn cannot be resumed.
  }

  function dispatch(): void {
    const ready = data;
    const name = eventName;
    data = null;
    dataBytes = 0;
    eventName = '';
    if (ready !== null) onEvent(ready, name);
  }

  return { push, end };
}

/** Whether the line's field name is `name`: the line is the bare name, or goes on with a colon. */
function isName(line: Buffer, start: number, end: number, name: string): boolean {
  if (end - start < name.length) return false;
  for (let i = 0; i < name.length; i += 1) if (line[start + i] !== name.charCodeAt(i)) return false;
  return end - start === name.length || line[start + name.length] === COLON;
}

function fieldValue(line: Buffer, colon: number, end: number): string {
  if (colon >= end) return '';
  const start = colon + 1;
  return line.toString('utf8', line[start] === SPACE && start < end ? start + 1 : start, end);
}
