import type { Readable } from 'node:stream';

/** Where a blob belongs: both are UUIDs, so no name a caller chose ever becomes part of a path. */
export interface BlobKey {
  projectId: string;
  id: string;
}

export interface StoredBlob {
  bytes: number;
  /** Hex. */
  sha256: string;
}

/** More bytes came than were allowed; nothing of them was kept. */
export class BlobTooLarge extends Error {
  override name = 'BlobTooLarge';
}

/** The bytes of files. What is written is either there as a whole or not at all. */
export interface BlobStore {
  /** Takes the stream as it comes, in constant memory. @throws BlobTooLarge beyond `maxBytes` */
  write(key: BlobKey, content: Readable, maxBytes: number): Promise<StoredBlob>;
  /** The bytes as a stream, or null if there are none. */
  open(key: BlobKey): Promise<Readable | null>;
  /** All bytes at once: for callers that know the size. Null if there are none. */
  read(key: BlobKey): Promise<Buffer | null>;
  /** Lets `use` read the bytes by a path, from any thread, until it resolves. */
  withLocalFile<Result>(key: BlobKey, use: (file: string) => Promise<Result>): Promise<Result>;
  remove(key: BlobKey): Promise<void>;
  /** Blobs that have lain here since before this moment, in batches of one project each. */
  olderThan(epochMs: number): AsyncGenerator<{ projectId: string; ids: string[] }>;
  /** Whether blobs can be stored and read at all. @throws Error saying why not */
  check(): Promise<void>;
}
