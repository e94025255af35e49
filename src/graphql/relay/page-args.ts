import { ArgsType, Field, Int } from 'type-graphql';
import { errors } from '../../domain/errors.js';
import { type IdKind, parsePublicId, parseVersion } from '../../domain/ids.js';
import type { PageRequest } from '../../domain/page.js';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

@ArgsType()
export class ForwardPageArgs {
  @Field(() => Int, { nullable: true, description: 'How many entries, 1 to 100. Default 20.' })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only entries after this cursor.' })
  after?: string | null;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, description: 'How many entries from the beginning, 1 to 100. Default 20.' })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only entries after this cursor.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How many entries from the end, 1 to 100. Not together with `first`.',
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Only entries before this cursor.' })
  before?: string | null;
}

/** Turns a cursor as the client sent it into the list's key. Throws the 400 that names the argument. */
export type ParseCursor<Key> = (argument: string, cursor: string) => Key;

/**
 * Relay's arguments as a page of ours.
 *
 * @throws 400 when `first` and `last` come together, when one is outside 1–100, or on a cursor that cannot be one
 */
export function toPageRequest<Key>(
  args: PageArgs,
  order: 'asc' | 'desc',
  parseCursor: ParseCursor<Key>,
): PageRequest<Key> {
  const { first, last } = args;
  if (typeof first === 'number' && typeof last === 'number') throw errors.mutuallyExclusive('first', 'last');
  const cursor = (argument: 'after' | 'before'): Key | null => {
    const given = args[argument];
    return typeof given === 'string' ? parseCursor(argument, given) : null;
  };
  return {
    limit: limitOf('first', first) ?? limitOf('last', last) ?? DEFAULT_LIMIT,
    order,
    after: cursor('after'),
    before: cursor('before'),
    fromEnd: typeof last === 'number',
  };
}

function limitOf(argument: string, value: number | null | undefined): number | null {
  if (value === null || value === undefined) return null;
  if (value < 1) throw outOfRange('integer_below_min_value', argument, `the least allowed is 1.`);
  if (value > MAX_LIMIT) throw outOfRange('integer_above_max_value', argument, `the most allowed is ${MAX_LIMIT}.`);
  return value;
}

const outOfRange = (code: string, argument: string, why: string) =>
  errors.invalidParameter(code, argument, `Invalid '${argument}': ${why}`);

const notACursor = (argument: string, cursor: string) =>
  errors.invalidValue(argument, `The cursor '${cursor.slice(0, 80)}' does not belong to this list.`);

/** Cursors of lists ordered by id are the public ids. */
export const idCursor =
  (kind: IdKind): ParseCursor<string> =>
  (argument, cursor) => {
    const uuid = parsePublicId(kind, cursor);
    if (uuid === null) throw notACursor(argument, cursor);
    return uuid;
  };

/** Cursors of item lists are item ids; the list itself knows which belong to it. */
export const itemCursor: ParseCursor<string> = (_argument, cursor) => cursor;

/** Cursors of versions are their numbers. */
export const versionCursor: ParseCursor<number> = (argument, cursor) => {
  const version = parseVersion(cursor);
  if (version === null) throw notACursor(argument, cursor);
  return version;
};
