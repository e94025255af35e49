import { z } from 'zod';
import { errors, type GatewayError } from '../domain/errors.js';

/**
 * Checks a value against a schema and gives it back typed; a fault becomes the API's 400 with the code and the path of the
 * field (errors section). Unknown members are kept, dropped or refused as the schema says: newer clients may send some with a
 * request for an answer, but nobody shall believe in a limit on money or rights that is not there.
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw toError(result.error.issues[0] as z.core.$ZodIssue);
}

type Path = readonly PropertyKey[];

/** `['tools', 0, 'name']` → `tools[0].name`. */
const printPath = (path: Path): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');

const typeName = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (Number.isNaN(value)) return 'something else';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal';
  return `a ${typeof value}`;
};

/** Types by the names that JSON has for them. */
const EXPECTED: Record<string, string> = {
  int: 'an integer',
  number: 'a number',
  string: 'a string',
  boolean: 'a boolean',
  array: 'an array',
  object: 'an object',
  record: 'an object',
};
const expectedName = (expected: string): string => EXPECTED[expected] ?? expected;

function toError(issue: z.core.$ZodIssue, parents: Path = []): GatewayError {
  const path = [...parents, ...issue.path];
  const param = printPath(path);
  const fault = (code: string, message: string): GatewayError =>
    errors.invalidParameter(code, param, `Invalid '${param || 'body'}': ${message}`);

  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined && param !== '') return errors.missingParameter(param);
      return fault(
        'invalid_type',
        `expected ${expectedName(issue.expected)}, but got ${typeName(issue.input)} instead.`,
      );
    case 'invalid_value':
      if (issue.input === undefined) return errors.missingParameter(param);
      return fault('invalid_value', `supported values are: ${issue.values.map((v) => `'${String(v)}'`).join(', ')}.`);
    case 'too_small':
      return fault(tooSmall(issue), tooSmallText(issue));
    case 'too_big':
      return fault(tooBig(issue), tooBigText(issue));
    case 'invalid_union': {
      if (issue.errors.length === 0) return unknownVariant(issue, param);
      const branch = closestBranch(issue.errors);
      if (branch !== undefined) return toError(branch, path);
      if (issue.input === undefined) return errors.missingParameter(param);
      return fault(
        'invalid_type',
        `expected ${expectedTypes(issue.errors).join(' or ')}, but got ${typeName(issue.input)} instead.`,
      );
    }
    case 'unrecognized_keys':
      return errors.unknownParameter(printPath([...path, issue.keys[0] ?? '']));
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues[0] === undefined ? fault('invalid_value', issue.message) : toError(issue.issues[0], path);
    case 'custom': {
      const code = typeof issue.params?.code === 'string' ? issue.params.code : 'invalid_value';
      return fault(code, issue.message);
    }
    default:
      return fault('invalid_value', issue.message);
  }
}

/** A tagged union none of whose variants has this tag: the fault lies in the tag, which the path ends with. */
function unknownVariant(issue: z.core.$ZodIssueInvalidUnion, param: string): GatewayError {
  const tag = (issue.input as Record<PropertyKey, unknown> | undefined)?.[issue.path.at(-1) ?? ''];
  if (tag === undefined) return errors.missingParameter(param);
  const supported = (issue as { options?: readonly unknown[] }).options ?? [];
  return errors.invalidValue(
    param,
    `Invalid '${param}': supported values are: ${supported.map((v) => `'${String(v)}'`).join(', ')}.`,
  );
}

function tooSmall(issue: z.core.$ZodIssueTooSmall): string {
  if (issue.origin === 'string') return 'empty_string';
  if (issue.origin === 'array') return issue.minimum === 1 ? 'empty_array' : 'array_below_min_length';
  return 'integer_below_min_value';
}

function tooBig(issue: z.core.$ZodIssueTooBig): string {
  if (issue.origin === 'string') return 'string_above_max_length';
  if (issue.origin === 'array') return 'array_above_max_length';
  return 'integer_above_max_value';
}

/** What a limit counts, for the reader: `1 character`, `20 items`, or the bare number. */
function counted(limit: number | bigint, origin: string): string {
  const unit = origin === 'string' ? 'character' : origin === 'array' ? 'item' : null;
  if (unit === null) return String(limit);
  return `${limit} ${unit}${Number(limit) === 1 ? '' : 's'}`;
}

