/** A model one can name in a request. */
export interface ModelInfo {
  id: string;
  /** Unix seconds; 0 when nobody knows. */
  created: number;
  ownedBy: string;
}
