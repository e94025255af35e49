import { isObject, type JsonObject } from '../../json.js';
import { createFacts, type Facts } from './facts.js';
import { fillString } from './fill-string.js';
import type { Filled } from './filled.js';
import { resolve } from './resolve.js';
import { UnusableSchema } from './unusable.js';
import { isMultiple, isValid } from './validate.js';

/** Parts of a schema looked at for one value: definitions that use each other can describe billions. */
const maxParts = 2_000;
const maxDepth = 24;
/** Items taken over from a text, and the most that a schema may ask for. */
const listLength = { found: 100, required: 1_000 };

interface Place {
  root: JsonObject;
  facts: Facts;
  /** The property's name, '' at the root. */
  key: string;
  /** References passed on the way here: an optional part that leads back to itself is left out. */
  refs: readonly string[];
  depth: number;
  /** Left out unless the text names it, so it must not use up values that a required part needs. */
  isOptional: boolean;
  budget: { parts: number };
}

/**
 * A value for a JSON Schema, taken from a text as far as the text gives one. Required parts that the text does not
 * give get their default, a neutral value within their bounds, or null where null is allowed; optional ones are left
 * out. The same text and schema always give the same value.
 *
 * Throws UnusableSchema when no valid value can be made; `type` is what the root must be, if it must be something.
 */
export function fillSchema(schema: JsonObject, text: string, type?: 'object'): unknown {
  const place: Place = {
    root: schema,
    facts: createFacts(text),
    key: '',
    refs: [],
    depth: 0,
    isOptional: false,
    budget: { parts: 0 },
  };
  const filled = fill(schema, place);
  if (filled === null || !isValid(filled.value, schema, schema))
    throw new UnusableSchema('no value was found that satisfies it.');
  if (type === 'object' && !isObject(filled.value)) throw new UnusableSchema('it must describe an object.');
  return filled.value;
}

/** Null when this part of the schema allows no value that can be found. */
function fill(schema: unknown, at: Place): Filled | null {
  at.budget.parts += 1;
  if (at.budget.parts > maxParts) throw new UnusableSchema('it is too large.');
  if (at.depth > maxDepth) return null;
  const { schema: rules, refs } = resolve(schema, at.root);
  if (rules === false) return null;
  if (rules === true) return { value: at.facts.labelled(at.key) ?? {}, isFound: false };
  const here = { ...at, refs: [...at.refs, ...refs], depth: at.depth + 1 };
  if (Object.hasOwn(rules, 'const')) return { value: rules.const, isFound: false };
  if (Array.isArray(rules.enum)) return fillEnum(rules.enum, rules, here);
  const branches = rules.anyOf ?? rules.oneOf;
  if (Array.isArray(branches)) return fillBranch(branches, rules, here);
  return fillTypes(rules, here);
}

function fillEnum(values: readonly unknown[], rules: JsonObject, at: Place): Filled | null {
  const spoken = values.find(
    (value) => typeof value !== 'object' && at.facts.hasWord(String(value).replaceAll('_', ' ')),
  );
  if (spoken !== undefined) return { value: spoken, isFound: true };
  const literal = values.find((value) => typeof value === 'string' && at.facts.hasWord(value));
  if (literal !== undefined) return { value: literal, isFound: true };
  if (rules.default !== undefined) return { value: rules.default, isFound: false };
  if (values.includes(null)) return { value: null, isFound: false };
  return values.length === 0 ? null : { value: values[0], isFound: false };
}

/** The first branch that the text gives something for; otherwise null if allowed, otherwise the first that works. */
function fillBranch(branches: readonly unknown[], rules: JsonObject, at: Place): Filled | null {
  const { anyOf: _, oneOf: __, ...shared } = rules;
  const made: Filled[] = [];
  for (const branch of branches) {
    // A branch that leads back to where we are would never end; the others are the way out.
    if (leadsBack(branch, at)) continue;
    const whole = Object.keys(shared).length === 0 ? branch : { ...shared, allOf: [branch, ...listOf(shared.allOf)] };
    const filled = fill(whole, at);
    if (filled === null || !isValid(filled.value, rules, at.root)) continue;
    if (filled.isFound) return filled;
    made.push(filled);
  }
  if (rules.default !== undefined) return { value: rules.default, isFound: false };
  return made.find((filled) => filled.value === null) ?? made[0] ?? null;
}

function fillTypes(rules: JsonObject, at: Place): Filled | null {
  const types = typesOf(rules);
  let first: Filled | null = null;
  for (const type of types.filter((one) => one !== 'null')) {
    const filled = fillType(type, rules, at);
    if (filled?.isFound === true) return filled;
    first ??= filled;
  }
  if (rules.default !== undefined) return { value: rules.default, isFound: false };
  return types.includes('null') ? { value: null, isFound: false } : first;
}

