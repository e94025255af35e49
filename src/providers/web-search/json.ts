export type JsonObject = Record<string, unknown>;

export const objectOf = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

/** The objects in what should be a list of them. */
export const objectsIn = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.map(objectOf) : []);
