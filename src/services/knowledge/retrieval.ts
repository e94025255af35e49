import { errors } from '../../domain/errors.js';
import { parsePublicId, toPublicId } from '../../domain/ids.js';
import type { Owner } from '../../domain/principal.js';
import {
  type AttributeFilter,
  type SearchResult,
  type SearchWeights,
  storeExpiresAtMs,
} from '../../domain/vector-store.js';
import type {
  FoundChunk,
  SearchedStore,
  SearchRepository,
  Term,
} from '../../persistence/repositories/search.repository.js';
import type { VectorStoreRepository } from '../../persistence/repositories/vector-store.repository.js';
import type { VectorHit, VectorIndex } from '../../persistence/vector-index/vector-index.js';
import { type Embedder, EmbeddingsUnavailable } from './embedder.js';
import { lexicalScore } from './lexical-score.js';

export interface SearchRequest {
  owner: Owner;
  /** Public ids; null: every store of the owner. */
  storeIds: readonly string[] | null;
  queries: readonly string[];
  filter: AttributeFilter | null;
  /** Results at most. */
  limit: number;
  /** Results below this score are left out. */
  threshold: number;
  weights: SearchWeights;
  signal: AbortSignal;
}

export interface RetrievalOptions {
  search: SearchRepository;
  stores: VectorStoreRepository;
  index: VectorIndex;
  embedder: Embedder;
  now(): number;
  /** How long each search has taken, embedding included. */
  onSearched(seconds: number): void;
}

/** What the default is measured to be best for: neither prose nor technical text alone. */
export const defaultWeights: SearchWeights = { embedding: 0.5, text: 0.5 };

/** Candidates per result and kind of search; the final order is made of both kinds together. */
const CANDIDATES = 4;
const LEAST_CANDIDATES = 50;

interface Ranked extends SearchResult {
  /** The window that made it near, for telling overlapping chunks apart. */
  window: number | null;
}

export type Retrieval = ReturnType<typeof createRetrieval>;

/**
 * Hybrid search over any number of stores: candidates by meaning and by words, ranked together by
 * `embedding · cosine + text · (BM25 ÷ its ideal, as far as it is above a stray word's)`.
 */
export function createRetrieval({ search, stores, index, embedder, now, onSearched }: RetrievalOptions) {
  const findStores = async ({ owner, storeIds }: SearchRequest): Promise<SearchedStore[]> => {
    const uuids = storeIds?.flatMap((id) => parsePublicId('vectorStore', id) ?? []) ?? null;
    const found = await search.findStores(owner, uuids);
    const there = new Set(found.map(({ id }) => toPublicId('vectorStore', id)));
    const missing = storeIds?.find((id) => !there.has(id));
    if (missing !== undefined) throw errors.notFound(missing);
    const isExpired = (store: SearchedStore): boolean => (storeExpiresAtMs(store) ?? Number.POSITIVE_INFINITY) <= now();
    const expired = found.find(isExpired);
    if (storeIds !== null && expired !== undefined)
      throw errors.vectorStoreExpired(toPublicId('vectorStore', expired.id));
    const usable = found.filter((store) => !isExpired(store));
    const stale = usable.filter((store) => store.lastActiveAtMs < now() - 60_000).map(({ id }) => id);
    if (stale.length > 0) await stores.touch(owner.projectId, stale);
    return usable;
  };

  /** The question's vector, or null when meaning cannot be compared: then words decide alone. */
  const embed = async (query: string, searched: readonly SearchedStore[], signal: AbortSignal) => {
    if (!searched.some((store) => store.hasVectors && store.embeddingModel === embedder.model)) return null;
    try {
      return (await embedder.embed([query], signal, 'hurried'))[0] ?? null;
    } catch (error) {
      if (error instanceof EmbeddingsUnavailable) return null;
      throw error;
    }
  };

  const rankOne = async (
    request: SearchRequest,
    searched: readonly SearchedStore[],
    allowed: Set<string> | null,
    query: string,
  ) => {
    const { filter, weights, signal } = request;
    const { projectId } = request.owner;
    const storeIds = searched.map(({ id }) => id);
    const candidates = Math.max(LEAST_CANDIDATES, request.limit * CANDIDATES);
    const byWords = async () => {
      const terms = await search.findTerms(projectId, storeIds, query);
      return { terms, wanted: await search.findByWords(projectId, storeIds, terms, filter, candidates) };
    };
    const [{ terms, wanted }, vector] = await Promise.all([byWords(), embed(query, searched, signal)]);
    const hits =
      vector === null
        ? []
        : await index.search({
            projectId,
            stores: searched.filter((store) => store.hasVectors && store.embeddingModel === embedder.model),
            vector,
            limit: candidates,
            allowed,
            wanted,
          });
    const chunks = await search.findChunks(projectId, unique([...hits, ...wanted]), terms);
    return rank(chunks, hits, terms, searched, weights);
  };

  return {
    /**
     * The best chunks for any of the queries, best first, each once.
     *
     * @throws 404 for a store that is not there, 400 for one that has expired
     */
    async search(request: SearchRequest): Promise<SearchResult[]> {
      const startedMs = performance.now();
      const searched = await findStores(request);
      if (searched.length === 0) return [];
      const allowed =
        request.filter === null
          ? null
          : await search.findAllowed(
              request.owner.projectId,
              searched.map(({ id }) => id),
              request.filter,
            );
      if (allowed?.size === 0) return [];
      const rankings = await Promise.all(request.queries.map((query) => rankOne(request, searched, allowed, query)));
      onSearched((performance.now() - startedMs) / 1000);
      return distinct(rankings.flat())
        .filter(({ score }) => score >= request.threshold)
        .slice(0, request.limit)
        .map(({ window: _window, ...result }) => result);
    },
  };
}

