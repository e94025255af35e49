import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import { newUuid, parsePublicId, toPublicId } from '../../domain/ids.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Owner, Principal } from '../../domain/principal.js';
import {
  type Attributes,
  type Chunking,
  defaultChunking,
  type FileBatch,
  type SearchResult,
  type StoredChunk,
  type StoreFile,
  type StoreFileStatus,
  storeStatus,
  type VectorStore,
} from '../../domain/vector-store.js';
import type { Notifier } from '../../persistence/notifier.js';
import { type IngestionRepository, STORE_CHANNEL } from '../../persistence/repositories/ingestion.repository.js';
import type { FirstPage } from '../../persistence/repositories/pages.js';
import type { StoreFileRepository } from '../../persistence/repositories/store-file.repository.js';
import type { VectorStoreRepository } from '../../persistence/repositories/vector-store.repository.js';
import { parseInput } from '../validation.js';
import type { Embedder } from './embedder.js';
import type { Ingester } from './ingest/ingester.js';
import { defaultWeights, type Retrieval } from './retrieval.js';
import { rewriteQuery } from './rewrite-query.js';
import {
  AttachFileBody,
  CreateBatchBody,
  CreateStoreBody,
  SearchBody,
  toChunking,
  UpdateFileBody,
  UpdateStoreBody,
} from './vector-store.schema.js';

export interface VectorStoreServiceOptions {
  stores: VectorStoreRepository;
  storeFiles: StoreFileRepository;
  ingestions: IngestionRepository;
  ingester: Ingester;
  retrieval: Retrieval;
  embedder: Embedder;
  notifier: Notifier;
  clock: Clock;
  maxProjectStores: number;
  hasFile(owner: Owner, id: string): Promise<boolean>;
}

/** A search's answer: the questions as they were asked of the index, and what they found. */
export interface SearchAnswer {
  queries: string[];
  results: SearchResult[];
}

export type VectorStoreService = ReturnType<typeof createVectorStoreService>;

const LOOK_AGAIN_MS = 2000;
/** Dimensions of models that say so beforehand. */
const KNOWN_DIMENSIONS: Record<string, number> = { 'local-embedding-1': 512 };

