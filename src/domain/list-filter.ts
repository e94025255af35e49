/** Which entries of a list are wanted; conditions add up. */
export interface ListFilter {
  createdFromMs?: number;
  createdBeforeMs?: number;
}

/** The same of what carries metadata. */
export interface MetadataFilter extends ListFilter {
  /** Every pair of it. */
  metadata?: Record<string, string>;
}

/** The same of what has a name. */
export interface NameFilter extends ListFilter {
  nameStartsWith?: string;
}
