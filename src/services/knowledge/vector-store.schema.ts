import { z } from 'zod';
import { type AttributeFilter, type Attributes, type Chunking, defaultChunking } from '../../domain/vector-store.js';
import { decimal, Metadata, shortText, storableText } from '../validation.js';

const Id = z.string().min(1).max(256);

const ChunkingStrategy = z
  .discriminatedUnion('type', [
    z.looseObject({ type: z.literal('auto') }),
    z.looseObject({
      type: z.literal('static'),
      static: z
        .looseObject({
          max_chunk_size_tokens: z.int().min(100).max(4096),
          chunk_overlap_tokens: z.int().min(0).max(2048),
        })
        .superRefine((chunking, ctx) => {
          if (chunking.chunk_overlap_tokens > chunking.max_chunk_size_tokens / 2)
            ctx.addIssue({
              code: 'custom',
              path: ['chunk_overlap_tokens'],
              message: 'the overlap is at most half of max_chunk_size_tokens.',
            });
        }),
    }),
  ])
  .describe('How files are cut. `auto` is 800 tokens, overlapping by 400.');
type ChunkingStrategy = z.output<typeof ChunkingStrategy>;

/** What a strategy means; null when none is given. */
export const toChunking = (strategy: ChunkingStrategy | null | undefined): Chunking | null => {
  if (strategy === null || strategy === undefined) return null;
  if (strategy.type === 'auto') return defaultChunking;
  return { maxTokens: strategy.static.max_chunk_size_tokens, overlapTokens: strategy.static.chunk_overlap_tokens };
};

const ExpiresAfter = z
  .looseObject({
    anchor: z.literal('last_active_at').optional(),
    days: z.int().min(1).max(365).describe('Days after the last use, 1 to 365.'),
  })
  .describe('When the store expires by itself. Default: never.');

const storeFields = {
  name: storableText(256).nullish(),
  description: storableText(512).nullish(),
  metadata: Metadata.nullish(),
  expires_after: ExpiresAfter.nullish(),
};

const Value = z.union([storableText(512), z.number(), z.boolean()]);

/** Values of a file that searches can filter by. Up to 16; keys of at most 64, texts of at most 512 characters. */
const FileAttributes = z
  .record(shortText(64), Value)
  .superRefine((map, ctx) => {
    const count = Object.keys(map).length;
    if (count > 16)
      ctx.addIssue({
        code: 'custom',
        message: `at most 16 pairs are allowed, but got ${count}.`,
        params: { code: 'object_above_max_properties' },
      });
  })
  .transform((map): Attributes => map)
  .describe('Up to 16 values to filter by: texts, numbers, booleans.');

const MAX_BATCH = 2000;

/** Body of `POST /vector_stores`. */
export const CreateStoreBody = z.looseObject({
  ...storeFields,
  file_ids: z.array(Id).max(MAX_BATCH).nullish().describe('Files to attach at once.'),
  chunking_strategy: ChunkingStrategy.nullish(),
});

/** Body of `POST /vector_stores/{id}`: given fields change, null clears one. */
export const UpdateStoreBody = z.looseObject(storeFields);

/** Body of `POST /vector_stores/{id}/files`. */
export const AttachFileBody = z.looseObject({
  file_id: Id,
  attributes: FileAttributes.nullish(),
  chunking_strategy: ChunkingStrategy.nullish(),
});

/** Body of `POST /vector_stores/{id}/files/{file_id}`. */
export const UpdateFileBody = z.looseObject({ attributes: FileAttributes.nullable() });

/** Body of `POST /vector_stores/{id}/file_batches`: either `file_ids` or `files`. */
export const CreateBatchBody = z.looseObject({
  file_ids: z.array(Id).min(1).max(MAX_BATCH).nullish().describe('Files that share the settings below.'),
  files: z.array(AttachFileBody).min(1).max(MAX_BATCH).nullish().describe('Files with settings of their own.'),
  attributes: FileAttributes.nullish(),
  chunking_strategy: ChunkingStrategy.nullish(),
});

const Comparison = z.looseObject({
  type: z.enum(['eq', 'ne', 'gt', 'gte', 'lt', 'lte']),
  key: shortText(64),
  value: z.union([storableText(512), z.number(), z.boolean()]),
});
const Membership = z.looseObject({
  type: z.enum(['in', 'nin']),
  key: shortText(64),
  value: z.array(z.union([storableText(512), z.number()])).max(1000),
});
const Compound = z.looseObject({
  type: z.enum(['and', 'or']),
  get filters() {
    return z.array(Filter).max(100);
  },
});
type FilterInput =
  | z.output<typeof Comparison>
  | z.output<typeof Membership>
  | { type: 'and' | 'or'; filters: FilterInput[] };
const Filter: z.ZodType<FilterInput> = z.lazy(
  () => z.discriminatedUnion('type', [Comparison, Membership, Compound]) as never,
);

/** Conditions in one filter: far beyond what anyone writes, far below what makes a statement slow. */
const MAX_CONDITIONS = 200;
const MAX_DEPTH = 10;

/** A filter on file attributes: comparisons, joined by `and` and `or` (filters section). */
export const AttributeFilterInput = Filter.superRefine((filter, ctx) => {
  let conditions = 0;
  const measure = (part: FilterInput, depth: number): number => {
    conditions += 1;
    const inner = 'filters' in part ? (part.filters as FilterInput[]) : [];
    return depth > MAX_DEPTH ? depth : Math.max(depth, ...inner.map((each) => measure(each, depth + 1)));
  };
  const depth = measure(filter, 1);
  if (conditions > MAX_CONDITIONS)
    ctx.addIssue({ code: 'custom', message: `a filter has at most ${MAX_CONDITIONS} conditions.` });
  if (depth > MAX_DEPTH) ctx.addIssue({ code: 'custom', message: `a filter is nested at most ${MAX_DEPTH} deep.` });
})
  .transform((filter) => filter as AttributeFilter)
  .describe('Conditions on file attributes.');

const weight = decimal(0, 1_000_000);

export const RankingOptions = z.looseObject({
  ranker: z.enum(['none', 'auto', 'default-2024-11-15']).nullish(),
  score_threshold: decimal(0, 1).nullish().describe('Leave out results below this score, 0 to 1.'),
  hybrid_search: z
    .looseObject({ embedding_weight: weight, text_weight: weight })
    .superRefine((weights, ctx) => {
      if (weights.embedding_weight + weights.text_weight === 0)
        ctx.addIssue({ code: 'custom', message: 'one of the two weights has to be above 0.' });
    })
    .nullish()
    .describe('How much nearness in meaning and in words count.'),
});

const Query = storableText(4096).trim().min(1);

/** Body of `POST /vector_stores/{id}/search`. */
export const SearchBody = z.looseObject({
  query: z.union([Query, z.array(Query).min(1).max(10)]).describe('What to look for; up to 10 questions at once.'),
  filters: AttributeFilterInput.nullish(),
  max_num_results: z.int().min(1).max(50).nullish().describe('1 to 50, default 10.'),
  ranking_options: RankingOptions.nullish(),
  rewrite_query: z.boolean().nullish().describe('Search for the words that matter instead of the whole sentence.'),
});
