/** A value, and whether the text gives it or it had to be made up to satisfy the schema. */
export interface Filled {
  value: unknown;
  isFound: boolean;
}
