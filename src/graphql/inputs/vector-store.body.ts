import { type Body, given } from './given.js';
import type {
  AddVectorStoreFilesInput,
  AttributeFilterInput,
  ChunkingInput,
  CreateVectorStoreInput,
  SearchVectorStoresInput,
  UpdateVectorStoreInput,
  VectorStoreFileInput,
} from './vector-store.input.js';

const toStrategy = (chunking: ChunkingInput | null | undefined): unknown =>
  chunking === null || chunking === undefined
    ? undefined
    : {
        type: 'static',
        static: { max_chunk_size_tokens: chunking.maxTokens, chunk_overlap_tokens: chunking.overlapTokens },
      };

const toStoreFields = ({
  name,
  description,
  metadata,
  expiresAfterDays,
}: UpdateVectorStoreInput | CreateVectorStoreInput) => ({
  name,
  description,
  metadata,
  expires_after: typeof expiresAfterDays === 'number' ? { days: expiresAfterDays } : expiresAfterDays,
});

export const toCreateStoreBody = (input: CreateVectorStoreInput): Body =>
  given({ ...toStoreFields(input), file_ids: input.fileIds, chunking_strategy: toStrategy(input.chunking) });

export const toUpdateStoreBody = (input: UpdateVectorStoreInput): Body => given(toStoreFields(input));

export const toAttachBody = ({ fileId, attributes, chunking }: VectorStoreFileInput): Body =>
  given({ file_id: fileId, attributes, chunking_strategy: toStrategy(chunking) });

export const toBatchBody = ({ files }: AddVectorStoreFilesInput): Body => ({ files: files.map(toAttachBody) });

function toFilter(filter: AttributeFilterInput): Body {
  if (filter.compare !== undefined) {
    const { operator, key, value } = filter.compare;
    return { type: operator, key, value };
  }
  return filter.and === undefined
    ? { type: 'or', filters: (filter.or ?? []).map(toFilter) }
    : { type: 'and', filters: filter.and.map(toFilter) };
}

export const toSearchBody = (input: SearchVectorStoresInput): Body =>
  given({
    query: input.queries,
    filters: input.filter ? toFilter(input.filter) : undefined,
    max_num_results: input.maxNumResults,
    ranking_options: given({
      score_threshold: input.scoreThreshold,
      hybrid_search: input.weights
        ? { embedding_weight: input.weights.embedding, text_weight: input.weights.text }
        : undefined,
    }),
    rewrite_query: input.rewriteQuery,
  });
