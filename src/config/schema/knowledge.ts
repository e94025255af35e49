import { z } from 'zod';

const count = (byDefault: number) => z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(byDefault);

export const KnowledgeSchema = z.strictObject({
  max_file_bytes: count(512 * 1024 ** 2).describe('Largest file. Default 512 MiB.'),
  max_project_bytes: count(20 * 1024 ** 3).describe('Bytes of files per project. Default 20 GiB.'),
  max_project_files: count(100_000).describe('Files per project. Default 100000.'),
  max_project_vector_stores: count(10_000).describe('Vector stores per project. Default 10000.'),
  max_project_chunks: count(1_000_000).describe('Chunks in the vector stores of a project. Default 1000000.'),
  embedding_model: z
    .string()
    .min(1)
    .max(256)
    .default('local-embedding-1')
    .describe('Model whose vectors stores hold, by a name of the routes. Default: the built-in one, for English.'),
  vector_index: z
    .enum(['auto', 'exact', 'pgvector'])
    .default('auto')
    .describe(
      'How vectors are compared. pgvector: in the database, by its extension "vector" (0.8 or newer). exact: in this process. Default auto: pgvector where the database has it.',
    ),
  vector_cache_bytes: count(512 * 1024 ** 2).describe(
    'Memory for vectors that the exact index keeps. Default 512 MiB.',
  ),
});
