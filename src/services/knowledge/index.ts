import type { Clock } from '../../domain/clock.js';
import type { Logger } from '../../observability/logger.js';
import type { BlobStore } from '../../persistence/blobs/blob-store.js';
import type { Queryable } from '../../persistence/database.js';
import type { JobQueue } from '../../persistence/job-queue.js';
import type { Notifier } from '../../persistence/notifier.js';
import { createFileRepository } from '../../persistence/repositories/file.repository.js';
import { createIngestionRepository } from '../../persistence/repositories/ingestion.repository.js';
import { createSearchRepository } from '../../persistence/repositories/search.repository.js';
import { createStoreFileRepository } from '../../persistence/repositories/store-file.repository.js';
import { createVectorStoreRepository } from '../../persistence/repositories/vector-store.repository.js';
import { createVectorIndex, type VectorIndexKind } from '../../persistence/vector-index/index.js';
import { createFileService, type FileLimits } from '../files/file.service.js';
import { createFileInliner } from '../files/file-inliner.js';
import { createFileSweeper } from '../files/file-sweeper.js';
import type { ModelRouter } from '../models/model-router.js';
import type { MeteredCalls } from '../usage/metered-calls.js';
import { createEmbedder } from './embedder.js';
import { createFileSearch } from './file-search.js';
import { createDocumentReader } from './ingest/document-reader.js';
import { createIngester } from './ingest/ingester.js';
import { createRetrieval } from './retrieval.js';
import { createSearchCharge } from './search-charge.js';
import { createStoreAttachments } from './store-attachments.js';
import { createStoreChanges } from './store-changes.js';
import { createStoreCheck } from './store-check.js';
import { createStoreFileService } from './store-file.service.js';
import { createVectorStoreService } from './vector-store.service.js';

/** What one project may keep, and what an unknown store does. */
export interface KnowledgeLimits extends FileLimits {
  maxProjectStores: number;
  maxProjectChunks: number;
  /** A request that names a store which is not there is refused before it runs. */
  refusesUnknownStores: boolean;
}

export interface KnowledgeOptions {
  databaseUrl: string;
  sql: Queryable;
  notifier: Notifier;
  jobs: JobQueue;
  router: ModelRouter;
  /** What pays for searches; made later. */
  calls(): MeteredCalls;
  /** Observes how long searches take, their embedding included. */
  onSearched(seconds: number): void;
  logger: Logger;
  clock: Clock;
  blobs: BlobStore;
  /** A reload changes them in place. */
  limits: KnowledgeLimits;
  /** Name of the embedding model, as routes know it. */
  embeddingModel: string;
  vectorIndex: VectorIndexKind;
  /** Memory for vectors that are searched, in bytes. */
  vectorCacheBytes: number;
}

/** Files, vector stores and the search in them: everything that knowledge is made of, joined. */
export async function createKnowledge(options: KnowledgeOptions) {
  const { sql, blobs, databaseUrl, notifier, jobs, router, logger, clock, limits } = options;
  const fileRows = createFileRepository(sql);
  const stores = createVectorStoreRepository(sql);
  const ingestions = createIngestionRepository(sql);

  const files = createFileService({ files: fileRows, blobs, jobs, clock, limits });
  const sweeper = createFileSweeper({ files, logger });
  const embedder = createEmbedder({ router, model: options.embeddingModel });
  const index = await createVectorIndex({
    kind: options.vectorIndex,
    sql,
    databaseUrl,
    cacheBytes: options.vectorCacheBytes,
    logger,
  });
  const retrieval = createRetrieval({
    search: createSearchRepository(sql),
    stores,
    index,
    embedder,
    now: () => clock.now(),
    onSearched: options.onSearched,
  });
  const ingester = createIngester({
    jobs,
    ingestions,
    stores,
    blobs,
    reader: createDocumentReader(),
    embedder,
    index,
    logger,
    limits,
  });
  const storeFileRows = createStoreFileRepository(sql);
  const attachments = createStoreAttachments({
    storeFiles: storeFileRows,
    ingester,
    clock,
    hasFile: async (owner, id) => (await fileRows.findMany(owner, [id])).length > 0,
  });
  const vectorStores = createVectorStoreService({
    stores,
    attachments,
    changes: createStoreChanges(notifier),
    retrieval,
    charge: createSearchCharge({ router, calls: options.calls, model: options.embeddingModel }),
    embedder,
    clock,
    limits,
  });
  const storeFiles = createStoreFileService({
    stores: vectorStores,
    storeFiles: storeFileRows,
    attachments,
    ingestions,
    embedder,
    clock,
  });

  return {
    files,
    vectorStores,
    storeFiles,
    inliner: createFileInliner({ files: fileRows, blobs }),
    fileSearch: createFileSearch(retrieval),
    checkStores: createStoreCheck(stores, limits),
    recover: () => ingester.recover(),
    async close(): Promise<void> {
      await sweeper.close();
      await ingester.close();
      await index.close();
    },
  };
}
