import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import type { Context } from '../context.js';
import { isDirect } from '../direct-resolvers.js';
import { type Asking, askedFields } from './asked-fields.js';

type Values = Record<string, unknown>;
const NO_ARGUMENTS = {};

/** What a result shows of a value. Throws where only graphql-js can tell: for faults, and for values that are still to come. */
export type Show = (value: unknown, context: Context) => unknown;

/**
 * What a result shows of values of this type, found once for all of them: graphql-js goes through the selection again for every
 * row, and keeps a path, a description and a copy of the arguments for each of its fields. Null when more is asked for than
 * the members of objects whose type is known.
 *
 * @param sets selections that apply together
 */
export function showPlainly(asking: Asking, type: GraphQLOutputType, sets: readonly SelectionSetNode[]): Show | null {
  if (isNonNullType(type)) return wrap(showPlainly(asking, type.ofType, sets), required);
  if (isListType(type)) return wrap(showPlainly(asking, type.ofType, sets), listOf);
  if (isLeafType(type)) return leafOf((value) => type.serialize(value));
  // What else would have to be asked which type it has.
  if (!isObjectType(type) || type.isTypeOf) return null;
  const asked = askedFields(asking, type, sets);
  if (asked === null) return null;
  const fields: ShownField[] = [];
  for (const { key, name, sets: below } of asked) {
    const show = showField(asking, type, name, below);
    if (show === null) return null;
    fields.push({ key, show });
  }
  return objectOf(fields);
}

/** What a field shows of its object. */
function showField(
  asking: Asking,
  type: GraphQLObjectType,
  name: string,
  sets: readonly SelectionSetNode[],
): Show | null {
  if (name === '__typename') return () => type.name;
  const field: GraphQLField<unknown, Context> | undefined = type.getFields()[name];
  const resolve = field?.resolve;
  if (field === undefined || field.args.length > 0 || !isDirect(resolve)) return null;
  return wrap(
    showPlainly(asking, field.type, sets),
    (show) => (object, context) => show(resolve(object as Values, NO_ARGUMENTS, context), context),
  );
}

/** A member is a promise: the objects of this selection have to be waited for. */
export class StillToCome extends Error {}

/** A field of an object, under the name that results have it. */
interface ShownField {
  readonly key: string;
  readonly show: Show;
}

const wrap = (show: Show | null, by: (show: Show) => Show): Show | null => (show === null ? null : by(show));

const required =
  (show: Show): Show =>
  (value, context) => {
    const shown = show(value, context);
    if (shown === null) throw new Error('A value is missing.');
    return shown;
  };

const leafOf =
  (serialize: (value: unknown) => unknown): Show =>
  (value) => {
    if (isMissing(value)) return null;
    const shown = serialize(value);
    if (shown === null || shown === undefined) throw new Error('A value cannot be shown.');
    return shown;
  };

const listOf =
  (show: Show): Show =>
  (value, context) => {
    if (isMissing(value)) return null;
    if (!Array.isArray(value)) throw new Error('A list is none.');
    return value.map((entry) => show(entry, context));
  };

const objectOf =
  (fields: readonly ShownField[]): Show =>
  (value, context) => {
    if (isMissing(value)) return null;
    const shown: Values = {};
    for (const { key, show } of fields) shown[key] = show(value, context);
    return shown;
  };

/** Whether there is nothing. @throws for a fault, and for what is still to come */
function isMissing(value: unknown): value is null | undefined {
  if (typeof value !== 'object') return value === undefined;
  if (value === null) return true;
  if (value instanceof Error) throw value;
  if (!isPromise(value)) return false;
  // It will be asked for again; this one nobody waits for.
  value.then(undefined, () => undefined);
  throw new StillToCome();
}

const isPromise = (value: object): value is PromiseLike<unknown> =>
  typeof (value as { then?: unknown }).then === 'function';
