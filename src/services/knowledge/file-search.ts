import { toPublicId } from '../../domain/ids.js';
import type { AttributeFilter } from '../../domain/vector-store.js';
import type { FileSearchPort } from '../../tools/file-search/index.js';
import { parseInput } from '../validation.js';
import { toStorable } from './ingest/readers/text.js';
import type { Retrieval } from './retrieval.js';
import { AttributeFilterInput, RankingOptions } from './vector-store.schema.js';
import { toWeights } from './vector-store.service.js';

/** What the API echoes as the tool's default. */
const DEFAULT_RESULTS = 20;

/** The search behind the `file_search` tool. Filters and options were checked with the request. */
export function createFileSearch(retrieval: Retrieval): FileSearchPort {
  return {
    async search({ owner, tool, queries, signal }) {
      const ranking = parseInput(RankingOptions.nullish(), tool.ranking_options);
      const results = await retrieval.search({
        owner,
        storeIds: Array.isArray(tool.vector_store_ids) ? (tool.vector_store_ids as string[]) : null,
        queries: queries.map(toStorable),
        filter: tool.filters ? (parseInput(AttributeFilterInput, tool.filters) as AttributeFilter) : null,
        limit: typeof tool.max_num_results === 'number' ? tool.max_num_results : DEFAULT_RESULTS,
        threshold: ranking?.score_threshold ?? 0,
        weights: toWeights(ranking?.hybrid_search),
        signal,
      });
      return results.map(({ fileId, filename, attributes, score, chunk }) => ({
        file_id: toPublicId('file', fileId),
        filename,
        score,
        text: chunk.text,
        attributes,
        ...(chunk.pageStart === null ? {} : { page: chunk.pageStart }),
      }));
    },
  };
}
