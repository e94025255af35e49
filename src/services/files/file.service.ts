import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import { type File, uploadPurposes } from '../../domain/file.js';
import { newUuid, parsePublicId } from '../../domain/ids.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Principal } from '../../domain/principal.js';
import { type BlobKey, type BlobStore, BlobTooLarge, type StoredBlob } from '../../persistence/blobs/blob-store.js';
import type { JobQueue } from '../../persistence/job-queue.js';
import type { FileFilter, FileRepository } from '../../persistence/repositories/file.repository.js';
import { withKnownCursors } from '../cursors.js';
import { parseInput } from '../validation.js';

/** A file as it arrives. */
export interface IncomingFile {
  filename: string;
  contentType: string;
  content: Readable;
}

/** One part of a form, in the order the client sent them. A file's stream has to be read before the next part comes. */
export type UploadPart =
  | { kind: 'field'; name: string; value: string }
  | ({ kind: 'file'; name: string } & IncomingFile);

const seconds = z.coerce.number().int().min(3600).max(2_592_000);

/** The fields of `POST /files` beside the file itself (files section). */
export const UploadFields = z.looseObject({
  purpose: z.enum(uploadPurposes).describe('What the file is for.'),
  expires_after: z
    .looseObject({
      anchor: z.literal('created_at').optional(),
      seconds: seconds.describe('3600 (an hour) to 2592000 (30 days).'),
    })
    .nullish()
    .describe('Delete the file by itself this long after its upload. Default: never.'),
});

/** Body of the GraphQL upload: the bytes of small files may travel inside the document. */
const InlineFile = z.looseObject({
  filename: z.string().min(1).max(255).nullish(),
  text: z.string().nullish(),
  base64: z.base64().nullish(),
});

export interface FileLimits {
  /** Bytes one file may have. */
  maxFileBytes: number;
  /** Bytes and files one project may keep. */
  maxProjectBytes: number;
  maxProjectFiles: number;
}

export interface FileServiceOptions {
  files: FileRepository;
  blobs: BlobStore;
  jobs: Pick<JobQueue, 'define'>;
  clock: Clock;
  limits: FileLimits;
}

export type FileService = ReturnType<typeof createFileService>;

/** How long bytes without a row may lie: longer than any upload takes to get its row. */
const ORPHAN_MS = 86_400_000;

