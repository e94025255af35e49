import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { File } from '../../domain/file.js';
import { toPublicId } from '../../domain/ids.js';
import { batchStatus, type FileBatch, type StoreFile, type StoreFileStatus } from '../../domain/vector-store.js';
import type { Context } from '../context.js';
import { toAttachBody, toBatchBody } from '../inputs/vector-store.body.js';
import {
  AddVectorStoreFilesInput,
  UpdateVectorStoreFileInput,
  VectorStoreFileInput,
} from '../inputs/vector-store.input.js';
import { type Connection, toConnection } from '../relay/connection.js';
import { idCursor, PageArgs, toPageRequest } from '../relay/page-args.js';
import { StoreFileStatusEnum } from '../types/enums.js';
import {
  AddVectorStoreFilePayload,
  AddVectorStoreFilesPayload,
  CancelVectorStoreFileBatchPayload,
  CancelVectorStoreFilePayload,
  RemoveVectorStoreFilePayload,
  UpdateVectorStoreFilePayload,
} from '../types/payload.types.js';
import {
  VectorStoreFileBatchType,
  VectorStoreFileConnection,
  VectorStoreFileContentType,
  VectorStoreFileType,
} from '../types/vector-store.type.js';
import { payload } from '../user-errors.js';
import { storeFileId, toCounts, wholeSeconds } from './printing.js';

const STORE_TEXT = 'Id of the store, `vs_…`.';
const FILE_TEXT = 'Id of the file, `file_…`.';
const BATCH_TEXT = 'Id of the batch, `vsfb_…`.';
/** Pieces of text in one answer; each may be several kilobytes. */
const CONTENT_CHUNKS = 100;

interface FileOutcome {
  file: StoreFile | null;
}
interface BatchOutcome {
  batch: FileBatch | null;
}

@Resolver(() => VectorStoreFileType)
export class VectorStoreFileResolver {
  @Query(() => VectorStoreFileType, { nullable: true, description: 'How a file stands in a vector store.' })
  vectorStoreFile(
    @Arg('vectorStoreId', () => ID, { description: STORE_TEXT }) storeId: string,
    @Arg('fileId', () => ID, { description: FILE_TEXT }) fileId: string,
    @Ctx() ctx: Context,
  ): Promise<StoreFile> {
    return ctx.services.storeFiles.get(ctx.principal, storeId, fileId);
  }

  @Query(() => VectorStoreFileConnection, { description: 'The files of a vector store, newest first.' })
  async vectorStoreFiles(
    @Arg('vectorStoreId', () => ID, { description: STORE_TEXT }) storeId: string,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('status', () => StoreFileStatusEnum, { nullable: true, description: 'Only files with this status.' })
    status: StoreFileStatus | null | undefined,
    @Ctx() ctx: Context,
  ): Promise<Connection<StoreFile>> {
    const page = toPageRequest(args, 'desc', idCursor('file'));
    const files = await ctx.services.storeFiles.list(ctx.principal, storeId, page, status ?? null);
    return toConnection(files, storeFileId);
  }

  @Query(() => VectorStoreFileContentType, { description: 'The text of a file as it was indexed.' })
  vectorStoreFileContent(
    @Arg('vectorStoreId', () => ID, { description: STORE_TEXT }) storeId: string,
    @Arg('fileId', () => ID, { description: FILE_TEXT }) fileId: string,
    @Arg('page', () => Int, { nullable: true, description: '`next` of the answer before. Default: the beginning.' })
    page: number | null | undefined,
    @Ctx() ctx: Context,
  ): Promise<VectorStoreFileContentType> {
    const from = Math.max(0, page ?? 0);
    return ctx.services.storeFiles.content(ctx.principal, storeId, fileId, from, CONTENT_CHUNKS);
  }

  @Mutation(() => AddVectorStoreFilePayload, { description: 'Attaches a file to a store and starts indexing it.' })
  addVectorStoreFile(
    @Arg('vectorStoreId', () => ID, { description: STORE_TEXT }) storeId: string,
    @Arg('input', () => VectorStoreFileInput, { description: 'The file.' }) input: VectorStoreFileInput,
    @Ctx() ctx: Context,
  ) {
    return payload<FileOutcome>({ file: null }, input, async () => ({
      file: await ctx.services.storeFiles.attach(ctx.principal, storeId, toAttachBody(input)),
    }));
  }

