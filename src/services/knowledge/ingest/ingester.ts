import { newUuid } from '../../../domain/ids.js';
import type { StoreFileError } from '../../../domain/vector-store.js';
import type { Logger } from '../../../observability/logger.js';
import type { BlobStore } from '../../../persistence/blobs/blob-store.js';
import type { Attempt, JobKind, JobQueue } from '../../../persistence/job-queue.js';
import type {
  Ingestion,
  IngestionKey,
  IngestionRepository,
} from '../../../persistence/repositories/ingestion.repository.js';
import type { VectorStoreRepository } from '../../../persistence/repositories/vector-store.repository.js';
import type { VectorIndex } from '../../../persistence/vector-index/vector-index.js';
import { type Embedder, EmbeddingsUnavailable } from '../embedder.js';
import { DocumentError } from './document.js';
import type { DocumentReader, OpenDocument } from './document-reader.js';
import type { ReadChunk, ReadWindow } from './reading-worker.js';
import { titleOf } from './title.js';

export interface IngesterOptions {
  jobs: JobQueue;
  ingestions: IngestionRepository;
  stores: VectorStoreRepository;
  blobs: BlobStore;
  reader: DocumentReader;
  embedder: Embedder;
  index: VectorIndex;
  logger: Logger;
  /** Chunks one project may keep. */
  limits: { maxProjectChunks: number };
}

