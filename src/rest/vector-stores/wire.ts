import { toPublicId } from '../../domain/ids.js';
import {
  batchStatus,
  type Chunking,
  type FileBatch,
  type FileCounts,
  type SearchResult,
  type StoreFile,
  storeExpiresAtMs,
  storeStatus,
  type VectorStore,
} from '../../domain/vector-store.js';

const seconds = (epochMs: number): number => Math.floor(epochMs / 1000);

const toCounts = (counts: FileCounts) => ({
  ...counts,
  total: counts.in_progress + counts.completed + counts.failed + counts.cancelled,
});

const toStrategy = ({ maxTokens, overlapTokens }: Chunking) => ({
  type: 'static',
  static: { max_chunk_size_tokens: maxTokens, chunk_overlap_tokens: overlapTokens },
});

/** @param note what a person should know about how it is searched; null when all is well */
export function toWireStore(store: VectorStore, note: string | null) {
  const expiresAtMs = storeExpiresAtMs(store);
  return {
    id: toPublicId('vectorStore', store.id),
    object: 'vector_store',
    created_at: seconds(store.createdAtMs),
    name: store.name,
    description: store.description,
    usage_bytes: store.usageBytes,
    file_counts: toCounts(store.counts),
    status: storeStatus(store, Date.now()),
    expires_after: store.expiresAfterDays === null ? null : { anchor: 'last_active_at', days: store.expiresAfterDays },
    expires_at: expiresAtMs === null ? null : seconds(expiresAtMs),
    last_active_at: seconds(store.lastActiveAtMs),
    metadata: store.metadata,
    search: {
      mode: note === null ? 'hybrid' : 'degraded',
      note,
      embedding_model: store.embeddingModel,
      embedding_dimensions: store.embeddingDimensions,
    },
  };
}

export const toWireFile = (file: StoreFile) => ({
  id: toPublicId('file', file.fileId),
  object: 'vector_store.file',
  created_at: seconds(file.createdAtMs),
  vector_store_id: toPublicId('vectorStore', file.storeId),
  status: file.status,
  last_error: file.error,
  usage_bytes: file.usageBytes,
  attributes: file.attributes,
  chunking_strategy: toStrategy(file.chunking),
});

export const toWireBatch = (batch: FileBatch) => ({
  id: toPublicId('fileBatch', batch.id),
  object: 'vector_store.files_batch',
  created_at: seconds(batch.createdAtMs),
  vector_store_id: toPublicId('vectorStore', batch.storeId),
  status: batchStatus(batch),
  file_counts: toCounts(batch.counts),
});

export const toWireResult = ({ fileId, filename, score, attributes, chunk }: SearchResult) => ({
  file_id: toPublicId('file', fileId),
  filename,
  score,
  attributes,
  content: [{ type: 'text', text: chunk.text }],
});
