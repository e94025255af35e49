import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { File, FilePurpose } from '../../domain/file.js';
import type { Context } from '../context.js';
import { CreateFileInput } from '../inputs/file.input.js';
import { FileFilterInput, toListFilter } from '../inputs/list-filter.input.js';
import { toFileBody } from '../inputs/to-body.js';
import { type Connection, toConnection } from '../relay/connection.js';
import { idCursor, PageArgs, toPageRequest } from '../relay/page-args.js';
import { CreationOrderEnum, FilePurposeEnum } from '../types/enums.js';
import { FileConnection, FileType } from '../types/file.type.js';
import { CreateFilePayload, DeleteFilePayload } from '../types/payload.types.js';
import { payload } from '../user-errors.js';
import { fileId, wholeSeconds } from './printing.js';

const ID_TEXT = 'Id of the file, `file_…`.';

@Resolver(() => FileType)
export class FileResolver {
  @Query(() => FileType, { nullable: true, description: 'A file by its id.' })
  file(@Arg('id', () => ID, { description: ID_TEXT }) id: string, @Ctx() ctx: Context): Promise<File> {
    return ctx.services.files.get(ctx.principal, id);
  }

  @Query(() => FileConnection, { description: 'The project’s files, newest first if not asked otherwise.' })
  async files(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('purpose', () => FilePurposeEnum, { nullable: true, description: 'Only files of this purpose.' })
    purpose: FilePurpose | null | undefined,
    @Arg('filter', () => FileFilterInput, { nullable: true, description: 'Which files to list. Default: all.' })
    filter: FileFilterInput | null | undefined,
    @Arg('order', () => CreationOrderEnum, { nullable: true, description: 'Default: newest first.' })
    order: 'asc' | 'desc' | null | undefined,
    @Ctx() ctx: Context,
  ): Promise<Connection<File>> {
    const page = toPageRequest(args, order ?? 'desc', idCursor('file'));
    const conditions = { ...toListFilter(filter), ...(purpose ? { purpose } : {}) };
    return toConnection(await ctx.services.files.list(ctx.principal, page, conditions), fileId);
  }

  @Mutation(() => CreateFilePayload, {
    description:
      'Uploads a file: a small one inside the operation, one of any size beside it (GraphQL multipart request), or over REST.',
  })
  createFile(
    @Arg('input', () => CreateFileInput, { description: 'The file.' }) input: CreateFileInput,
    @Ctx() ctx: Context,
  ) {
    return payload<{ file: File | null }>({ file: null }, input, async () => ({
      file: await ctx.services.files.create(ctx.principal, toFileBody(input), incoming(input, ctx)),
    }));
  }

  @Mutation(() => DeleteFilePayload, { description: 'Deletes a file, also from all vector stores.' })
  deleteFile(@Arg('id', () => ID, { description: ID_TEXT }) id: string, @Ctx() ctx: Context) {
    return payload<{ deletedId: string | null }>({ deletedId: null }, { id }, async () => {
      await ctx.services.files.delete(ctx.principal, id);
      return { deletedId: id };
    });
  }

  @FieldResolver()
  id(@Root() file: File): string {
    return fileId(file);
  }

  @FieldResolver()
  contentUrl(@Root() file: File): string {
    return `/api/v1/files/${fileId(file)}/content`;
  }

  @FieldResolver()
  createdAt(@Root() file: File): Date {
    return wholeSeconds(file.createdAtMs);
  }

  @FieldResolver()
  expiresAt(@Root() file: File): Date | null {
    return file.expiresAtMs === null ? null : wholeSeconds(file.expiresAtMs);
  }
}

/** How the bytes beside the operation are taken up, if there are any. They take as long as they take to arrive. */
const incoming = ({ file }: CreateFileInput, ctx: Context) =>
  file
    ? () => {
        ctx.liftTimeLimit();
        return file.open();
      }
    : null;