/** Vector stores: what they hold, how it gets in, and how it is found (vector stores section). */
export function createVectorStoreService(options: VectorStoreServiceOptions) {
  const { stores, storeFiles, ingestions, ingester, retrieval, embedder, clock } = options;
  const watchers = new Map<string, Set<() => void>>();
  options.notifier.on(STORE_CHANNEL, (storeId) => {
    for (const wake of watchers.get(storeId) ?? []) wake();
  });

  const get = async (principal: Principal, publicId: string): Promise<VectorStore> => {
    const id = parsePublicId('vectorStore', publicId);
    const [store] = id === null ? [] : await stores.findMany(principal, [id]);
    if (store === undefined) throw errors.notFound(publicId);
    return store;
  };

  const fileUuid = (publicId: string): string => {
    const id = parsePublicId('file', publicId);
    if (id === null) throw errors.notFound(publicId);
    return id;
  };

  const checkUsable = (store: VectorStore): void => {
    if (storeStatus(store, clock.now()) === 'expired')
      throw errors.invalidValue(
        'vector_store_id',
        `Vector store '${toPublicId('vectorStore', store.id)}' has expired.`,
      );
    if (store.embeddingModel !== embedder.model)
      throw errors.unsupportedValue(
        'vector_store_id',
        `The store holds vectors of '${store.embeddingModel}', but this server embeds with '${embedder.model}'. Vectors of two models are never mixed: create another store.`,
      );
  };

  interface Wanted {
    fileId: string;
    /** The path of the id in the request. */
    param: string;
    attributes: Attributes;
    chunking: Chunking;
  }

  /** Attaches files and queues them, all or none. @throws 404 for a file that is not there, 400 for one cut otherwise */
  const attach = async (
    principal: Principal,
    store: VectorStore,
    wanted: readonly Wanted[],
    batchId: string | null,
  ): Promise<StoreFile[]> => {
    const { id: storeId } = store;
    const byFile = new Map<string, Wanted>();
    for (const file of wanted) {
      const uuid = parsePublicId('file', file.fileId);
      if (uuid === null) throw errors.fileNotFound(file.fileId, file.param);
      byFile.set(uuid, file);
    }
    const rows = [...byFile].map(([fileId, { attributes, chunking }]) => ({
      fileId,
      id: newUuid(),
      attributes,
      chunking,
    }));
    const batch = batchId === null ? null : { id: batchId, createdAtMs: clock.now() };
    const attached = await storeFiles.attach(principal, storeId, rows, batch, clock.now());
    if (attached.length < rows.length) throw await whyNotAttached(principal, store, byFile);
    await ingester.enqueue(attached.filter(({ status }) => status === 'in_progress'));
    return attached;
  };

  const whyNotAttached = async (principal: Principal, store: VectorStore, wanted: ReadonlyMap<string, Wanted>) => {
    for (const [uuid, { fileId, param, chunking }] of wanted) {
      const there = await storeFiles.find(store.projectId, store.id, uuid);
      const isOther =
        there !== null &&
        (there.chunking.maxTokens !== chunking.maxTokens || there.chunking.overlapTokens !== chunking.overlapTokens);
      if (isOther)
        return errors.invalidValue(
          param,
          `File '${fileId}' is in the store with another chunking strategy. Remove it first to have it cut anew.`,
        );
      if (there === null && !(await options.hasFile(principal, uuid))) return errors.fileNotFound(fileId, param);
    }
    return errors.invalidValue('file_ids', 'The files changed meanwhile. Try again.');
  };

  const getFile = async (store: VectorStore, publicId: string): Promise<StoreFile> => {
    const file = await storeFiles.find(store.projectId, store.id, fileUuid(publicId));
    if (file === null) throw errors.notFound(publicId);
    return file;
  };

  const getBatch = async (store: VectorStore, publicId: string): Promise<FileBatch> => {
    const id = parsePublicId('fileBatch', publicId);
    const batch = id === null ? null : await storeFiles.findBatch(store.projectId, store.id, id);
    if (batch === null) throw errors.notFound(publicId);
    return batch;
  };

  const knownCursor = <Row>(page: Page<Row> | 'unknown-cursor'): Page<Row> => {
    if (page === 'unknown-cursor') throw errors.invalidValue('after', 'The cursor is not a file of this list.');
    return page;
  };

  /** Waits until something about the store changes, or for a while. */
  const changed = async (storeId: string, signal: AbortSignal): Promise<void> => {
    const waiters = watchers.get(storeId) ?? new Set();
    watchers.set(storeId, waiters);
    const stop = new AbortController();
    let wake: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    waiters.add(wake);
    try {
      await Promise.race([
        woken,
        sleep(LOOK_AGAIN_MS, undefined, { signal: AbortSignal.any([signal, stop.signal]) }).catch(() => undefined),
      ]);
    } finally {
      stop.abort();
      waiters.delete(wake);
      if (waiters.size === 0) watchers.delete(storeId);
    }
  };

  return {
    /** @throws 400 for a bad body, 404 for a file that is not there, 429 when the project has too many stores */
    async create(principal: Principal, unchecked: unknown): Promise<VectorStore> {
      const body = parseInput(CreateStoreBody, unchecked);
      const nowMs = clock.now();
      const store: VectorStore = {
        projectId: principal.projectId,
        id: newUuid(),
        name: body.name ?? '',
        description: body.description ?? null,
        metadata: body.metadata ?? {},
        chunking: toChunking(body.chunking_strategy) ?? defaultChunking,
        embeddingModel: embedder.model,
        embeddingDimensions: KNOWN_DIMENSIONS[embedder.model] ?? null,
        version: 1n,
        expiresAfterDays: body.expires_after?.days ?? null,
        lastActiveAtMs: nowMs,
        createdAtMs: nowMs,
        endUser: principal.endUser,
        counts: { in_progress: 0, completed: 0, failed: 0, cancelled: 0 },
        usageBytes: 0,
        filesWithoutVectors: 0,
      };
      if (!(await stores.create(store, options.maxProjectStores)))
        throw errors.insufficientQuota(`The project may keep ${options.maxProjectStores} vector stores.`);
      const wanted = (body.file_ids ?? []).map((fileId, index) => ({
        fileId,
        param: `file_ids[${index}]`,
        attributes: {},
        chunking: store.chunking,
      }));
      if (wanted.length === 0) return store;
      try {
        await attach(principal, store, wanted, null);
      } catch (error) {
        await stores.delete(store.projectId, store.id);
        throw error;
      }
      return get(principal, toPublicId('vectorStore', store.id));
    },

    /** @throws 404 */
    get,

    /** By UUID; those that are not there are left out. */
    findMany: (principal: Principal, ids: readonly string[]): Promise<VectorStore[]> => stores.findMany(principal, ids),

    list: (principal: Principal, page: PageRequest<string>): Promise<Page<VectorStore>> => stores.list(principal, page),

    /** Changes the given fields; null clears one. @throws 404, 400 */
    async update(principal: Principal, publicId: string, unchecked: unknown): Promise<VectorStore> {
      const body = parseInput(UpdateStoreBody, unchecked);
      const { id } = await get(principal, publicId);
      await stores.update(principal.projectId, id, {
        ...(body.name === undefined ? {} : { name: body.name ?? '' }),
        ...(body.description === undefined ? {} : { description: body.description }),
        ...(body.metadata === undefined ? {} : { metadata: body.metadata ?? {} }),
        ...(body.expires_after === undefined ? {} : { expiresAfterDays: body.expires_after?.days ?? null }),
      });
      return get(principal, publicId);
    },

    /** Deletes the store; its files stay. @throws 404 */
    async delete(principal: Principal, publicId: string): Promise<VectorStore> {
      const store = await get(principal, publicId);
      if (!(await stores.delete(store.projectId, store.id))) throw errors.notFound(publicId);
      return store;
    },

    /** What a person should know about how the store is searched, or null if all is well. */
    note(store: VectorStore): string | null {
      if (store.embeddingModel !== embedder.model)
        return `Searched by words only: its vectors are of '${store.embeddingModel}', this server embeds with '${embedder.model}'.`;
      const fault = embedder.fault();
      if (fault !== null) return `Searched by words only: there are no embeddings at present. ${fault}`;
      return store.filesWithoutVectors === 0
        ? null
        : `${store.filesWithoutVectors} of its files have no vectors and are found by their words only.`;
    },

    /** Attaches one file and starts indexing it. @throws 404, 400 */
    async attachFile(principal: Principal, storeId: string, unchecked: unknown): Promise<StoreFile> {
      const body = parseInput(AttachFileBody, unchecked);
      const store = await get(principal, storeId);
      checkUsable(store);
      const wanted = {
        fileId: body.file_id,
        param: 'file_id',
        attributes: body.attributes ?? {},
        chunking: toChunking(body.chunking_strategy) ?? store.chunking,
      };
      return (await attach(principal, store, [wanted], null))[0] as StoreFile;
    },

    /** @throws 404 */
    async getFile(principal: Principal, storeId: string, fileId: string): Promise<StoreFile> {
      return getFile(await get(principal, storeId), fileId);
    },

    /** Cursors are UUIDs of files. @throws 404, 400 for an unknown cursor */
    async listFiles(
      principal: Principal,
      storeId: string,
      page: PageRequest<string>,
      status: StoreFileStatus | null,
    ): Promise<Page<StoreFile>> {
      const store = await get(principal, storeId);
      return knownCursor(await storeFiles.list(store.projectId, store.id, page, status));
    },

    /** The first files of many stores, by UUID. */
    listFilesOfMany: (
      principal: Principal,
      uuids: readonly string[],
      page: FirstPage,
    ): Promise<Map<string, Page<StoreFile>>> => storeFiles.listOfMany(principal.projectId, uuids, page),

    /** Replaces the attributes of a file in a store. @throws 404, 400 */
    async updateFile(principal: Principal, storeId: string, fileId: string, unchecked: unknown): Promise<StoreFile> {
      const { attributes } = parseInput(UpdateFileBody, unchecked);
      const store = await get(principal, storeId);
      const file = await storeFiles.updateAttributes(store.projectId, store.id, fileUuid(fileId), attributes ?? {});
      if (file === null) throw errors.notFound(fileId);
      return file;
    },

    /** Takes a file out of a store; the file stays. @throws 404 */
    async detachFile(principal: Principal, storeId: string, fileId: string): Promise<StoreFile> {
      const store = await get(principal, storeId);
      const file = await getFile(store, fileId);
      if (!(await storeFiles.detach(store.projectId, store.id, file.fileId))) throw errors.notFound(fileId);
      return file;
    },

    /** Stops indexing a file; one that is done stays. @throws 404 */
    async cancelFile(principal: Principal, storeId: string, fileId: string): Promise<StoreFile> {
      const store = await get(principal, storeId);
      const file = await getFile(store, fileId);
      await ingestions.end(file, 'cancelled', null);
      return getFile(store, fileId);
    },

    /** The text of a file as it was indexed, from the chunk at `position` on, each stretch of it once. @throws 404 */
    async fileContent(
      principal: Principal,
      storeId: string,
      fileId: string,
      position: number,
      limit: number,
    ): Promise<{ texts: string[]; next: number | null }> {
      const store = await get(principal, storeId);
      const file = await getFile(store, fileId);
      const from = Math.max(0, position - 1);
      const chunks = await storeFiles.listChunks(store.projectId, store.id, file.fileId, from, limit + 2);
      const before = position === 0 ? undefined : chunks.shift();
      const shown = chunks.slice(0, limit);
      return { texts: withoutOverlap(shown, before?.end ?? 0), next: chunks.length > limit ? position + limit : null };
    },

    /** Attaches many files, all or none. @throws 404, 400 */
    async createBatch(principal: Principal, storeId: string, unchecked: unknown): Promise<FileBatch> {
      const body = parseInput(CreateBatchBody, unchecked);
      if (body.files && body.file_ids) throw errors.mutuallyExclusive('files', 'file_ids');
      if (!body.files && !body.file_ids) throw errors.missingParameter('file_ids');
      const store = await get(principal, storeId);
      checkUsable(store);
      const shared = {
        attributes: body.attributes ?? {},
        chunking: toChunking(body.chunking_strategy) ?? store.chunking,
      };
      const wanted: Wanted[] = body.files
        ? body.files.map((file, index) => ({
            fileId: file.file_id,
            param: `files[${index}].file_id`,
            attributes: file.attributes ?? {},
            chunking: toChunking(file.chunking_strategy) ?? store.chunking,
          }))
        : (body.file_ids ?? []).map((fileId, index) => ({ fileId, param: `file_ids[${index}]`, ...shared }));
      const batchId = newUuid();
      await attach(principal, store, wanted, batchId);
      return getBatch(store, toPublicId('fileBatch', batchId));
    },

    /** @throws 404 */
    async getBatch(principal: Principal, storeId: string, batchId: string): Promise<FileBatch> {
      return getBatch(await get(principal, storeId), batchId);
    },

    /** Stops indexing what of a batch is not done. @throws 404 */
    async cancelBatch(principal: Principal, storeId: string, batchId: string): Promise<FileBatch> {
      const store = await get(principal, storeId);
      const { id } = await getBatch(store, batchId);
      await storeFiles.cancelBatch(store.projectId, id);
      return getBatch(store, batchId);
    },

    /** @throws 404, 400 for an unknown cursor */
    async listBatchFiles(
      principal: Principal,
      storeId: string,
      batchId: string,
      page: PageRequest<string>,
      status: StoreFileStatus | null,
    ): Promise<Page<StoreFile>> {
      const { projectId, id } = await getBatch(await get(principal, storeId), batchId);
      return knownCursor(await storeFiles.listOfBatch(projectId, id, page, status));
    },

    /**
     * Searches stores by their public ids, or all of the project.
     *
     * @throws 400 for a bad body or an expired store, 404 for one that is not there
     */
    async search(
      principal: Principal,
      storeIds: readonly string[] | null,
      unchecked: unknown,
      signal: AbortSignal,
    ): Promise<SearchAnswer> {
      const body = parseInput(SearchBody, unchecked);
      const uuids = storeIds?.map((publicId) => {
        const uuid = parsePublicId('vectorStore', publicId);
        if (uuid === null) throw errors.notFound(publicId);
        return uuid;
      });
      const asked = typeof body.query === 'string' ? [body.query] : body.query;
      const queries = body.rewrite_query === true ? asked.map(rewriteQuery) : asked;
      const results = await retrieval.search({
        owner: principal,
        storeIds: uuids ?? null,
        queries,
        filter: body.filters ?? null,
        limit: body.max_num_results ?? 10,
        threshold: body.ranking_options?.score_threshold ?? 0,
        weights: toWeights(body.ranking_options?.hybrid_search),
        signal,
      });
      return { queries, results };
    },

    /** The store now, and again whenever its files have moved on, until none of them is in progress. @throws 404 */
    async follow(principal: Principal, publicId: string, signal: AbortSignal): Promise<AsyncGenerator<VectorStore>> {
      const first = await get(principal, publicId);
      return (async function* () {
        let store = first;
        let shown = '';
        for (;;) {
          const state = JSON.stringify([store.counts, store.version.toString(), store.usageBytes]);
          if (state !== shown) yield store;
          shown = state;
          if (store.counts.in_progress === 0 || signal.aborted) return;
          await changed(store.id, signal);
          if (signal.aborted) return;
          const [next] = await stores.findMany(principal, [store.id]);
          if (next === undefined) return;
          store = next;
        }
      })();
    },
  };
}

/** Weights that add up to 1. */
export const toWeights = (given: { embedding_weight: number; text_weight: number } | null | undefined) => {
  if (given === null || given === undefined) return defaultWeights;
  const sum = given.embedding_weight + given.text_weight;
  return { embedding: given.embedding_weight / sum, text: given.text_weight / sum };
};

/** Chunks overlap; their text one after another does not. */
function withoutOverlap(chunks: readonly StoredChunk[], from: number): string[] {
  let end = from;
  return chunks.map((chunk) => {
    const text = chunk.text.slice(Math.max(0, end - chunk.start));
    end = Math.max(end, chunk.end);
    return text;
  });
}
