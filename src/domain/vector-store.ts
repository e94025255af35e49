/** How a file is cut (vector stores section): 100–4096 tokens, overlapping by at most half. */
export interface Chunking {
  maxTokens: number;
  overlapTokens: number;
}

/** What `auto` means. */
export const defaultChunking: Chunking = { maxTokens: 800, overlapTokens: 400 };

export type StoreFileStatus = 'in_progress' | 'completed' | 'failed' | 'cancelled';

export type FileCounts = Record<StoreFileStatus, number>;

/** A vector store as it stands. */
export interface VectorStore {
  projectId: string;
  /** UUID. */
  id: string;
  name: string;
  description: string | null;
  metadata: Record<string, string>;
  chunking: Chunking;
  /** The model whose vectors it holds; no other's are ever mixed in. */
  embeddingModel: string;
  /** Known once the first file was embedded, where the model does not say beforehand. */
  embeddingDimensions: number | null;
  /** Rises with every change of what it holds. */
  version: bigint;
  expiresAfterDays: number | null;
  lastActiveAtMs: number;
  createdAtMs: number;
  endUser: string | null;
  counts: FileCounts;
  usageBytes: number;
  /** Completed files that could not be embedded: they are found by their words only. */
  filesWithoutVectors: number;
}

const DAY_MS = 86_400_000;

/** When a store expires: so many days after it was last used; null: never. */
export const storeExpiresAtMs = (store: Pick<VectorStore, 'expiresAfterDays' | 'lastActiveAtMs'>): number | null =>
  store.expiresAfterDays === null ? null : store.lastActiveAtMs + store.expiresAfterDays * DAY_MS;

export function storeStatus(store: VectorStore, nowMs: number): 'in_progress' | 'completed' | 'expired' {
  const expiresAtMs = storeExpiresAtMs(store);
  if (expiresAtMs !== null && expiresAtMs <= nowMs) return 'expired';
  return store.counts.in_progress > 0 ? 'in_progress' : 'completed';
}

export type Attributes = Record<string, string | number | boolean>;

export interface StoreFileError {
  code: 'server_error' | 'unsupported_file' | 'invalid_file';
  message: string;
}

/** A file in a store. */
export interface StoreFile {
  projectId: string;
  storeId: string;
  fileId: string;
  /** UUID of this attachment: attached again, the same file has another. */
  id: string;
  batchId: string | null;
  status: StoreFileStatus;
  error: StoreFileError | null;
  attributes: Attributes;
  chunking: Chunking;
  chunkCount: number;
  windowCount: number;
  embeddedWindows: number;
  hasVectors: boolean;
  usageBytes: number;
  createdAtMs: number;
}

/** Files attached together. */
export interface FileBatch {
  projectId: string;
  storeId: string;
  id: string;
  createdAtMs: number;
  cancelledAtMs: number | null;
  counts: FileCounts;
}

export function batchStatus({ cancelledAtMs, counts }: FileBatch): StoreFileStatus {
  if (cancelledAtMs !== null) return 'cancelled';
  if (counts.in_progress > 0) return 'in_progress';
  return counts.failed > 0 && counts.completed === 0 ? 'failed' : 'completed';
}

/** A piece of a file's text, as it is kept. Offsets count UTF-16 units of the text. */
export interface StoredChunk {
  position: number;
  start: number;
  end: number;
  /** Pages of a PDF, from 1. */
  pageStart: number | null;
  pageEnd: number | null;
  tokens: number;
  text: string;
}

/** A condition on a file's attributes (filters section). */
export type AttributeFilter =
  | { type: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte'; key: string; value: string | number | boolean }
  | { type: 'in' | 'nin'; key: string; value: (string | number)[] }
  | { type: 'and' | 'or'; filters: AttributeFilter[] };

/** How nearness in meaning and in words are mixed. */
export interface SearchWeights {
  embedding: number;
  text: number;
}

/** A chunk that was found. */
export interface SearchResult {
  storeId: string;
  fileId: string;
  filename: string;
  attributes: Attributes;
  /** 0–1. */
  score: number;
  chunk: StoredChunk;
}
