import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import { newUuid, parsePublicId, toPublicId } from '../../domain/ids.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Principal } from '../../domain/principal.js';
import {
  type FileBatch,
  type StoredChunk,
  type StoreFile,
  type StoreFileStatus,
  storeStatus,
  type VectorStore,
} from '../../domain/vector-store.js';
import type { IngestionRepository } from '../../persistence/repositories/ingestion.repository.js';
import type { FirstPage } from '../../persistence/repositories/pages.js';
import type { StoreFileRepository } from '../../persistence/repositories/store-file.repository.js';
import { parseInput } from '../validation.js';
import type { Embedder } from './embedder.js';
import type { StoreAttachments, WantedFile } from './store-attachments.js';
import { AttachFileBody, CreateBatchBody, toChunking, UpdateFileBody } from './vector-store.schema.js';
import type { VectorStoreService } from './vector-store.service.js';

export interface StoreFileServiceOptions {
  stores: VectorStoreService;
  storeFiles: StoreFileRepository;
  attachments: StoreAttachments;
  ingestions: IngestionRepository;
  embedder: Embedder;
  clock: Clock;
}

export type StoreFileService = ReturnType<typeof createStoreFileService>;

/** The files in vector stores, one by one and in batches (vector stores section). */
export function createStoreFileService(options: StoreFileServiceOptions) {
  const { stores, storeFiles, attachments, ingestions, embedder, clock } = options;

  const fileUuid = (publicId: string): string => {
    const id = parsePublicId('file', publicId);
    if (id === null) throw errors.notFound(publicId);
    return id;
  };

  const checkUsable = (store: VectorStore): void => {
    if (storeStatus(store, clock.now()) === 'expired')
      throw errors.vectorStoreExpired(toPublicId('vectorStore', store.id));
    if (store.embeddingModel !== embedder.model)
      throw errors.unsupportedValue(
        'vector_store_id',
        `The store holds vectors of '${store.embeddingModel}', but this server embeds with '${embedder.model}'. Vectors of two models are never mixed: create another store.`,
      );
  };

  const getFile = async (store: VectorStore, publicId: string): Promise<StoreFile> => {
    const file = await storeFiles.find(store.projectId, store.id, fileUuid(publicId));
    if (file === null) throw errors.notFound(publicId);
    return file;
  };

  const getBatch = async (store: VectorStore, publicId: string): Promise<FileBatch> => {
    const id = parsePublicId('fileBatch', publicId);
    const [batch] = id === null ? [] : await storeFiles.findBatches(store.projectId, [id]);
    if (batch === undefined || batch.storeId !== store.id) throw errors.notFound(publicId);
    return batch;
  };

  const knownCursor = <Row>(page: Page<Row> | 'unknown-cursor'): Page<Row> => {
    if (page === 'unknown-cursor') throw errors.invalidValue('after', 'The cursor is not a file of this list.');
    return page;
  };

  return {
    /** Attaches one file and starts indexing it. @throws 404, 400 */
    async attach(principal: Principal, storeId: string, unchecked: unknown): Promise<StoreFile> {
      const body = parseInput(AttachFileBody, unchecked);
      const store = await stores.get(principal, storeId);
      checkUsable(store);
      const wanted = {
        fileId: body.file_id,
        param: 'file_id',
        attributes: body.attributes ?? {},
        chunking: toChunking(body.chunking_strategy) ?? store.chunking,
      };
      return (await attachments.attach(principal, store, [wanted], null))[0] as StoreFile;
    },

    /** @throws 404 */
    async get(principal: Principal, storeId: string, fileId: string): Promise<StoreFile> {
      return getFile(await stores.get(principal, storeId), fileId);
    },

    /** Cursors are UUIDs of files. @throws 404, 400 for an unknown cursor */
    async list(
      principal: Principal,
      storeId: string,
      page: PageRequest<string>,
      status: StoreFileStatus | null,
    ): Promise<Page<StoreFile>> {
      const store = await stores.get(principal, storeId);
      return knownCursor(await storeFiles.list(store.projectId, store.id, page, status));
    },

    /** The first files of many stores, by UUID. */
    listOfMany: (
      principal: Principal,
      uuids: readonly string[],
      page: FirstPage,
    ): Promise<Map<string, Page<StoreFile>>> => storeFiles.listOfMany(principal.projectId, uuids, page),

    /** Replaces the attributes of a file in a store. @throws 404, 400 */
    async update(principal: Principal, storeId: string, fileId: string, unchecked: unknown): Promise<StoreFile> {
      const { attributes } = parseInput(UpdateFileBody, unchecked);
      const store = await stores.get(principal, storeId);
      const file = await storeFiles.updateAttributes(store.projectId, store.id, fileUuid(fileId), attributes ?? {});
      if (file === null) throw errors.notFound(fileId);
      return file;
    },

    /** Takes a file out of a store; the file stays. @throws 404 */
    async detach(principal: Principal, storeId: string, fileId: string): Promise<StoreFile> {
      const store = await stores.get(principal, storeId);
      const file = await getFile(store, fileId);
      if (!(await storeFiles.detach(store.projectId, store.id, file.fileId))) throw errors.notFound(fileId);
      return file;
    },

    /** Stops indexing a file; one that is done stays. @throws 404 */
    async cancel(principal: Principal, storeId: string, fileId: string): Promise<StoreFile> {
      const store = await stores.get(principal, storeId);
      const file = await getFile(store, fileId);
      await ingestions.end(file, 'cancelled', null);
      return getFile(store, fileId);
    },

    /** The text of a file as it was indexed, from the chunk at `position` on, each stretch of it once. @throws 404 */
    async content(
      principal: Principal,
      storeId: string,
      fileId: string,
      position: number,
      limit: number,
    ): Promise<{ texts: string[]; next: number | null }> {
      const store = await stores.get(principal, storeId);
      const file = await getFile(store, fileId);
      const from = Math.max(0, position - 1);
      const chunks = await storeFiles.listChunks(store.projectId, store.id, file.fileId, from, limit + 2);
      const before = position === 0 ? undefined : chunks.shift();
      const shown = chunks.slice(0, limit);
      return { texts: withoutOverlap(shown, before?.end ?? 0), next: chunks.length > limit ? position + limit : null };
    },

    /** Attaches many files, all or none. @throws 404, 400 */
    async createBatch(principal: Principal, storeId: string, unchecked: unknown): Promise<FileBatch> {
      const body = parseInput(CreateBatchBody, unchecked);
      if (body.files && body.file_ids) throw errors.mutuallyExclusive('files', 'file_ids');
      if (!body.files && !body.file_ids) throw errors.missingParameter('file_ids');
      const store = await stores.get(principal, storeId);
      checkUsable(store);
      const shared = {
        attributes: body.attributes ?? {},
        chunking: toChunking(body.chunking_strategy) ?? store.chunking,
      };
      const wanted: WantedFile[] = body.files
        ? body.files.map((file, index) => ({
            fileId: file.file_id,
            param: `files[${index}].file_id`,
            attributes: file.attributes ?? {},
            chunking: toChunking(file.chunking_strategy) ?? store.chunking,
          }))
        : (body.file_ids ?? []).map((fileId, index) => ({ fileId, param: `file_ids[${index}]`, ...shared }));
      const batchId = newUuid();
      await attachments.attach(principal, store, wanted, batchId);
      return getBatch(store, toPublicId('fileBatch', batchId));
    },

    /** @throws 404 */
    async getBatch(principal: Principal, storeId: string, batchId: string): Promise<FileBatch> {
      return getBatch(await stores.get(principal, storeId), batchId);
    },

    /** Batches of any stores, by UUID; those that are not there are left out. */
    async findBatches(principal: Principal, uuids: readonly string[]): Promise<FileBatch[]> {
      const batches = await storeFiles.findBatches(principal.projectId, uuids);
      if (batches.length === 0) return [];
      const seen = await stores.findMany(principal, [...new Set(batches.map(({ storeId }) => storeId))]);
      return batches.filter(({ storeId }) => seen.some(({ id }) => id === storeId));
    },

    /** Stops indexing what of a batch is not done. @throws 404 */
    async cancelBatch(principal: Principal, storeId: string, batchId: string): Promise<FileBatch> {
      const store = await stores.get(principal, storeId);
      const { id } = await getBatch(store, batchId);
      await storeFiles.cancelBatch(store.projectId, id);
      return getBatch(store, batchId);
    },

    /** @throws 404, 400 for an unknown cursor */
    async listBatchFiles(
      principal: Principal,
      storeId: string,
      batchId: string,
      page: PageRequest<string>,
      status: StoreFileStatus | null,
    ): Promise<Page<StoreFile>> {
      const { projectId, id } = await getBatch(await stores.get(principal, storeId), batchId);
      return knownCursor(await storeFiles.listOfBatch(projectId, id, page, status));
    },
  };
}

/** Chunks overlap; their text one after another does not. */
function withoutOverlap(chunks: readonly StoredChunk[], from: number): string[] {
  let end = from;
  return chunks.map((chunk) => {
    const text = chunk.text.slice(Math.max(0, end - chunk.start));
    end = Math.max(end, chunk.end);
    return text;
  });
}
