import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import { newUuid, parsePublicId, toPublicId } from '../../domain/ids.js';
import { BUILT_IN_EMBEDDING } from '../../domain/model.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Principal } from '../../domain/principal.js';
import { defaultChunking, type SearchResult, type VectorStore } from '../../domain/vector-store.js';
import type {
  VectorStoreFilter,
  VectorStoreRepository,
} from '../../persistence/repositories/vector-store.repository.js';
import { parseInput } from '../validation.js';
import type { Embedder } from './embedder.js';
import { defaultWeights, type Retrieval } from './retrieval.js';
import { rewriteQuery } from './rewrite-query.js';
import type { SearchCharge } from './search-charge.js';
import type { StoreAttachments } from './store-attachments.js';
import type { StoreChanges } from './store-changes.js';
import { CreateStoreBody, SearchBody, toChunking, UpdateStoreBody } from './vector-store.schema.js';

export interface VectorStoreServiceOptions {
  stores: VectorStoreRepository;
  attachments: StoreAttachments;
  changes: StoreChanges;
  retrieval: Retrieval;
  charge: SearchCharge;
  embedder: Embedder;
  clock: Clock;
  limits: { maxProjectStores: number };
}

/** A search's answer: the questions as they were asked of the index, and what they found. */
export interface SearchAnswer {
  queries: string[];
  results: SearchResult[];
}

export type VectorStoreService = ReturnType<typeof createVectorStoreService>;

/** Vector stores: the collections, and what is found in them (vector stores section). */
export function createVectorStoreService(options: VectorStoreServiceOptions) {
  const { stores, attachments, changes, retrieval, embedder, clock } = options;

  const get = async (principal: Principal, publicId: string): Promise<VectorStore> => {
    const id = parsePublicId('vectorStore', publicId);
    const [store] = id === null ? [] : await stores.findMany(principal, [id]);
    if (store === undefined) throw errors.notFound(publicId);
    return store;
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
        embeddingDimensions: embedder.model === BUILT_IN_EMBEDDING.model ? BUILT_IN_EMBEDDING.dimensions : null,
        version: 1n,
        expiresAfterDays: body.expires_after?.days ?? null,
        lastActiveAtMs: nowMs,
        createdAtMs: nowMs,
        endUser: principal.endUser,
        counts: { in_progress: 0, completed: 0, failed: 0, cancelled: 0 },
        usageBytes: 0,
        filesWithoutVectors: 0,
      };
      if (!(await stores.create(store, options.limits.maxProjectStores)))
        throw errors.insufficientQuota(`The project may keep ${options.limits.maxProjectStores} vector stores.`);
      const wanted = (body.file_ids ?? []).map((fileId, index) => ({
        fileId,
        param: `file_ids[${index}]`,
        attributes: {},
        chunking: store.chunking,
      }));
      if (wanted.length === 0) return store;
      try {
        await attachments.attach(principal, store, wanted, null);
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

    list: (
      principal: Principal,
      page: PageRequest<string>,
      filter: VectorStoreFilter = {},
    ): Promise<Page<VectorStore>> => stores.list(principal, page, filter),

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
      const asked = typeof body.query === 'string' ? [body.query] : body.query;
      const queries = body.rewrite_query === true ? asked.map(rewriteQuery) : asked;
      const results = await options.charge(principal, signal, (signal) =>
        retrieval.search({
          owner: principal,
          storeIds,
          queries,
          filter: body.filters ?? null,
          limit: body.max_num_results ?? 10,
          threshold: body.ranking_options?.score_threshold ?? 0,
          weights: toWeights(body.ranking_options?.hybrid_search),
          signal,
        }),
      );
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
          await changes.wait(store.id, signal);
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
