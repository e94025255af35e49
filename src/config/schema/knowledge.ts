import { z } from 'zod';
import { BUILT_IN_EMBEDDING } from '../../domain/model.js';

const count = (byDefault: number) => z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(byDefault);

/** Where the bytes of files lie. */
const StorageSchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('disk').describe('The folder `files` in DATA_DIR, which replicas have to share.'),
    }),
    z.strictObject({
      type: z.literal('s3').describe('A bucket of an S3-compatible service.'),
      endpoint: z.url({ protocol: /^https?$/ }).describe('E.g. https://s3.eu-central-1.amazonaws.com.'),
      region: z.string().min(1).default('us-east-1').describe('Default us-east-1.'),
      bucket: z.string().min(1).describe('It has to exist.'),
      access_key_id: z
        .string()
        .min(1)
        .describe('Of a user who may read, write, list and delete objects of the bucket.'),
      secret_access_key: z.string().min(1).describe('Best named by an environment variable.'),
      prefix: z
        .string()
        .regex(/^[\w./-]*$/)
        .default('')
        .describe('Put in front of every object. Default none.'),
      path_style: z.boolean().default(true).describe('The bucket is part of the path, not of the host. Default true.'),
    }),
  ])
  .describe('Where uploaded files lie. Default: on disk.');

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
    .default(BUILT_IN_EMBEDDING.model)
    .describe('Model whose vectors stores hold, by a name of the routes. Default: the built-in one, for English.'),
  unknown_vector_stores: z
    .enum(['fail_run', 'not_found'])
    .default('fail_run')
    .describe(
      'A request whose file_search names a store that does not exist: fail_run (default): 200, and the response ends failed. not_found: 404, and nothing is run.',
    ),
  storage: StorageSchema.default({ type: 'disk' }),
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