function typesOf(rules: JsonObject): unknown[] {
  if (Array.isArray(rules.type)) return rules.type;
  if (rules.type !== undefined) return [rules.type];
  if (isObject(rules.properties) || Array.isArray(rules.required)) return ['object'];
  if (rules.items !== undefined || rules.prefixItems !== undefined) return ['array'];
  if ([rules.minimum, rules.maximum, rules.multipleOf].some((bound) => bound !== undefined)) return ['number'];
  return ['string'];
}

function fillType(type: unknown, rules: JsonObject, at: Place): Filled | null {
  switch (type) {
    case 'object':
      return fillObject(rules, at);
    case 'array':
      return fillArray(rules, at);
    case 'string':
      return fillString(rules, at.key, at.facts, at.isOptional);
    case 'number':
    case 'integer':
      return fillNumber(rules, type === 'integer', at);
    case 'boolean':
      return fillBoolean(at);
    default:
      throw new UnusableSchema(`the type ${JSON.stringify(type)} is unknown.`);
  }
}

function fillObject(rules: JsonObject, at: Place): Filled | null {
  const properties = isObject(rules.properties) ? rules.properties : {};
  const required = new Set(listOf(rules.required).filter((key): key is string => typeof key === 'string'));
  const value: JsonObject = {};
  let isFound = false;
  for (const [key, schema] of Object.entries(properties)) {
    if (!required.has(key) && leadsBack(schema, at)) continue;
    const filled = fill(schema, { ...at, key, isOptional: !required.has(key) });
    if (filled === null && required.has(key)) return null;
    if (filled === null || (!required.has(key) && !filled.isFound && !hasDefault(schema, at))) continue;
    if (!required.has(key) && !isValid(filled.value, schema, at.root)) continue;
    set(value, key, filled.value);
    isFound ||= filled.isFound;
  }
  for (const key of required) {
    if (Object.hasOwn(value, key)) continue;
    const filled = fill(rules.additionalProperties ?? true, { ...at, key, isOptional: false });
    if (filled === null) return null;
    set(value, key, filled.value);
  }
  // An open object of a kind ("a map of scores") may ask for members whose names nobody gives.
  for (let i = 1; typeof rules.minProperties === 'number' && Object.keys(value).length < rules.minProperties; i += 1) {
    const key = `key${i}`;
    const filled =
      i > listLength.required ? null : fill(properties[key] ?? rules.additionalProperties ?? true, { ...at, key });
    if (filled === null) return null;
    set(value, key, filled.value);
  }
  return { value, isFound };
}

/** Assigning `__proto__` would change the prototype instead of making a member. */
const set = (object: JsonObject, key: string, value: unknown): void => {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
};

const hasDefault = (schema: unknown, at: Place): boolean => {
  const { schema: rules } = resolve(schema, at.root);
  return isObject(rules) && rules.default !== undefined;
};

const leadsBack = (schema: unknown, at: Place): boolean =>
  isObject(schema) && typeof schema.$ref === 'string' && (at.refs.includes(schema.$ref) || schema.$ref === '#');

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function fillArray(rules: JsonObject, at: Place): Filled | null {
  const value: unknown[] = [];
  for (const schema of listOf(rules.prefixItems)) {
    const filled = fill(schema, at);
    if (filled === null) return null;
    value.push(filled.value);
  }
  const max = Math.min(typeof rules.maxItems === 'number' ? rules.maxItems : listLength.found, listLength.found);
  const found = rules.items === false ? [] : itemsIn(rules.items, at);
  for (const item of found) {
    if (value.length >= max) break;
    if (isValid(item, rules.items, at.root) && !(rules.uniqueItems === true && value.includes(item))) value.push(item);
  }
  const isFound = value.length > 0;
  const min = typeof rules.minItems === 'number' ? rules.minItems : rules.contains === undefined ? 0 : 1;
  if (min > listLength.required) throw new UnusableSchema('it asks for too many items.');
  while (value.length < min) {
    const filled = fill(rules.contains ?? rules.items ?? true, at);
    if (filled === null) return null;
    value.push(rules.uniqueItems === true ? unlike(filled.value, value, rules.items, at.root) : filled.value);
  }
  return { value, isFound };
}

