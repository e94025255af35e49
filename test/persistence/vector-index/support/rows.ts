import { randomUUID } from 'node:crypto';
import type { Queryable } from '../../../../src/persistence/database.js';
import { packQuantized, quantize } from '../../../../src/persistence/vector-index/quantized.js';

export interface PlacedWindow {
  vector: readonly number[];
  chunkFirst: number;
  chunkLast: number;
}

export const unit = (vector: readonly number[]): Float32Array => {
  const norm = Math.hypot(...vector);
  return Float32Array.from(vector, (value) => value / norm);
};

/** Rows of knowledge, as ingestion writes them. */
export function createRows(sql: Queryable) {
  const bump = (projectId: string, storeId: string) =>
    sql.query('update vector_stores set version = version + 1 where project_id = $1 and id = $2', [projectId, storeId]);

  return {
    async project(): Promise<string> {
      const id = randomUUID();
      await sql.query('insert into projects (id, name) values ($1, $2)', [id, 'test']);
      return id;
    },

    async store(projectId: string, id: string = randomUUID()): Promise<string> {
      await sql.query(
        `insert into vector_stores (project_id, id, name, max_chunk_tokens, chunk_overlap_tokens, embedding_model,
           last_active_at, created_at) values ($1, $2, '', 800, 400, 'm', now(), now())`,
        [projectId, id],
      );
      return id;
    },

    /** A file in a store with its windows, in blocks of 64; not quantized, as those of earlier versions. */
    async file(
      projectId: string,
      storeId: string,
      windows: readonly PlacedWindow[],
      { id = randomUUID() as string, status = 'completed', isQuantized = true } = {},
    ): Promise<string> {
      await sql.query(
        `insert into files (project_id, id, filename, purpose, bytes, sha256, content_type, created_at)
         values ($1, $2, 'f', 'assistants', 1, '', 'text/plain', now()) on conflict do nothing`,
        [projectId, id],
      );
      await sql.query(
        `insert into vector_store_files (project_id, store_id, file_id, id, status, max_chunk_tokens, chunk_overlap_tokens,
           window_count, has_vectors, created_at) values ($1, $2, $3, $4, $5, 800, 400, $6, true, now())`,
        [projectId, storeId, id, randomUUID(), status, windows.length],
      );
      for (let from = 0; from < windows.length; from += 64) {
        const block = windows.slice(from, from + 64);
        const vectors = Float32Array.from(block.flatMap(({ vector }) => [...unit(vector)]));
        await sql.query(
          `insert into window_blocks (project_id, store_id, file_id, position, id, starts, ends, chunk_firsts, chunk_lasts, vectors, quantized)
           values ($1, $2, $3, $4, $5, $6::int[], $7::int[], $8::int[], $9::int[], $10, $11)`,
          [
            projectId,
            storeId,
            id,
            from,
            randomUUID(),
            block.map((_window, n) => (from + n) * 10),
            block.map((_window, n) => (from + n) * 10 + 10),
            block.map(({ chunkFirst }) => chunkFirst),
            block.map(({ chunkLast }) => chunkLast),
            Buffer.from(vectors.buffer),
            isQuantized ? packQuantized(quantize(vectors, vectors.length / block.length)) : null,
          ],
        );
      }
      await bump(projectId, storeId);
      return id;
    },

    async complete(projectId: string, storeId: string, fileId: string): Promise<void> {
      await sql.query(
        `update vector_store_files set status = 'completed' where project_id = $1 and store_id = $2 and file_id = $3`,
        [projectId, storeId, fileId],
      );
      await bump(projectId, storeId);
    },

    async detach(projectId: string, storeId: string, fileId: string): Promise<void> {
      await sql.query('delete from vector_store_files where project_id = $1 and store_id = $2 and file_id = $3', [
        projectId,
        storeId,
        fileId,
      ]);
      await bump(projectId, storeId);
    },

    async indexed(projectId: string, storeId: string) {
      const { rows } = await sql.query<{ version: bigint }>(
        'select version from vector_stores where project_id = $1 and id = $2',
        [projectId, storeId],
      );
      return { id: storeId, version: rows[0]?.version ?? 0n };
    },
  };
}