/** Lexical score that a stray word reaches. Measured: counting less than this buries what is near in meaning. */
const STRAY = 0.4;

/** What of a lexical score says something: 0 up to a stray word's, then evenly up to 1. */
const aboveStray = (lexical: number): number => Math.max(0, (lexical - STRAY) / (1 - STRAY));

const keyOf = ({ storeId, fileId, position }: { storeId: string; fileId: string; position: number }): string =>
  `${storeId} ${fileId} ${position}`;

const unique = <Key extends { storeId: string; fileId: string; position: number }>(keys: readonly Key[]): Key[] => [
  ...new Map(keys.map((key) => [keyOf(key), key])).values(),
];

function rank(
  chunks: readonly FoundChunk[],
  hits: readonly VectorHit[],
  terms: readonly Term[],
  searched: readonly SearchedStore[],
  weights: SearchWeights,
): Ranked[] {
  const near = new Map(hits.map((hit) => [keyOf(hit), hit]));
  const corpus = {
    chunks: searched.reduce((sum, store) => sum + store.chunks, 0),
    tokens: searched.reduce((sum, store) => sum + store.tokens, 0),
  };
  return chunks.map(({ occurrences, ...found }) => {
    const hit = near.get(keyOf({ ...found, position: found.chunk.position }));
    const lexical = lexicalScore(terms, occurrences, found.chunk.tokens, corpus);
    // A file without vectors cannot be near; its words then count for all.
    const isByWords = hit === undefined || weights.embedding === 0;
    const mixed = isByWords ? lexical : weights.embedding * hit.similarity + weights.text * aboveStray(lexical);
    return { ...found, score: Math.min(1, Math.max(0, mixed)), window: hit?.start ?? null };
  });
}

/** Best first; of chunks that say the same, or overlap in what made them near, the better one. */
function distinct(ranked: Ranked[]): Ranked[] {
  const seen = new Set<string>();
  return ranked
    .sort((a, b) => b.score - a.score || a.fileId.localeCompare(b.fileId) || a.chunk.position - b.chunk.position)
    .filter(({ fileId, window, chunk }) => {
      const names = [`place ${fileId} ${chunk.start}`, `text ${chunk.text}`];
      if (window !== null) names.push(`window ${fileId} ${window}`);
      const isNew = names.every((name) => !seen.has(name));
      if (isNew) for (const name of names) seen.add(name);
      return isNew;
    });
}
