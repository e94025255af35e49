import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { errors, GatewayError } from '../domain/errors.js';
import type { GraphQLLimits } from './limits.js';
import { isNestedTooDeeply } from './nesting.js';
import { doesNothingButStartWork } from './starting.js';

/**
 * A document that may run, and whether it does nothing but start work; or why it may not, with the code of the stage that refused it.
 */
export type ReadDocument =
  | { document: DocumentNode; isOnlyStart: boolean }
  | { errors: readonly GraphQLError[]; code: 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED' };

export type Documents = ReturnType<typeof createDocuments>;

const CACHED = 500;
/** Longer texts are parsed every time, or a few of them would fill the cache's memory. */
const MAX_CACHED_LENGTH = 16_384;

/**
 * Parsing and validation for every transport. Texts that were read before cost nothing; the ones that were used least recently
 * are forgotten.
 */
export function createDocuments(schema: GraphQLSchema, rules: readonly ValidationRule[], limits: GraphQLLimits) {
  const known = new Map<string, ReadDocument>();

  const readNew = (text: string): ReadDocument => {
    checkDocument(text, limits);
    let document: DocumentNode;
    try {
      document = parse(text, { maxTokens: limits.tokens });
    } catch (error) {
      return { errors: [error as GraphQLError], code: 'GRAPHQL_PARSE_FAILED' };
    }
    // Limits first: what passes them is small enough for the rules that compare everything with everything.
    const hostile = validate(schema, document, rules);
    const faults = hostile.length > 0 ? hostile : validate(schema, document, specifiedRules);
    return faults.length === 0
      ? { document, isOnlyStart: doesNothingButStartWork(document) }
      : { errors: faults, code: 'GRAPHQL_VALIDATION_FAILED' };
  };

  return {
    /** @throws 413, 400 for a text that is not even parsed: too long, too many lines, nested too deeply */
    read(text: string): ReadDocument {
      const found = known.get(text);
      if (found !== undefined) {
        known.delete(text);
        known.set(text, found);
        return found;
      }
      const read = readNew(text);
      if (text.length <= MAX_CACHED_LENGTH) {
        known.set(text, read);
        const oldest = known.size > CACHED ? known.keys().next().value : undefined;
        if (oldest !== undefined) known.delete(oldest);
      }
      return read;
    },
  };
}

/**
 * What has to be true of a document before anything reads it.
 *
 * @throws 413 when its text is longer than allowed, a fault with `limit` when it has lines or levels without end
 */
function checkDocument(text: string, limits: GraphQLLimits): void {
  if (Buffer.byteLength(text) > limits.documentBytes) throw errors.bodyTooLarge(limits.documentBytes);
  if (hasMoreLines(text, limits.lines)) throw refused('lines', `The document has more than ${limits.lines} lines.`);
  if (isNestedTooDeeply(text)) throw refused('depth', 'The document is nested too deeply.');
}

const refused = (limit: string, message: string): GatewayError =>
  new GatewayError({
    status: 400,
    type: 'invalid_request_error',
    code: 'GRAPHQL_PARSE_FAILED',
    message,
    details: { limit },
  });

function hasMoreLines(text: string, allowed: number): boolean {
  if (text.length <= allowed) return false;
  let lines = 0;
  for (const end of ['\n', '\r'])
    for (let at = text.indexOf(end); at >= 0 && lines <= allowed; at = text.indexOf(end, at + 1)) lines += 1;
  return lines > allowed;
}