/** What the text lists for this key: "tags: a, b and c"; else all its numbers, enum values or quoted strings. */
function itemsIn(schema: unknown, at: Place): unknown[] {
  const { schema: rules } = resolve(schema, at.root);
  if (!isObject(rules)) return at.facts.listed(at.key);
  if (Array.isArray(rules.enum)) return rules.enum.filter((value) => at.facts.hasWord(String(value)));
  const type = typesOf(rules)[0];
  const listed = at.facts.listed(at.key);
  if (type === 'number' || type === 'integer') {
    const numbers = listed.map(Number).filter((value) => Number.isFinite(value));
    return numbers.length > 0 ? numbers : at.facts.allNumbers();
  }
  if (type === 'string') return listed.length > 0 ? listed : at.facts.allQuoted();
  if (type !== 'object' || leadsBack(schema, at)) return [];
  const filled = fill(schema, at);
  return filled?.isFound === true ? [filled.value] : [];
}

/** The value, changed as little as needed to differ from those already there. */
function unlike(value: unknown, taken: readonly unknown[], schema: unknown, root: JsonObject): unknown {
  const { schema: rules } = resolve(schema, root);
  const allowed = isObject(rules) && Array.isArray(rules.enum) ? rules.enum : variantsOf(value);
  const used = new Set(taken.map((one) => JSON.stringify(one)));
  for (const variant of allowed)
    if (!used.has(JSON.stringify(variant)) && isValid(variant, schema, root)) return variant;
  throw new UnusableSchema('it asks for more different items than were found.');
}

function* variantsOf(value: unknown): Generator<unknown> {
  yield value;
  if (typeof value === 'boolean') yield !value;
  for (let i = 1; i <= listLength.required; i += 1) {
    if (typeof value === 'number') yield value + i;
    else if (typeof value === 'string') yield `${value.slice(0, Math.max(0, value.length - 4))}${i}`;
    if (typeof value === 'number') yield value - i;
    else if (typeof value === 'string') yield `${value}${i}`;
  }
}

function fillBoolean(at: Place): Filled {
  const { facts, key } = at;
  const label = facts.labelled(key);
  if (label !== null && /^(true|yes|on|ja)\b/i.test(label)) return { value: true, isFound: true };
  if (label !== null && /^(false|no|not|off|nein)\b/i.test(label)) return { value: false, isFound: true };
  const name = key.replace(/^(is|has)[_\s]?(?=[A-Z_\s]|$)/, '');
  if (name === '' || !facts.mentions(name)) return { value: false, isFound: false };
  return { value: !facts.mentions(`not ${name}`) && !facts.mentions(`no ${name}`), isFound: true };
}

function fillNumber(rules: JsonObject, isInteger: boolean, at: Place): Filled | null {
  const { facts, key } = at;
  const label = facts.labelled(key);
  const labelled = label === null ? null : Number(/-?\d+(?:\.\d+)?/.exec(label)?.[0] ?? Number.NaN);
  const named = labelled !== null && Number.isFinite(labelled) ? labelled : facts.counted(key);
  if (named !== null) {
    const value = within(named, rules, isInteger);
    return value === null ? null : { value, isFound: true };
  }
  const given = at.isOptional ? null : facts.takeNumber();
  const value = within(given ?? (typeof rules.default === 'number' ? rules.default : 0), rules, isInteger);
  return value === null ? null : { value, isFound: false };
}

/** The nearest number that the bounds allow, or null when they allow none. */
function within(wanted: number, rules: JsonObject, isInteger: boolean): number | null {
  const of = typeof rules.multipleOf === 'number' && rules.multipleOf > 0 ? rules.multipleOf : isInteger ? 1 : null;
  const step = isInteger && of !== null && !Number.isInteger(of) ? smallestWhole(of) : of;
  const low = Math.max(numberOr(rules.minimum, -Infinity), numberOr(rules.exclusiveMinimum, -Infinity));
  const high = Math.min(numberOr(rules.maximum, Infinity), numberOr(rules.exclusiveMaximum, Infinity));
  const clamped = Math.min(Math.max(wanted, low), high);
  const candidates =
    step === null
      ? [clamped, (low + high) / 2, clamped + 1e-6, clamped - 1e-6, clamped + 1, clamped - 1]
      : [Math.round(clamped / step), Math.ceil(clamped / step), Math.floor(clamped / step)].flatMap((n) =>
          [n, n + 1, n - 1].map((k) => Number((k * step).toPrecision(15))),
        );
  const allowed = candidates.filter(
    (value) =>
      Number.isFinite(value) &&
      (low === -Infinity || value >= low) &&
      (high === Infinity || value <= high) &&
      value !== rules.exclusiveMinimum &&
      value !== rules.exclusiveMaximum &&
      (step === null || isMultiple(value, step)),
  );
  return allowed[0] ?? null;
}

const numberOr = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

/** The smallest whole multiple of a fractional step such as 0.5 or 2.5. */
function smallestWhole(step: number): number {
  for (let n = 1; n <= 1_000; n += 1)
    if (Number.isInteger(Number((n * step).toPrecision(12)))) return Number((n * step).toPrecision(12));
  return step;
}
