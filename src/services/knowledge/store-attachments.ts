import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import { newUuid, parsePublicId } from '../../domain/ids.js';
import type { Owner, Principal } from '../../domain/principal.js';
import type { Attributes, Chunking, StoreFile, VectorStore } from '../../domain/vector-store.js';
import type { StoreFileRepository } from '../../persistence/repositories/store-file.repository.js';
import type { Ingester } from './ingest/ingester.js';

/** A file that is to be searched in a store. */
export interface WantedFile {
  fileId: string;
  /** The path of the id in the request. */
  param: string;
  attributes: Attributes;
  chunking: Chunking;
}

export interface StoreAttachmentsOptions {
  storeFiles: StoreFileRepository;
  ingester: Ingester;
  clock: Clock;
  hasFile(owner: Owner, id: string): Promise<boolean>;
}

export type StoreAttachments = ReturnType<typeof createStoreAttachments>;

/** How files get into vector stores. */
export function createStoreAttachments({ storeFiles, ingester, clock, hasFile }: StoreAttachmentsOptions) {
  /** Attaches files and queues them, all or none. @throws 404 for a file that is not there, 400 for one cut otherwise */
  const attach = async (
    principal: Principal,
    store: VectorStore,
    wanted: readonly WantedFile[],
    batchId: string | null,
  ): Promise<StoreFile[]> => {
    const { id: storeId } = store;
    const byFile = new Map<string, WantedFile>();
    for (const file of wanted) {
      const uuid = parsePublicId('file', file.fileId);
      if (uuid === null) throw errors.fileNotFound(file.fileId, file.param);
      byFile.set(uuid, file);
    }
    const rows = [...byFile].map(([fileId, { attributes, chunking }]) => ({
      fileId,
      id: newUuid(),
      attributes,
      chunking,
    }));
    const batch = batchId === null ? null : { id: batchId, createdAtMs: clock.now() };
    const attached = await storeFiles.attach(principal, storeId, rows, batch, clock.now());
    if (attached.length < rows.length) throw await whyNotAttached(principal, store, byFile);
    await ingester.enqueue(attached.filter(({ status }) => status === 'in_progress'));
    return attached;
  };

  const whyNotAttached = async (principal: Principal, store: VectorStore, wanted: ReadonlyMap<string, WantedFile>) => {
    for (const [uuid, { fileId, param, chunking }] of wanted) {
      const there = await storeFiles.find(store.projectId, store.id, uuid);
      const isOther =
        there !== null &&
        (there.chunking.maxTokens !== chunking.maxTokens || there.chunking.overlapTokens !== chunking.overlapTokens);
      if (isOther)
        return errors.invalidValue(
          param,
          `File '${fileId}' is in the store with another chunking strategy. Remove it first to have it cut anew.`,
        );
      if (there === null && !(await hasFile(principal, uuid))) return errors.fileNotFound(fileId, param);
    }
    return errors.invalidValue('file_ids', 'The files changed meanwhile. Try again.');
  };

  return { attach };
}
