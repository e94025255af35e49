import pg from 'pg';
import { type QuantizedVectors, quantize, unpackQuantized } from './quantized.js';

/** Where the windows of a block are from; numbers by window. */
export interface Block {
  storeId: string;
  fileId: string;
  starts: Int32Array;
  ends: Int32Array;
  chunkFirsts: Int32Array;
  chunkLasts: Int32Array;
}

export interface ReadBlock {
  id: string;
  block: Block;
  vectors: QuantizedVectors;
}

interface BlockRow {
  id: string;
  store_id: string;
  file_id: string;
  starts: Int32Array;
  ends: Int32Array;
  chunk_firsts: Int32Array;
  chunk_lasts: Int32Array;
  quantized: Buffer | null;
  vectors: Buffer | null;
}

/** Blocks per read: some 2 MB at 64 windows of some 500 dimensions. */
const PAGE = 64;

const INTEGERS_OID = 1007;

const readIntegers = (text: string): Int32Array =>
  text === '{}' ? new Int32Array() : Int32Array.from(text.slice(1, -1).split(','), Number);

/** The driver's own reader of arrays takes any array, and as long as all the rest of a block. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number) =>
    oid === INTEGERS_OID ? readIntegers : pg.types.getTypeParser(oid)) as pg.CustomTypesConfig['getTypeParser'],
};

/** Reads blocks by their ids in pages, the next of which is on its way while one is looked at. Those that are gone are left out. */
export async function* readBlocks(
  client: pg.Client,
  projectId: string,
  ids: readonly string[],
): AsyncGenerator<ReadBlock> {
  const readPage = (from: number): Promise<pg.QueryResult<BlockRow>> => {
    const page = client.query<BlockRow>({
      text: `select id, store_id, file_id, starts, ends, chunk_firsts, chunk_lasts, quantized,
               case when quantized is null then vectors end as vectors
             from window_blocks where project_id = $1 and id = any ($2::uuid[])`,
      values: [projectId, ids.slice(from, from + PAGE)],
      types,
    });
    // Whoever stops early does not hear of the page that was on its way.
    page.catch(() => undefined);
    return page;
  };
  if (ids.length === 0) return;
  let next = readPage(0);
  for (let from = 0; from < ids.length; from += PAGE) {
    const { rows } = await next;
    if (from + PAGE < ids.length) next = readPage(from + PAGE);
    for (const row of rows) {
      const vectors = vectorsOf(row);
      if (vectors !== null) yield { id: row.id, block: blockOf(row), vectors };
    }
  }
}

const blockOf = (row: BlockRow): Block => ({
  storeId: row.store_id,
  fileId: row.file_id,
  starts: row.starts,
  ends: row.ends,
  chunkFirsts: row.chunk_firsts,
  chunkLasts: row.chunk_lasts,
});

/** Null for a block of no windows. Blocks that are older than migration 13 have no bytes yet. */
function vectorsOf({ starts, quantized, vectors }: BlockRow): QuantizedVectors | null {
  if (starts.length === 0) return null;
  if (quantized !== null) return unpackQuantized(quantized, starts.length);
  if (vectors === null) return null;
  const floats = new Float32Array(new Uint8Array(vectors).buffer);
  return quantize(floats, floats.length / starts.length);
}
