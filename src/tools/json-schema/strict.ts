type Schema = Record<string, unknown>;

const objectOf = (value: unknown): Schema | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : null;

/** Members that hold schemas by name, in a list, and alone. */
const BY_NAME = ['properties', '$defs', 'definitions', 'patternProperties'];
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const ALONE = ['items', 'not'];

/**
 * Why a schema cannot be followed exactly, or null: in strict mode the root is an object, and every object lists all it may
 * have as required and allows nothing else (structured output section). The schema's size is bounded by the caller.
 */
export function findStrictFault(schema: unknown): string | null {
  const root = objectOf(schema);
  if (root === null || root.type !== 'object') return "the schema must be of type 'object'.";
  const waiting: { schema: Schema; path: string }[] = [{ schema: root, path: '' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const fault = faultOf(next.schema);
    if (fault !== null) return `in the context of '${next.path || 'the root'}', ${fault}`;
    waiting.push(...innerOf(next.schema, next.path));
  }
  return null;
}

function faultOf(schema: Schema): string | null {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const properties = objectOf(schema.properties);
  if (!types.includes('object') && properties === null) return null;
  if (schema.additionalProperties !== false) return "'additionalProperties' must be supplied and be false.";
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const missing = Object.keys(properties ?? {}).find((name) => !required.has(name));
  return missing === undefined ? null : `'required' must list every property, but '${missing}' is missing.`;
}

function innerOf(schema: Schema, path: string): { schema: Schema; path: string }[] {
  const inner: { schema: Schema; path: string }[] = [];
  const add = (value: unknown, place: string): void => {
    const found = objectOf(value);
    if (found !== null) inner.push({ schema: found, path: path === '' ? place : `${path}.${place}` });
  };
  for (const member of BY_NAME)
    for (const [name, value] of Object.entries(objectOf(schema[member]) ?? {})) add(value, `${member}.${name}`);
  for (const member of LISTS)
    if (Array.isArray(schema[member]))
      for (const [index, value] of schema[member].entries()) add(value, `${member}.${index}`);
  for (const member of ALONE) add(schema[member], member);
  return inner;
}
