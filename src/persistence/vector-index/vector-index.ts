/** One store at one version of what it holds. */
export interface IndexedStore {
  id: string;
  version: bigint;
}

/** A chunk by its place. */
export interface ChunkKey {
  storeId: string;
  fileId: string;
  position: number;
}

export interface VectorQuery {
  projectId: string;
  /** Stores of one embedding model. */
  stores: readonly IndexedStore[];
  /** A unit vector. */
  vector: Float32Array;
  /** How many chunks at most. */
  limit: number;
  /** Files that may be found, as `<store> <file>`; null: all. */
  allowed: ReadonlySet<string> | null;
  /** Chunks whose nearness is wanted whether they are among the nearest or not. */
  wanted: readonly ChunkKey[];
}

export interface VectorHit extends ChunkKey {
  /** Cosine of the chunk's nearest window. */
  similarity: number;
  /** That window's place in the file's text. */
  start: number;
  end: number;
}

/** Finds the chunks whose nearest window is nearest to a vector. */
export interface VectorIndex {
  /** The nearest first, then the wanted ones that were not among them; chunks without vectors are left out. */
  search(query: VectorQuery): Promise<VectorHit[]>;
  /** Says that a store holds something new, so that the first search need not wait for it. Never fails. */
  refresh(projectId: string, storeId: string): Promise<void>;
  close(): Promise<void>;
}
