/** First byte of a whole text message (RFC 6455, base framing protocol). */
const WHOLE_TEXT = 0x81;
const UP_TO_16_BITS = 126;
const UP_TO_64_BITS = 127;

/** Bytes in front of a message of this length. A server does not mask. */
const prefixOf = (length: number): number => {
  if (length < UP_TO_16_BITS) return 2;
  return length < 0x10000 ? 4 : 10;
};

/** The beginning of a message that goes on with so many bytes after its head. */
export function frameStart(head: Buffer, rest: number): Buffer {
  const length = head.length + rest;
  const start = Buffer.allocUnsafe(prefixOf(length) + head.length);
  start.set(head, writePrefix(start, 0, length));
  return start;
}

/**
 * WebSocket text messages that all begin with `head`, one per tail, as bytes for the connection: one write however many there
 * are, and of what is shared nothing is encoded again.
 */
export function frameTexts(head: Buffer, tails: readonly Buffer[]): Buffer {
  let size = 0;
  for (const tail of tails) size += prefixOf(head.length + tail.length) + head.length + tail.length;
  const frames = Buffer.allocUnsafe(size);
  let at = 0;
  for (const tail of tails) {
    at = writePrefix(frames, at, head.length + tail.length);
    frames.set(head, at);
    frames.set(tail, at + head.length);
    at += head.length + tail.length;
  }
  return frames;
}

/** @returns the place behind it */
function writePrefix(frames: Buffer, at: number, length: number): number {
  const prefix = prefixOf(length);
  frames[at] = WHOLE_TEXT;
  if (prefix === 2) frames[at + 1] = length;
  else if (prefix === 4) {
    frames[at + 1] = UP_TO_16_BITS;
    frames.writeUInt16BE(length, at + 2);
  } else {
    frames[at + 1] = UP_TO_64_BITS;
    frames.writeBigUInt64BE(BigInt(length), at + 2);
  }
  return at + prefix;
}
