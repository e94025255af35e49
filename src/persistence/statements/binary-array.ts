import type { PrintedJson } from '../../domain/json-literals.js';

/** Types by their numbers in PostgreSQL's catalogue. */
export const OIDS = { json: 114, text: 25 } as const;

const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL = -1;

/**
 * An array in the form in which PostgreSQL sends arrays itself (`array_recv`): one dimension, counted from 1. Nothing in it has to
 * be escaped here, nor looked at letter by letter there, which for long texts is most of what handing them over costs.
 */
export function binaryArray(cells: readonly (PrintedJson | null)[], oid: number): Buffer {
  let size = HEADER_BYTES;
  for (const cell of cells) size += LENGTH_BYTES + (cell === null ? 0 : sizeOf(cell));
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeInt32BE(1, 0);
  bytes.writeInt32BE(cells.includes(null) ? 1 : 0, 4);
  bytes.writeInt32BE(oid, 8);
  bytes.writeInt32BE(cells.length, 12);
  bytes.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  for (const cell of cells) {
    const length = cell === null ? NULL : put(cell, bytes, at + LENGTH_BYTES);
    bytes.writeInt32BE(length, at);
    at += LENGTH_BYTES + Math.max(0, length);
  }
  return bytes;
}

const sizeOf = (cell: PrintedJson): number => (typeof cell === 'string' ? Buffer.byteLength(cell) : cell.bytes);

const put = (cell: PrintedJson, bytes: Buffer, at: number): number =>
  typeof cell === 'string' ? bytes.write(cell, at) : cell.write(bytes, at);
