import type { ChunkKey, VectorHit } from './vector-index.js';

/** A window that was compared. */
export interface ComparedWindow {
  storeId: string;
  fileId: string;
  chunkFirst: number;
  chunkLast: number;
  similarity: number;
  start: number;
  end: number;
}

/** A chunk's place as one text. */
export const chunkKey = ({ storeId, fileId, position }: ChunkKey): string => `${storeId} ${fileId} ${position}`;

/** The chunks of windows that come nearest first: each once, with its nearest window; `limit` at most. */
export function nearestChunks(windows: Iterable<ComparedWindow>, limit: number): Map<string, VectorHit> {
  const hits = new Map<string, VectorHit>();
  for (const { storeId, fileId, chunkFirst, chunkLast, similarity, start, end } of windows)
    for (let position = chunkFirst; position <= chunkLast; position += 1) {
      if (hits.size >= limit) return hits;
      const key = chunkKey({ storeId, fileId, position });
      if (!hits.has(key)) hits.set(key, { storeId, fileId, position, similarity, start, end });
    }
  return hits;
}
