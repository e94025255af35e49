import { Extensions, Field, Float, ID, InputType, Int } from 'type-graphql';
import { JsonScalar } from '../scalars.js';
import { ComparisonOperatorEnum } from '../types/enums.js';
import { ONE_OF } from './one-of.js';

@InputType('ChunkingInput', { description: 'How files are cut.' })
export class ChunkingInput {
  @Field(() => Int, { description: 'Most tokens of a chunk, 100 to 4096.' })
  maxTokens!: number;

  @Field(() => Int, { description: 'Tokens that neighbouring chunks share, at most half of `maxTokens`.' })
  overlapTokens!: number;
}

@InputType()
abstract class VectorStoreFieldsInput {
  @Field(() => String, { nullable: true, description: 'A name, at most 256 characters.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'What it is about, at most 512 characters.' })
  description?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Up to 16 keys (of 64 characters) with text values (of 512).',
  })
  metadata?: unknown;

  @Field(() => Int, {
    nullable: true,
    description: 'Days after its last use when it expires, 1 to 365; null: never.',
  })
  expiresAfterDays?: number | null;
}

@InputType('CreateVectorStoreInput', { description: 'A new vector store.' })
export class CreateVectorStoreInput extends VectorStoreFieldsInput {
  @Field(() => [ID], { nullable: true, description: 'Files to attach at once, at most 2000.' })
  fileIds?: string[] | null;

  @Field(() => ChunkingInput, { nullable: true, description: 'Default: 800 tokens, overlapping by 400.' })
  chunking?: ChunkingInput | null;
}

@InputType('UpdateVectorStoreInput', { description: 'Given fields change, others stay, null clears one.' })
export class UpdateVectorStoreInput extends VectorStoreFieldsInput {
  @Field(() => ID, { description: 'Id of the store.' })
  id!: string;
}

@InputType('VectorStoreFileInput', { description: 'A file to attach.' })
export class VectorStoreFileInput {
  @Field(() => ID, { description: 'Id of the file.' })
  fileId!: string;

  @Field(() => JsonScalar, { nullable: true, description: 'Up to 16 values to filter by: texts, numbers, booleans.' })
  attributes?: unknown;

  @Field(() => ChunkingInput, { nullable: true, description: 'Default: as the store says.' })
  chunking?: ChunkingInput | null;
}

@InputType('AddVectorStoreFilesInput', { description: 'Files for a vector store: all of them or none.' })
export class AddVectorStoreFilesInput {
  @Field(() => ID, { description: 'Id of the store.' })
  vectorStoreId!: string;

  @Field(() => [VectorStoreFileInput], { description: '1 to 2000 files.' })
  files!: VectorStoreFileInput[];
}

@InputType('UpdateVectorStoreFileInput', { description: 'New attributes of a file in a vector store.' })
export class UpdateVectorStoreFileInput {
  @Field(() => ID, { description: 'Id of the store.' })
  vectorStoreId!: string;

  @Field(() => ID, { description: 'Id of the file.' })
  fileId!: string;

  @Field(() => JsonScalar, { nullable: true, description: 'They replace the old ones; null clears them.' })
  attributes?: unknown;
}

@InputType('AttributeComparisonInput', { description: 'One attribute against a value.' })
export class AttributeComparisonInput {
  @Field(() => String, { description: 'Name of the attribute.' })
  key!: string;

  @Field(() => ComparisonOperatorEnum, { description: 'How they are compared.' })
  operator!: string;

  @Field(() => JsonScalar, { description: 'A text, number or boolean; for `IN` and `NIN` a list.' })
  value!: unknown;
}

@Extensions(ONE_OF)
@InputType('AttributeFilterInput', { description: 'A condition on file attributes: exactly one of these.' })
export class AttributeFilterInput {
  @Field(() => AttributeComparisonInput, { nullable: true, description: 'A single comparison.' })
  compare?: AttributeComparisonInput;

  @Field(() => [AttributeFilterInput], { nullable: true, description: 'All of these.' })
  and?: AttributeFilterInput[];

  @Field(() => [AttributeFilterInput], { nullable: true, description: 'Any of these.' })
  or?: AttributeFilterInput[];
}

@InputType('SearchWeightsInput', { description: 'How much nearness in meaning and in words count.' })
export class SearchWeightsInput {
  @Field(() => Float, { description: 'Of meaning.' })
  embedding!: number;

  @Field(() => Float, { description: 'Of words.' })
  text!: number;
}

@InputType('SearchVectorStoresInput', { description: 'What to look for, and where.' })
export class SearchVectorStoresInput {
  @Field(() => [String], { description: 'One to ten questions.' })
  queries!: string[];

  @Field(() => [ID], { nullable: true, description: 'Stores to search; without it all of the project.' })
  vectorStoreIds?: string[] | null;

  @Field(() => AttributeFilterInput, { nullable: true, description: 'Only files whose attributes match.' })
  filter?: AttributeFilterInput | null;

  @Field(() => Int, { nullable: true, description: 'Most passages, 1 to 50. Default 10.' })
  maxNumResults?: number | null;

  @Field(() => Float, { nullable: true, description: 'Leave out passages below this score, 0 to 1.' })
  scoreThreshold?: number | null;

  @Field(() => SearchWeightsInput, { nullable: true, description: 'Default: both the same.' })
  weights?: SearchWeightsInput | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Search for the words that matter instead of the whole sentence.',
  })
  rewriteQuery?: boolean | null;
}