/** Uploaded files: their bytes in the blob store, everything else in the database. */
export function createFileService({ files, blobs, jobs, clock, limits }: FileServiceOptions) {
  const removals = jobs.define<BlobKey>('remove_blob', { retries: 10, onePer: 'waiting' }, (key) => blobs.remove(key));

  /** Removes bytes that no row names, later if the storage does not work now. What even then stays goes with the daily sweep. */
  const discard = async ({ projectId, id }: BlobKey): Promise<void> => {
    try {
      await blobs.remove({ projectId, id });
    } catch {
      await removals.send({ projectId, id }, { key: id });
    }
  };

  const find = async (principal: Principal, publicId: string): Promise<File> => {
    const id = parsePublicId('file', publicId);
    const [file] = id === null ? [] : await files.findMany(principal, [id]);
    if (file === undefined) throw errors.notFound(publicId);
    return file;
  };

  const write = async (key: BlobKey, content: Readable): Promise<StoredBlob> => {
    try {
      return await blobs.write(key, content, limits.maxFileBytes);
    } catch (error) {
      throw error instanceof BlobTooLarge ? errors.fileTooLarge(limits.maxFileBytes) : error;
    }
  };

  const keep = async (
    principal: Principal,
    id: string,
    named: { filename: string; contentType: string },
    stored: StoredBlob,
    unchecked: unknown,
  ): Promise<File> => {
    const fields = parseInput(UploadFields, unchecked);
    const createdAtMs = clock.now();
    const file: File = {
      projectId: principal.projectId,
      id,
      filename: toFilename(named.filename),
      purpose: fields.purpose,
      ...stored,
      contentType: toContentType(named.contentType),
      createdAtMs,
      expiresAtMs: fields.expires_after ? createdAtMs + fields.expires_after.seconds * 1000 : null,
      endUser: principal.endUser,
    };
    const quota = { files: limits.maxProjectFiles, bytes: limits.maxProjectBytes };
    if (!(await files.create(file, quota)))
      throw errors.insufficientQuota(
        `The project may keep ${quota.files} files of ${quota.bytes} bytes in all; this one does not fit.`,
      );
    return file;
  };

  return {
    /**
     * Takes an upload as it arrives: the file goes to the store while it is read, in constant memory.
     *
     * @throws 400 for bad fields, 413 `file_too_large`, 429 `insufficient_quota`; nothing is kept then
     */
    async upload(principal: Principal, parts: AsyncIterable<UploadPart>): Promise<File> {
      const key = { projectId: principal.projectId, id: newUuid() };
      const fields: Record<string, unknown> = {};
      let received: { filename: string; contentType: string; stored: StoredBlob } | null = null;
      try {
        for await (const part of parts) {
          if (part.kind === 'field') {
            readField(fields, part.name, part.value);
            continue;
          }
          if (part.name !== 'file' || received !== null)
            throw errors.malformedUpload("Send exactly one file, in the field 'file'.");
          received = { filename: part.filename, contentType: part.contentType, stored: await write(key, part.content) };
        }
        if (received === null) throw errors.missingParameter('file');
        return await keep(principal, key.id, received, received.stored, fields);
      } catch (error) {
        await discard(key);
        throw error;
      }
    },

    /**
     * A file of which a document tells: its bytes are in there, as text or base64, or come beside it and are taken up as
     * they arrive once everything else is right.
     *
     * @throws as `upload`
     */
    async create(
      principal: Principal,
      unchecked: unknown,
      incoming: (() => Promise<IncomingFile>) | null = null,
    ): Promise<File> {
      const body = parseInput(InlineFile, unchecked);
      parseInput(UploadFields, unchecked);
      const sources = (['text', 'base64'] as const).filter((source) => typeof body[source] === 'string');
      const [first, second] = incoming === null ? sources : ['file', ...sources];
      if (first === undefined) throw errors.missingParameter('text');
      if (second !== undefined) throw errors.mutuallyExclusive(first, second);
      const file = await (incoming === null ? inlineFile(body) : incoming());
      const key = { projectId: principal.projectId, id: newUuid() };
      try {
        const stored = await write(key, file.content);
        return await keep(principal, key.id, { ...file, filename: body.filename ?? file.filename }, stored, unchecked);
      } catch (error) {
        await discard(key);
        throw error;
      }
    },

    /** @throws 404 */
    get: find,

    /** By UUID; those that are not there are left out. */
    findMany: (principal: Principal, ids: readonly string[]): Promise<File[]> => files.findMany(principal, ids),

    list: (principal: Principal, page: PageRequest<string>, filter: FileFilter = {}): Promise<Page<File>> =>
      withKnownCursors(
        page,
        (ids) => files.findMany(principal, ids),
        () => files.list(principal, page, filter),
      ),

    /** The bytes. @throws 404 */
    async content(principal: Principal, publicId: string): Promise<{ file: File; content: Readable }> {
      const file = await find(principal, publicId);
      const content = await blobs.open(file);
      if (content === null) throw errors.notFound(publicId);
      return { file, content };
    },

    /** Deletes the file and takes it out of all stores. @throws 404 */
    async delete(principal: Principal, publicId: string): Promise<File> {
      const file = await find(principal, publicId);
      if (!(await files.delete(file.projectId, file.id))) throw errors.notFound(publicId);
      await discard(file);
      return file;
    },

    /** Removes what has expired, in every project. */
    async sweepExpired(): Promise<void> {
      for (let found = await files.findExpired(100); found.length > 0; found = await files.findExpired(100))
        for (const key of found) {
          await files.delete(key.projectId, key.id);
          await discard(key);
        }
    },

    /** Removes bytes whose row was never written, or was deleted by a process that died before the bytes were. */
    async sweepOrphans(): Promise<void> {
      for await (const { projectId, ids } of blobs.olderThan(clock.now() - ORPHAN_MS))
        for (const id of await files.findUnknown(projectId, ids)) await blobs.remove({ projectId, id });
    },
  };
}

function inlineFile({ filename, text, base64 }: z.infer<typeof InlineFile>): IncomingFile {
  if (typeof filename !== 'string') throw errors.missingParameter('filename');
  const content = typeof text === 'string' ? Buffer.from(text) : Buffer.from(base64 ?? '', 'base64');
  return { filename, contentType: '', content: Readable.from([content]) };
}

/** `expires_after[seconds]` is how forms write a member of an object. */
function readField(fields: Record<string, unknown>, name: string, value: string): void {
  const nested = /^expires_after\[(anchor|seconds)\]$/.exec(name)?.[1];
  if (nested === undefined) fields[name] = value;
  else fields.expires_after = { ...(fields.expires_after as object | undefined), [nested]: value };
}

/** The name alone, without folders and control characters, as some clients send whole paths. */
function toFilename(sent: string): string {
  const name = (sent.split(/[/\\]/).at(-1) ?? '')
    .replaceAll(/\p{Cc}/gu, '')
    .toWellFormed()
    .trim();
  if (name === '') throw errors.missingParameter('file');
  return name.slice(0, 255).toWellFormed();
}

const toContentType = (sent: string): string =>
  /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}(; ?charset=[a-z0-9-]{1,32})?$/i.test(sent)
    ? sent
    : 'application/octet-stream';