const sizeOf = (value: unknown): string =>
  typeof value === 'string' || Array.isArray(value) ? `, but got ${value.length}` : '';

const tooSmallText = ({ minimum, origin, input }: z.core.$ZodIssueTooSmall): string =>
  `the least allowed is ${counted(minimum, origin)}${sizeOf(input)}.`;

const tooBigText = ({ maximum, origin, input }: z.core.$ZodIssueTooBig): string =>
  `the most allowed is ${counted(maximum, origin)}${sizeOf(input)}.`;

/** The types a union takes, each once, in the order of its branches. */
const expectedTypes = (branches: readonly (readonly z.core.$ZodIssue[])[]): string[] => [
  ...new Set(
    branches.flatMap(([first]) => {
      if (first?.code === 'invalid_type') return [expectedName(first.expected)];
      return first?.code === 'invalid_union' ? expectedTypes(first.errors) : [];
    }),
  ),
];

/** Of a union's branches, the one the value came closest to: the fault that lies deepest. None if all failed at the top. */
function closestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): z.core.$ZodIssue | undefined {
  let best: z.core.$ZodIssue | undefined;
  for (const [first] of branches) {
    if (first === undefined) continue;
    const isTypeMismatch = first.path.length === 0 && first.code === 'invalid_type';
    if (isTypeMismatch) continue;
    if (best === undefined || first.path.length > best.path.length) best = first;
  }
  return best;
}

/** PostgreSQL keeps no NUL in text, and no half surrogate pairs; the doors have mended the latter in what came as JSON. */
const NUL = '\u0000';
const isStorable = (text: string): boolean => !text.includes(NUL) && text.isWellFormed();
const NOT_STORABLE = 'NUL characters and half surrogate pairs are not allowed.';

/** A string that the database is given, to keep or to look for. */
export const storableText = (maxLength: number) =>
  z.string().max(maxLength).refine(isStorable, { message: NOT_STORABLE });

/** A short string that ends up in a text column or an index. */
export const shortText = (maxLength: number) =>
  z.string().min(1).max(maxLength).refine(isStorable, { message: NOT_STORABLE });

/** A whole number in a query string, whose values are all text; what is empty or no number has the type's own error. */
export const queryInteger = (minimum: number, maximum: number) =>
  z.preprocess(
    (text) => (typeof text === 'string' && /^-?\d+$/.test(text) ? Number(text) : text),
    z.int().min(minimum).max(maximum),
  );

/** A number that may have a fraction; out of its range it has codes of its own. */
export const decimal = (minimum: number, maximum: number) =>
  z
    .number()
    .superRefine((value, ctx) => {
      if (value < minimum)
        ctx.addIssue({
          code: 'custom',
          message: `the least allowed is ${minimum}.`,
          params: { code: 'decimal_below_min_value' },
        });
      if (value > maximum)
        ctx.addIssue({
          code: 'custom',
          message: `the most allowed is ${maximum}.`,
          params: { code: 'decimal_above_max_value' },
        });
    })
    .meta({ minimum, maximum });

/** The metadata map of responses, conversations and prompts: 16 pairs, keys of 64, values of 512 characters (limits section). */
export const Metadata = z
  .record(z.string(), z.string().max(512))
  .superRefine((map, ctx) => {
    const keys = Object.keys(map);
    if (keys.length > 16)
      ctx.addIssue({
        code: 'custom',
        message: `at most 16 pairs are allowed, but got ${keys.length}.`,
        params: { code: 'object_above_max_properties' },
      });
    for (const key of keys) {
      if (key.length > 64)
        ctx.addIssue({
          code: 'custom',
          path: [key],
          message: 'a key has at most 64 characters.',
          params: { code: 'property_name_above_max_length' },
        });
      if (!isStorable(key) || !isStorable(map[key] ?? ''))
        ctx.addIssue({ code: 'custom', path: [key], message: NOT_STORABLE });
    }
  })
  .describe('Up to 16 pairs; keys of at most 64, values of at most 512 characters.');
