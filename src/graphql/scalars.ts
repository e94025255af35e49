import { GraphQLScalarType, Kind } from 'graphql';
import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';

const DAY_MS = 86_400_000;
const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

let day = Number.NaN;
let dayText = '';

/**
 * A moment in ISO 8601. Rows of a list are mostly of the same day, so its text is kept; a `Date` left to `JSON.stringify` costs
 * as much as the rest of its row.
 */
function printMoment(moment: Date): string {
  const epochMs = moment.getTime();
  const found = Math.floor(epochMs / DAY_MS);
  if (found !== day) {
    dayText = moment.toISOString().slice(0, -13);
    day = found;
  }
  const ms = epochMs - found * DAY_MS;
  const hours = pad(Math.floor(ms / 3_600_000), 2);
  const minutes = pad(Math.floor(ms / 60_000) % 60, 2);
  return `${dayText}${hours}:${minutes}:${pad(Math.floor(ms / 1000) % 60, 2)}.${pad(ms % 1000, 3)}Z`;
}

export const DateTimeScalar = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  serialize: (value) => printMoment(GraphQLDateTime.serialize(value)),
  description: 'A moment as text in ISO 8601, in UTC, such as `2026-03-01T12:00:00.000Z`.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
});

export const JsonScalar = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  name: 'JSON',
  description: 'Any JSON value. Used where the shape is the caller’s own or not known to this version.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
});

const DECIMAL = /^-?\d{1,30}$/;

/** Integers beyond 32 bits travel as text: JSON numbers lose digits in most clients. */
export const BigIntScalar = new GraphQLScalarType<bigint, string>({
  name: 'BigInt',
  description:
    'An integer of any size, as text, such as `"150000000"`. Money is counted in nano-units (10⁻⁹ of the currency).',
  serialize: (value) => String(BigInt(value as bigint | number | string)),
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : null),
});

function parse(value: unknown): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && DECIMAL.test(value)) return BigInt(value);
  throw new TypeError('BigInt takes an integer as text.');
}
