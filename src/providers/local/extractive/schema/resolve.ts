import { isObject, type JsonObject } from '../../json.js';
import { UnusableSchema } from './unusable.js';

/** A schema after its `$ref` and `allOf` are worked in, and the references passed on the way. */
export interface Resolved {
  schema: JsonObject | boolean;
  refs: readonly string[];
}

/** Most references followed from one place: a chain that is longer refers to itself. */
const maxChain = 32;

/**
 * Follows `$ref` inside the document (`#/$defs/X`, `#/definitions/X`, `#`) and merges `allOf` into one schema.
 * Throws UnusableSchema for references that lead outside, nowhere or in a circle.
 */
export function resolve(value: unknown, root: JsonObject): Resolved {
  const refs: string[] = [];
  let schema = value;
  while (isObject(schema) && typeof schema.$ref === 'string') {
    const { $ref: ref, ...siblings } = schema;
    refs.push(ref);
    if (refs.length > maxChain) throw new UnusableSchema(`'$ref' ${ref} refers to itself.`);
    const target = lookUp(ref, root);
    schema = isObject(target) ? { ...target, ...siblings } : target;
  }
  if (schema === undefined || schema === true) return { schema: true, refs };
  if (schema === false) return { schema: false, refs };
  if (!isObject(schema)) throw new UnusableSchema('A schema must be an object or a boolean.');
  if (!Array.isArray(schema.allOf)) return { schema, refs };
  const { allOf, ...rest } = schema;
  let merged: JsonObject = rest;
  for (const part of allOf) {
    const resolved = resolve(part, root);
    refs.push(...resolved.refs);
    if (refs.length > maxChain) throw new UnusableSchema('allOf refers to itself.');
    if (resolved.schema === false) return { schema: false, refs };
    if (resolved.schema !== true) merged = merge(merged, resolved.schema);
  }
  return { schema: merged, refs };
}

/** The place a local JSON pointer leads to. */
function lookUp(ref: string, root: JsonObject): unknown {
  if (!ref.startsWith('#')) throw new UnusableSchema(`'$ref' ${ref} leads outside the schema.`);
  let target: unknown = root;
  for (const step of decodeURIComponent(ref.slice(1)).split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    target = Array.isArray(target)
      ? target[Number(key)]
      : isObject(target) && Object.hasOwn(target, key)
        ? target[key]
        : undefined;
  }
  if (target === undefined) throw new UnusableSchema(`'$ref' ${ref} leads nowhere.`);
  return target;
}

/** Both schemas at once. The tighter bound wins; what cannot be joined is left to the final validation. */
function merge(a: JsonObject, b: JsonObject): JsonObject {
  const merged: JsonObject = { ...a, ...b };
  if (isObject(a.properties) && isObject(b.properties)) merged.properties = { ...a.properties, ...b.properties };
  if (Array.isArray(a.required) && Array.isArray(b.required))
    merged.required = [...new Set([...a.required, ...b.required])];
  if (Array.isArray(a.enum) && Array.isArray(b.enum)) {
    const allowed = new Set(b.enum.map((value) => JSON.stringify(value)));
    merged.enum = a.enum.filter((value) => allowed.has(JSON.stringify(value)));
  }
  for (const bound of ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'])
    if (typeof a[bound] === 'number' && typeof b[bound] === 'number') merged[bound] = Math.max(a[bound], b[bound]);
  for (const bound of ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'])
    if (typeof a[bound] === 'number' && typeof b[bound] === 'number') merged[bound] = Math.min(a[bound], b[bound]);
  return merged;
}