export interface Ingester {
  /** Durable when it resolves; every key once, however often it is asked for. */
  enqueue(files: readonly (IngestionKey & { id: string })[]): Promise<void>;
  /** Takes up files whose jobs were lost: a process may die between the two writes. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** Chunks per write, and windows per call of the embedding model: some 2 seconds of the built-in one's work. */
const CHUNKS = 64;
const WINDOWS = 64;
/** Attempts, some seconds in all, before a file has to do without vectors for good. */
const TRIES_FOR_VECTORS = 3;
const RECOVER_EVERY_MS = 60_000;
/** Jobs are sent within this; what is older and still open may have lost its own. */
const LOST_AFTER_MS = 60_000;

/**
 * Reads, cuts, embeds and stores the files of vector stores, as durable jobs. An attempt that is interrupted, by a crash or
 * a restart, is followed by one that goes on behind the last block of vectors.
 */
export function createIngester(options: IngesterOptions): Ingester {
  const { jobs, ingestions, stores, blobs, reader, embedder, logger, limits } = options;

  const fail = (key: IngestionKey, code: StoreFileError['code'], message: string): Promise<void> =>
    ingestions.end(key, 'failed', { code, message });

  const run = async (key: IngestionKey, attempt: Attempt): Promise<void> => {
    const ingestion = await ingestions.find(key);
    if (ingestion === null) return;
    try {
      await ingest(key, ingestion, attempt);
    } catch (error) {
      if (error instanceof DocumentError) return fail(key, error.code, error.message);
      // A stopping process leaves the rest to the next one.
      if (attempt.isLast && !attempt.signal.aborted)
        await fail(key, 'server_error', 'The file could not be indexed. Attach it again to have it tried again.');
      throw error;
    }
  };

  const ingest = async (key: IngestionKey, ingestion: Ingestion, attempt: Attempt): Promise<void> => {
    const { filename, maxTokens, overlapTokens } = ingestion;
    const windows = await blobs.withLocalFile({ projectId: key.projectId, id: key.fileId }, (file) =>
      reader.read({ file, filename, maxTokens, overlapTokens }, (document) =>
        storeChunks(key, document, attempt.signal),
      ),
    );
    if (windows === null) return;
    const hasVectors = await embed(key, ingestion, windows, attempt);
    if (hasVectors === null) return;
    await ingestions.complete(key, hasVectors);
    void options.index.refresh(key.projectId, key.storeId);
  };

  /** Writes the chunks; answers the windows to embed, or null if the file is no longer wanted. */
  const storeChunks = async (key: IngestionKey, document: OpenDocument, signal: AbortSignal) => {
    const size = { chunks: document.chunkCount, tokens: document.tokens, windows: document.windowCount };
    const reserved = await ingestions.reserve(key, size, limits.maxProjectChunks);
    if (reserved === 'gone') return null;
    if (reserved === 'full') {
      await fail(
        key,
        'server_error',
        `The project may keep ${limits.maxProjectChunks} chunks; this file's do not fit.`,
      );
      return null;
    }
    const places: ReadChunk[] = [];
    for (let from = 0; from < document.chunkCount; from += CHUNKS) {
      signal.throwIfAborted();
      const read = await document.chunks(from, from + CHUNKS);
      const isWanted = await ingestions.addChunks(
        key,
        read.map((chunk, index) => ({ ...chunk, position: from + index })),
      );
      if (!isWanted) return null;
      for (const chunk of read) places.push({ ...chunk, text: '' });
    }
    const windows: (ReadWindow & ChunkRange)[] = [];
    for (let from = 0; from < document.windowCount; from += 4 * WINDOWS)
      for (const window of await document.windows(from, from + 4 * WINDOWS))
        windows.push({ ...window, ...chunksAround(places, window) });
    return windows;
  };

  /** Whether the file has vectors now; null if it is no longer wanted. */
  const embed = async (
    key: IngestionKey,
    ingestion: Ingestion,
    windows: readonly (ReadWindow & ChunkRange)[],
    { signal, number }: Attempt,
  ): Promise<boolean | null> => {
    if (ingestion.embeddingModel !== embedder.model) {
      await fail(
        key,
        'server_error',
        `The store holds vectors of '${ingestion.embeddingModel}', but this server embeds with '${embedder.model}'.`,
      );
      return null;
    }
    const title = titleOf(ingestion.filename);
    // Blocks are written in order, so those of an earlier attempt are the first ones.
    for (let from = ingestion.embeddedWindows; from < windows.length; from += WINDOWS) {
      signal.throwIfAborted();
      const slice = windows.slice(from, from + WINDOWS);
      let vectors: Float32Array[];
      try {
        vectors = await embedder.embed(
          slice.map(({ text }) => title + text),
          signal,
          'patient',
        );
      } catch (error) {
        // A model that is started anew is back in a moment.
        if (!(error instanceof EmbeddingsUnavailable) || number < TRIES_FOR_VECTORS) throw error;
        logger.warn({ reason: error.message }, 'a file is indexed by its words only');
        return false;
      }
      const dimensions = vectors[0]?.length ?? 0;
      const fixed = await stores.fixDimensions(key.projectId, key.storeId, dimensions);
      if (fixed !== null && fixed !== dimensions) {
        await fail(
          key,
          'server_error',
          `The store holds vectors of ${fixed} dimensions, but '${embedder.model}' now answers with ${dimensions}.`,
        );
        return null;
      }
      const block = { position: from, id: newUuid(), windows: slice, vectors: joined(vectors) };
      if (!(await ingestions.addBlock(key, block, Math.min(from + WINDOWS, windows.length)))) return null;
    }
    return windows.length > 0;
  };

  const kind: JobKind<IngestionKey> = jobs.define<IngestionKey>(
    'ingest_file',
    {
      // An upstream may be away for two minutes; most are back at once.
      retries: 7,
      retryDelaySeconds: 1,
      maxRetryDelaySeconds: 300,
      concurrency: 2,
      timeLimitSeconds: 3600,
      onePer: 'unfinished',
    },
    run,
  );

  const enqueue: Ingester['enqueue'] = (files) =>
    kind.sendMany(
      files.map(({ projectId, storeId, fileId, id }) => ({
        payload: { projectId, storeId, fileId },
        options: { key: id },
      })),
    );

  let recovering: Promise<void> = Promise.resolve();
  const recover = async (): Promise<void> => {
    const open = await ingestions.findOpen(Date.now() - LOST_AFTER_MS, 1000);
    if (open.length > 0) await enqueue(open);
  };
  const recoverSafely = (): void => {
    recovering = recovering
      .then(recover)
      .catch((err: unknown) => logger.warn({ err }, 'files that were being indexed could not be looked up'));
  };
  const timer = setInterval(recoverSafely, RECOVER_EVERY_MS);
  timer.unref();

  return {
    enqueue,
    recover,
    async close() {
      clearInterval(timer);
      await recovering;
      await reader.close();
    },
  };
}

interface ChunkRange {
  chunkFirst: number;
  chunkLast: number;
}

/** The chunks that a window lies in, by its middle; `places` are in order of their starts and of their ends. */
function chunksAround(places: readonly ReadChunk[], { start, end }: { start: number; end: number }): ChunkRange {
  const middle = (start + end) / 2;
  const isBefore = (index: number): boolean => (places[index]?.end ?? 0) <= middle;
  let low = 0;
  let high = places.length;
  while (low < high) {
    const at = (low + high) >> 1;
    if (isBefore(at)) low = at + 1;
    else high = at;
  }
  const chunkFirst = Math.min(low, places.length - 1);
  let chunkLast = chunkFirst;
  while ((places[chunkLast + 1]?.start ?? Number.POSITIVE_INFINITY) <= middle) chunkLast += 1;
  return { chunkFirst, chunkLast };
}

/** One vector after another. */
function joined(vectors: readonly Float32Array[]): Float32Array {
  const dimensions = vectors[0]?.length ?? 0;
  const all = new Float32Array(vectors.length * dimensions);
  for (const [n, vector] of vectors.entries()) all.set(vector, n * dimensions);
  return all;
}