  @Mutation(() => AddVectorStoreFilesPayload, { description: 'Attaches up to 2000 files at once: all or none.' })
  addVectorStoreFiles(
    @Arg('input', () => AddVectorStoreFilesInput, { description: 'Which store, and the files.' })
    input: AddVectorStoreFilesInput,
    @Ctx() ctx: Context,
  ) {
    return payload<BatchOutcome>({ batch: null }, input, async () => ({
      batch: await ctx.services.storeFiles.createBatch(ctx.principal, input.vectorStoreId, toBatchBody(input)),
    }));
  }

  @Mutation(() => UpdateVectorStoreFilePayload, { description: 'Replaces the attributes of a file in a store.' })
  updateVectorStoreFile(
    @Arg('input', () => UpdateVectorStoreFileInput, { description: 'Which file, and its attributes.' })
    input: UpdateVectorStoreFileInput,
    @Ctx() ctx: Context,
  ) {
    const { vectorStoreId, fileId, attributes = null } = input;
    return payload<FileOutcome>({ file: null }, input, async () => ({
      file: await ctx.services.storeFiles.update(ctx.principal, vectorStoreId, fileId, { attributes }),
    }));
  }

  @Mutation(() => CancelVectorStoreFilePayload, { description: 'Stops indexing a file; one that is done stays.' })
  cancelVectorStoreFile(
    @Arg('vectorStoreId', () => ID, { description: STORE_TEXT }) storeId: string,
    @Arg('fileId', () => ID, { description: FILE_TEXT }) fileId: string,
    @Ctx() ctx: Context,
  ) {
    return payload<FileOutcome>({ file: null }, { fileId }, async () => ({
      file: await ctx.services.storeFiles.cancel(ctx.principal, storeId, fileId),
    }));
  }

  @Mutation(() => RemoveVectorStoreFilePayload, { description: 'Takes a file out of a store; the file stays.' })
  removeVectorStoreFile(
    @Arg('vectorStoreId', () => ID, { description: STORE_TEXT }) storeId: string,
    @Arg('fileId', () => ID, { description: FILE_TEXT }) fileId: string,
    @Ctx() ctx: Context,
  ) {
    return payload<{ deletedId: string | null }>({ deletedId: null }, { fileId }, async () => {
      await ctx.services.storeFiles.detach(ctx.principal, storeId, fileId);
      return { deletedId: fileId };
    });
  }

  @FieldResolver()
  id(@Root() file: StoreFile): string {
    return storeFileId(file);
  }

  @FieldResolver()
  file(@Root() file: StoreFile, @Ctx() ctx: Context): Promise<File | null> {
    return ctx.loaders.files.load(file.fileId);
  }

  @FieldResolver()
  progress(@Root() file: StoreFile): number {
    if (file.status === 'completed') return 1;
    return file.windowCount === 0 ? 0 : file.embeddedWindows / file.windowCount;
  }

  @FieldResolver()
  createdAt(@Root() file: StoreFile): Date {
    return wholeSeconds(file.createdAtMs);
  }
}

@Resolver(() => VectorStoreFileBatchType)
export class VectorStoreFileBatchResolver {
  @Query(() => VectorStoreFileBatchType, { nullable: true, description: 'How a batch of files stands.' })
  vectorStoreFileBatch(
    @Arg('vectorStoreId', () => ID, { description: STORE_TEXT }) storeId: string,
    @Arg('id', () => ID, { description: BATCH_TEXT }) id: string,
    @Ctx() ctx: Context,
  ): Promise<FileBatch> {
    return ctx.services.storeFiles.getBatch(ctx.principal, storeId, id);
  }

  @Mutation(() => CancelVectorStoreFileBatchPayload, { description: 'Stops indexing what of a batch is not done.' })
  cancelVectorStoreFileBatch(
    @Arg('vectorStoreId', () => ID, { description: STORE_TEXT }) storeId: string,
    @Arg('id', () => ID, { description: BATCH_TEXT }) id: string,
    @Ctx() ctx: Context,
  ) {
    return payload<BatchOutcome>({ batch: null }, { id }, async () => ({
      batch: await ctx.services.storeFiles.cancelBatch(ctx.principal, storeId, id),
    }));
  }

  @FieldResolver()
  id(@Root() batch: FileBatch): string {
    return toPublicId('fileBatch', batch.id);
  }

  @FieldResolver()
  status(@Root() batch: FileBatch): string {
    return batchStatus(batch);
  }

  @FieldResolver()
  fileCounts(@Root() batch: FileBatch) {
    return toCounts(batch.counts);
  }

  @FieldResolver()
  createdAt(@Root() batch: FileBatch): Date {
    return wholeSeconds(batch.createdAtMs);
  }
}
