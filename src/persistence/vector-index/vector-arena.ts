import { createDotKernel, createKernelMemory, ROW_UNIT } from './dot-kernel.js';
import type { QuantizedVectors } from './quantized.js';

/** Vectors that are kept in the arena. */
export interface KeptVectors {
  at: number;
  bytes: number;
  rowBytes: number;
  scales: Float32Array;
}

const PAGE = 65_536;
/** The beginning of the memory: the query, the products of one call, and vectors that are only passing through. */
const PRODUCTS = 2 * PAGE;
const MAX_ROWS = PAGE / 4;
const PASSING = 3 * PAGE;
const PASSING_BYTES = 16 * PAGE;
const START = PASSING + PASSING_BYTES;
const MAX_DIMENSIONS = PRODUCTS / 2;
const MAX_BYTE = 127;

/** Bytes that vectors of so many dimensions take, each a multiple of the kernel's unit. */
const rowBytesOf = (dimensions: number): number => Math.ceil(dimensions / ROW_UNIT) * ROW_UNIT;

/**
 * Unit vectors as signed bytes, in one memory that the kernel reads.
 *
 * @param maxBytes memory for kept vectors
 */
export function createVectorArena(maxBytes: number) {
  const maximum = Math.min(65_536, Math.ceil((START + maxBytes) / PAGE) + 1);
  const memory = createKernelMemory(START / PAGE, maximum);
  const dot = createDotKernel(memory);
  let bytes = new Int8Array(memory.buffer);
  let end = START;
  let kept = 0;
  /** Places that were given back, by their size. */
  const free = new Map<number, number[]>();
  let queryDimensions = 0;
  let queryScale = 0;

  const allocate = (size: number): number | null => {
    const place = free.get(size)?.pop();
    if (place !== undefined) return place;
    if (end + size > bytes.length) {
      // By more than is needed: each growth may move everything.
      const wanted = Math.ceil((end + size - bytes.length) / PAGE);
      const spare = maximum - bytes.length / PAGE;
      if (wanted > spare) return null;
      memory.grow(Math.min(spare, Math.max(wanted, 256)));
      bytes = new Int8Array(memory.buffer);
    }
    end += size;
    return end - size;
  };

  /** Writes rows, each filled up with zeros. */
  const write = (rows: Int8Array, dimensions: number, at: number, rowBytes: number): void => {
    if (rowBytes === dimensions) {
      bytes.set(rows, at);
      return;
    }
    for (let from = 0, to = at; from < rows.length; from += dimensions, to += rowBytes) {
      bytes.set(rows.subarray(from, from + dimensions), to);
      bytes.fill(0, to + dimensions, to + rowBytes);
    }
  };

  const compare = (at: number, rowBytes: number, scales: Float32Array): Float32Array => {
    const similarities = new Float32Array(scales.length);
    for (let row = 0; row < scales.length; row += MAX_ROWS) {
      const rows = Math.min(MAX_ROWS, scales.length - row);
      const from = at + row * rowBytes;
      dot(from, from + rows * rowBytes, rowBytes, 0, PRODUCTS);
      const products = new Int32Array(memory.buffer, PRODUCTS, rows);
      for (let n = 0; n < rows; n += 1)
        similarities[row + n] = (products[n] as number) * (scales[row + n] as number) * queryScale;
    }
    return similarities;
  };

  return {
    /** Keeps a copy. Null when there is no room. */
    keep({ bytes: rows, scales }: QuantizedVectors): KeptVectors | null {
      const dimensions = rows.length / scales.length;
      const rowBytes = rowBytesOf(dimensions);
      const size = scales.length * rowBytes;
      const at = allocate(size);
      if (at === null) return null;
      kept += 1;
      write(rows, dimensions, at, rowBytes);
      return { at, bytes: size, rowBytes, scales };
    },

    forget({ at, bytes: size }: KeptVectors): void {
      kept -= 1;
      const places = free.get(size);
      if (places === undefined) free.set(size, [at]);
      else places.push(at);
      if (kept > 0) return;
      free.clear();
      end = START;
    },

    /** What the next comparisons are with. */
    setQuery(query: Float32Array): void {
      if (query.length > MAX_DIMENSIONS) throw new Error(`Vectors of ${query.length} dimensions cannot be compared.`);
      const rowBytes = rowBytesOf(query.length);
      const largest = query.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      // As fine as a sum of 32 bits allows, were every product the largest.
      const most = Math.min(32_767, Math.floor((2 ** 31 - 1) / (MAX_BYTE * rowBytes)));
      const wide = new Int16Array(memory.buffer, 0, rowBytes);
      wide.fill(0);
      for (let i = 0; i < query.length; i += 1)
        wide[i] = largest === 0 ? 0 : Math.round(((query[i] as number) / largest) * most);
      queryDimensions = query.length;
      queryScale = largest / most;
    },

    /** The query's cosine with each of the vectors; null when those have another length than the query. */
    similarities({ at, rowBytes, scales }: KeptVectors): Float32Array | null {
      return rowBytes === rowBytesOf(queryDimensions) ? compare(at, rowBytes, scales) : null;
    },

    /** The same for vectors that are not kept. */
    similaritiesOf({ bytes: rows, scales }: QuantizedVectors): Float32Array | null {
      const dimensions = rows.length / scales.length;
      if (dimensions !== queryDimensions) return null;
      const rowBytes = rowBytesOf(dimensions);
      const perTurn = Math.floor(PASSING_BYTES / rowBytes);
      const all = new Float32Array(scales.length);
      for (let from = 0; from < scales.length; from += perTurn) {
        const to = Math.min(scales.length, from + perTurn);
        write(rows.subarray(from * dimensions, to * dimensions), dimensions, PASSING, rowBytes);
        all.set(compare(PASSING, rowBytes, scales.subarray(from, to)), from);
      }
      return all;
    },
  };
}
