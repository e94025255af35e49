import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { packQuantized, quantize } from '../src/persistence/vector-index/quantized.js';

/** Dimensions of the stand-in's embeddings: those of the built-in model. */
export const DIMENSIONS = 384;

/** Texts of default chunks, and the windows that the overlap leaves to each. */
const SENTENCES_PER_CHUNK = 33;
const SENTENCES = 20_000;
const WORDS_PER_SENTENCE = 15;
const WINDOWS_PER_CHUNK = 5;
const CHUNKS_PER_FILE = 100;
const VOCABULARY = 30_000;
const COMMON = [
  'the',
  'of',
  'and',
  'to',
  'in',
  'is',
  'that',
  'for',
  'it',
  'with',
  'as',
  'was',
  'on',
  'are',
  'by',
  'be',
];

/** The same numbers in every run, 0 ≤ n < 1. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const wordOf = (rank: number): string => {
  let word = '';
  for (let rest = rank + 100; rest > 0; rest = Math.floor(rest / 20))
    word += `${'bcdfghjklmnprstvwxyz'.charAt(rest % 20)}${'aeiou'.charAt(rest % 5)}`;
  return word;
};

/** A word as often as words are in texts: by Zipf's law. */
const anyWord = (random: () => number): string =>
  random() < 0.4
    ? (COMMON[Math.floor(random() * COMMON.length)] as string)
    : wordOf(Math.floor(VOCABULARY ** random()));

/** Texts of so many sentences each. */
export function* sentencesOf(texts: number, sentences: number): Generator<string> {
  const random = createRandom(texts);
  const sentence = () => Array.from({ length: WORDS_PER_SENTENCE }, () => anyWord(random)).join(' ');
  for (let n = 0; n < texts; n += 1) yield Array.from({ length: sentences }, sentence).join('. ');
}

/** A question with some common words and four that tell something. */
export const questionOf = (random: () => number): string => {
  const word = () => wordOf(Math.floor(50 * 200 ** random()));
  return `what is the ${word()} of ${word()} for the ${word()} in ${word()}`;
};

function anyVector(random: () => number): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  let sum = 0;
  for (let i = 0; i < DIMENSIONS; i += 1) {
    const value = random() - 0.5;
    vector[i] = value;
    sum += value * value;
  }
  const norm = Math.sqrt(sum);
  for (let i = 0; i < DIMENSIONS; i += 1) vector[i] = (vector[i] as number) / norm;
  return vector;
}

/** Writes files into a store as ingestion leaves them behind: `chunks` of 800 tokens, each with its share of windows. */
export async function fillStore(client: pg.Client, projectId: string, storeId: string, chunks: number): Promise<void> {
  const random = createRandom(chunks);
  const sentences = Array.from({ length: SENTENCES }, () =>
    Array.from({ length: WORDS_PER_SENTENCE }, () => anyWord(random)).join(' '),
  );
  const anySentence = () => sentences[Math.floor(random() * SENTENCES)] as string;
  // The index of words is filled faster at once than row by row.
  await client.query('drop index chunks_words');
  for (let from = 0; from < chunks; from += CHUNKS_PER_FILE) {
    const count = Math.min(CHUNKS_PER_FILE, chunks - from);
    const fileId = randomUUID();
    const positions = Array.from({ length: count }, (_chunk, position) => position);
    const texts = positions.map(() => Array.from({ length: SENTENCES_PER_CHUNK }, anySentence).join('. '));
    await client.query('begin');
    await client.query(
      `insert into files (project_id, id, filename, purpose, bytes, sha256, content_type, created_at)
       values ($1, $2, $3, 'assistants', 1, '', 'text/plain', now())`,
      [projectId, fileId, `file-${from}.txt`],
    );
    await client.query(
      `insert into vector_store_files (project_id, store_id, file_id, id, status, max_chunk_tokens, chunk_overlap_tokens,
         chunk_count, token_count, window_count, embedded_windows, has_vectors, created_at)
       values ($1, $2, $3, $4, 'in_progress', 800, 400, $5, $6, $7, $7, true, now())`,
      [projectId, storeId, fileId, randomUUID(), count, count * 800, count * WINDOWS_PER_CHUNK],
    );
    await client.query(
      `insert into chunks (project_id, store_id, file_id, position, start_offset, end_offset, tokens, text)
       select $1, $2, $3, k.position, k.position * 1600, k.position * 1600 + 3200, 800, k.text
       from unnest($4::int[], $5::text[]) as k(position, text)`,
      [projectId, storeId, fileId, positions, texts],
    );
    const windows = Array.from({ length: count * WINDOWS_PER_CHUNK }, (_window, n) => n);
    for (let first = 0; first < windows.length; first += 64) {
      const block = windows.slice(first, first + 64);
      const vectors = new Float32Array(block.length * DIMENSIONS);
      for (const n of block.keys()) vectors.set(anyVector(random), n * DIMENSIONS);
      const lasts = block.map((n) => Math.floor(n / WINDOWS_PER_CHUNK));
      await client.query(
        `insert into window_blocks (project_id, store_id, file_id, position, id, starts, ends, chunk_firsts, chunk_lasts, vectors, quantized)
         values ($1, $2, $3, $4, $5, $6::int[], $7::int[], $8::int[], $9::int[], $10, $11)`,
        [
          projectId,
          storeId,
          fileId,
          first,
          randomUUID(),
          block.map((n) => n * 320),
          block.map((n) => n * 320 + 300),
          lasts.map((chunk) => Math.max(0, chunk - 1)),
          lasts,
          Buffer.from(vectors.buffer),
          packQuantized(quantize(vectors, DIMENSIONS)),
        ],
      );
    }
    await client.query(
      `update vector_store_files set status = 'completed' where project_id = $1 and store_id = $2 and file_id = $3`,
      [projectId, storeId, fileId],
    );
    await client.query('commit');
  }
  await client.query('update vector_stores set version = version + 1 where project_id = $1 and id = $2', [
    projectId,
    storeId,
  ]);
  await client.query(
    'create index chunks_words on chunks using gin (scoped_words(project_id, store_id, tsv)) with (fastupdate = off)',
  );
  // As autovacuum leaves it; otherwise it comes while searches are timed.
  await client.query('vacuum analyze chunks, window_blocks, vector_store_files, files');
}
