/** A model one can name in a request. */
export interface ModelInfo {
  id: string;
  /** Unix seconds; 0 when nobody knows. */
  created: number;
  ownedBy: string;
}

/** The embedding model that is there without any configuration. Another one gets another name: vectors of two are never mixed. */
export const BUILT_IN_EMBEDDING = { model: 'local-embedding-2', dimensions: 384 } as const;
