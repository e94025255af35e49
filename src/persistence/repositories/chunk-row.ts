import type { StoredChunk } from '../../domain/vector-store.js';

/** The columns of `chunks` that say what a chunk is. */
export interface ChunkRow {
  position: number;
  start_offset: number;
  end_offset: number;
  page_start: number | null;
  page_end: number | null;
  tokens: number;
  text: string;
}

export const toChunk = (row: ChunkRow): StoredChunk => ({
  position: row.position,
  start: row.start_offset,
  end: row.end_offset,
  pageStart: row.page_start,
  pageEnd: row.page_end,
  tokens: row.tokens,
  text: row.text,
});
