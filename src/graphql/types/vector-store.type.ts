import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { type Connection, defineConnection } from '../relay/connection.js';
import { BigIntScalar, DateTimeScalar, JsonScalar } from '../scalars.js';
import { StoreFileErrorCodeEnum, StoreFileStatusEnum, VectorStoreStatusEnum } from './enums.js';
import { FileType } from './file.type.js';
import { NodeType } from './node.type.js';

@ObjectType('FileCounts', { description: 'How many files stand how.' })
export class FileCountsType {
  @Field(() => Int, { name: 'inProgress', description: 'Being indexed, or waiting for it.' })
  in_progress!: number;

  @Field(() => Int, { description: 'Indexed: searches find them.' })
  completed!: number;

  @Field(() => Int, { description: 'Could not be indexed; each says why.' })
  failed!: number;

  @Field(() => Int, { description: 'Cancelled before they were done.' })
  cancelled!: number;

  @Field(() => Int, { description: 'All of them.' })
  total!: number;
}

@ObjectType('Chunking', { description: 'How a file is cut into the passages that searches return.' })
export class ChunkingType {
  @Field(() => Int, { description: 'Most tokens of a chunk.' })
  maxTokens!: number;

  @Field(() => Int, { description: 'Tokens that neighbouring chunks share.' })
  overlapTokens!: number;
}

@ObjectType('VectorStoreFileError', { description: 'Why a file could not be indexed.' })
export class VectorStoreFileErrorType {
  @Field(() => StoreFileErrorCodeEnum, { description: 'Whose fault it is.' })
  code!: string;

  @Field(() => String, { description: 'What is wrong, for people.' })
  message!: string;
}

@ObjectType('VectorStoreFile', {
  description:
    'A file in a vector store. It goes by the id of the file, which other stores may hold as well, so it is no `Node`: it is ' +
    'read again with `vectorStoreFile`.',
})
export class VectorStoreFileType {
  @Field(() => ID, { description: 'Id of the file, `file_…`.' })
  id!: string;

  @Field(() => FileType, { nullable: true, description: 'The file itself.' })
  file!: FileType | null;

  @Field(() => StoreFileStatusEnum, { description: 'How far indexing is.' })
  status!: string;

  @Field(() => Float, { description: 'Share of the file that is embedded, 0 to 1.' })
  progress!: number;

  @Field(() => VectorStoreFileErrorType, { nullable: true, description: 'Why it failed.' })
  error!: VectorStoreFileErrorType | null;

  @Field(() => JsonScalar, { description: 'The caller’s own values, by which searches can filter.' })
  attributes!: Record<string, string | number | boolean>;

  @Field(() => ChunkingType, { description: 'How it is cut.' })
  chunking!: ChunkingType;

  @Field(() => Int, { description: 'How many chunks it has.' })
  chunkCount!: number;

  @Field(() => BigIntScalar, { description: 'Bytes that its text and its vectors take.' })
  usageBytes!: number;

  @Field(() => DateTimeScalar, { description: 'When it was attached, in whole seconds.' })
  createdAt!: Date;
}

export const VectorStoreFileConnection = defineConnection(
  'VectorStoreFile',
  'files in a vector store',
  () => VectorStoreFileType,
);

@ObjectType('VectorStore', {
  implements: NodeType,
  description: 'A set of files that can be searched by meaning and by words.',
})
export class VectorStoreType {
  @Field(() => ID, { description: 'Id of the store, `vs_…`.' })
  id!: string;

  @Field(() => String, { description: 'Its name; may be empty.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it is about.' })
  description!: string | null;

  @Field(() => VectorStoreStatusEnum, { description: 'Whether all of its files are done.' })
  status!: string;

  @Field(() => FileCountsType, { description: 'Its files by how they stand.' })
  fileCounts!: FileCountsType;

  @Field(() => BigIntScalar, { description: 'Bytes that texts and vectors take.' })
  usageBytes!: number;

  @Field(() => ChunkingType, { description: 'How its files are cut unless they say otherwise.' })
  chunking!: ChunkingType;

  @Field(() => String, { description: 'The model whose vectors it holds.' })
  embeddingModel!: string;

  @Field(() => Int, { nullable: true, description: 'Length of its vectors, once known.' })
  embeddingDimensions!: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it is searched by words only, wholly or in part; null when all is well.',
  })
  searchNote!: string | null;

  @Field(() => VectorStoreFileConnection, { description: 'Its files, newest first.' })
  files!: Connection<VectorStoreFileType>;

  @Field(() => JsonScalar, { description: 'The caller’s own keys and values.' })
  metadata!: Record<string, string>;

  @Field(() => Int, { nullable: true, description: 'Days after its last use when it expires; null: never.' })
  expiresAfterDays!: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it expires, as things are; null: never.' })
  expiresAt!: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it was last used, in whole seconds.' })
  lastActiveAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was created, in whole seconds.' })
  createdAt!: Date;
}

export const VectorStoreConnection = defineConnection('VectorStore', 'vector stores', () => VectorStoreType);

@ObjectType('VectorStoreFileBatch', { implements: NodeType, description: 'Files that were attached together.' })
export class VectorStoreFileBatchType {
  @Field(() => ID, { description: 'Id of the batch, `vsfb_…`.' })
  id!: string;

  @Field(() => StoreFileStatusEnum, { description: 'How far it is as a whole.' })
  status!: string;

  @Field(() => FileCountsType, { description: 'Its files by how they stand.' })
  fileCounts!: FileCountsType;

  @Field(() => DateTimeScalar, { description: 'When the files were attached, in whole seconds.' })
  createdAt!: Date;
}

@ObjectType('VectorStoreFileContent', { description: 'Text of a file as it was indexed.' })
export class VectorStoreFileContentType {
  @Field(() => [String], { description: 'Pieces of the text in order, each stretch of it once.' })
  texts!: string[];

  @Field(() => Int, { nullable: true, description: 'What to give to `page` for what follows; null at the end.' })
  next!: number | null;
}

@ObjectType('SearchResult', { description: 'A passage that was found.' })
export class SearchResultType {
  @Field(() => ID, { description: 'Id of the store it is in.' })
  vectorStoreId!: string;

  @Field(() => ID, { description: 'Id of the file it is from.' })
  fileId!: string;

  @Field(() => String, { description: 'Name of that file.' })
  filename!: string;

  @Field(() => Float, { description: 'How well it fits, 0 to 1.' })
  score!: number;

  @Field(() => String, { description: 'The passage itself.' })
  text!: string;

  @Field(() => Int, { description: 'Where it begins in the file’s text, in UTF-16 units.' })
  startOffset!: number;

  @Field(() => Int, { description: 'Where it ends: the unit after its last.' })
  endOffset!: number;

  @Field(() => Int, { nullable: true, description: 'Page on which it begins, for files that have pages.' })
  page!: number | null;

  @Field(() => JsonScalar, { description: 'The file’s attributes in that store.' })
  attributes!: Record<string, string | number | boolean>;
}

@ObjectType('SearchAnswer', { description: 'What a search found.' })
export class SearchAnswerType {
  @Field(() => [String], { description: 'The questions as they were searched for.' })
  queries!: string[];

  @Field(() => [SearchResultType], { description: 'The passages, best first.' })
  results!: SearchResultType[];
}
