/** Vectors as signed bytes, each with a scale of its own: a quarter of the memory, and what is compared. */
export interface QuantizedVectors {
  /** One vector after another, a byte per dimension. */
  bytes: Int8Array;
  /** What each vector's bytes have to be multiplied by. */
  scales: Float32Array;
}

const MAX_BYTE = 127;

/** Rounding changes a cosine by less than 0.002, at the length of usual embeddings. */
export function quantize(vectors: Float32Array, dimensions: number): QuantizedVectors {
  const bytes = new Int8Array(vectors.length);
  const scales = new Float32Array(vectors.length / dimensions);
  for (let row = 0; row < scales.length; row += 1) {
    const end = (row + 1) * dimensions;
    let largest = 0;
    for (let i = row * dimensions; i < end; i += 1) largest = Math.max(largest, Math.abs(vectors[i] as number));
    const factor = largest === 0 ? 0 : MAX_BYTE / largest;
    for (let i = row * dimensions; i < end; i += 1) bytes[i] = Math.round((vectors[i] as number) * factor);
    scales[row] = largest / MAX_BYTE;
  }
  return { bytes, scales };
}

/** As they are stored: the scales as little-endian floats, then the bytes. */
export const packQuantized = ({ bytes, scales }: QuantizedVectors): Buffer =>
  Buffer.concat([new Uint8Array(scales.buffer, scales.byteOffset, scales.byteLength), new Uint8Array(bytes.buffer)]);

/** What was stored of so many vectors. The bytes are a view of what is given. */
export function unpackQuantized(stored: Uint8Array, count: number): QuantizedVectors {
  // Copied: what the driver hands out need not begin where a float may.
  const scales = new Float32Array(new Uint8Array(stored.subarray(0, count * Float32Array.BYTES_PER_ELEMENT)).buffer);
  return {
    scales,
    bytes: new Int8Array(stored.buffer, stored.byteOffset + scales.byteLength, stored.length - scales.byteLength),
  };
}
