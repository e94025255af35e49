import { isObject, type JsonObject } from '../../json.js';
import { formats } from './formats.js';
import { matchesPattern } from './pattern.js';
import { resolve } from './resolve.js';
import { UnusableSchema } from './unusable.js';

/** Deepest nesting checked; a schema that refers to itself without end stops here. */
const maxDepth = 64;

/**
 * Whether a value satisfies a JSON Schema (the keywords of draft 2020-12 that structured output and tools use).
 * Throws UnusableSchema when the schema itself cannot be understood.
 */
export function isValid(value: unknown, schema: unknown, root: JsonObject, depth = 0): boolean {
  if (depth > maxDepth) throw new UnusableSchema('The schema is nested too deeply.');
  const { schema: rules } = resolve(schema, root);
  if (typeof rules === 'boolean') return rules;
  const check = (inner: unknown, against: unknown): boolean => isValid(inner, against, root, depth + 1);
  return (
    hasType(value, rules.type) &&
    (!Array.isArray(rules.enum) || rules.enum.some((allowed) => isEqual(allowed, value))) &&
    (!Object.hasOwn(rules, 'const') || isEqual(rules.const, value)) &&
    passesCombinations(value, rules, check) &&
    (typeof value !== 'number' || isValidNumber(value, rules)) &&
    (typeof value !== 'string' || isValidString(value, rules)) &&
    (!Array.isArray(value) || isValidArray(value, rules, check)) &&
    (!isObject(value) || isValidObject(value, rules, check))
  );
}

type Check = (inner: unknown, against: unknown) => boolean;

function hasType(value: unknown, type: unknown): boolean {
  if (Array.isArray(type)) return type.some((one) => hasType(value, one));
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    case 'null':
      return value === null;
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type;
    case undefined:
      return true;
    default:
      throw new UnusableSchema(`The type ${JSON.stringify(type)} is unknown.`);
  }
}

function passesCombinations(value: unknown, rules: JsonObject, check: Check): boolean {
  const branches = (list: unknown): unknown[] => (Array.isArray(list) ? list : []);
  if (Array.isArray(rules.anyOf) && !rules.anyOf.some((branch) => check(value, branch))) return false;
  if (Array.isArray(rules.oneOf) && branches(rules.oneOf).filter((branch) => check(value, branch)).length !== 1)
    return false;
  if (rules.not !== undefined && check(value, rules.not)) return false;
  if (rules.if === undefined) return true;
  const consequence = check(value, rules.if) ? rules.then : rules.else;
  return consequence === undefined || check(value, consequence);
}

const atLeast = (value: number, bound: unknown): boolean => typeof bound !== 'number' || value >= bound;
const atMost = (value: number, bound: unknown): boolean => typeof bound !== 'number' || value <= bound;

function isValidNumber(value: number, rules: JsonObject): boolean {
  return (
    atLeast(value, rules.minimum) &&
    atMost(value, rules.maximum) &&
    (typeof rules.exclusiveMinimum !== 'number' || value > rules.exclusiveMinimum) &&
    (typeof rules.exclusiveMaximum !== 'number' || value < rules.exclusiveMaximum) &&
    (typeof rules.multipleOf !== 'number' || isMultiple(value, rules.multipleOf))
  );
}

/** Plain division says that 0.3 is no multiple of 0.1. */
export function isMultiple(value: number, of: number): boolean {
  const quotient = value / of;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
}

function isValidString(value: string, rules: JsonObject): boolean {
  const length = [...value].length;
  const format = typeof rules.format === 'string' ? formats.get(rules.format) : undefined;
  return (
    atLeast(length, rules.minLength) &&
    atMost(length, rules.maxLength) &&
    (format?.test(value) ?? true) &&
    (typeof rules.pattern !== 'string' || matchesPattern(rules.pattern, value))
  );
}

function isValidArray(value: readonly unknown[], rules: JsonObject, check: Check): boolean {
  const first: unknown[] = Array.isArray(rules.prefixItems) ? rules.prefixItems : [];
  if (!atLeast(value.length, rules.minItems) || !atMost(value.length, rules.maxItems)) return false;
  if (rules.uniqueItems === true && new Set(value.map((item) => canonical(item))).size !== value.length) return false;
  if (rules.contains !== undefined) {
    const matching = value.filter((item) => check(item, rules.contains)).length;
    if (!atLeast(matching, rules.minContains ?? 1) || !atMost(matching, rules.maxContains)) return false;
  }
  return value.every((item, index) => check(item, index < first.length ? first[index] : rules.items));
}

function isValidObject(value: JsonObject, rules: JsonObject, check: Check): boolean {
  const keys = Object.keys(value);
  if (!atLeast(keys.length, rules.minProperties) || !atMost(keys.length, rules.maxProperties)) return false;
  if (
    Array.isArray(rules.required) &&
    !rules.required.every((key) => typeof key === 'string' && Object.hasOwn(value, key))
  )
    return false;
  if (rules.propertyNames !== undefined && !keys.every((key) => check(key, rules.propertyNames))) return false;
  const properties = isObject(rules.properties) ? rules.properties : {};
  const patterns = Object.entries(isObject(rules.patternProperties) ? rules.patternProperties : {});
  return keys.every((key) => {
    const schemas = patterns.filter(([pattern]) => matchesPattern(pattern, key)).map(([, schema]) => schema);
    if (Object.hasOwn(properties, key)) schemas.push(properties[key]);
    else if (schemas.length === 0) schemas.push(rules.additionalProperties);
    return schemas.every((schema) => check(value[key], schema));
  });
}

const isEqual = (a: unknown, b: unknown): boolean => a === b || canonical(a) === canonical(b);

/** JSON with members in one order, so that equal values print alike. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
