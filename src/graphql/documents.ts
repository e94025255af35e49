import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { errors } from '../domain/errors.js';
import type { GraphQLLimits } from './limits.js';

/** A document that may run, or why it may not, with the code of the stage that refused it. */
export type ReadDocument =
  | { document: DocumentNode }
  | { errors: readonly GraphQLError[]; code: 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED' };

export type Documents = ReturnType<typeof createDocuments>;

const CACHED = 500;
/** Longer texts are parsed every time, or a few of them would fill the cache's memory. */
const MAX_CACHED_LENGTH = 16_384;

/**
 * Parsing and validation for the transports that Apollo does not serve. Texts that were read before cost nothing; the ones
 * that were used least recently are forgotten.
 */
export function createDocuments(schema: GraphQLSchema, rules: readonly ValidationRule[], limits: GraphQLLimits) {
  const known = new Map<string, ReadDocument>();
  const allRules = [...specifiedRules, ...rules];

  const readNew = (text: string): ReadDocument => {
    let document: DocumentNode;
    try {
      document = parse(text, { maxTokens: limits.tokens });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return { errors: [error], code: 'GRAPHQL_PARSE_FAILED' };
    }
    const faults = validate(schema, document, allRules);
    return faults.length === 0 ? { document } : { errors: faults, code: 'GRAPHQL_VALIDATION_FAILED' };
  };

  return {
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

/** @throws 413 when a document's text is longer than allowed */
export function checkDocumentSize(text: string, limits: GraphQLLimits): void {
  if (Buffer.byteLength(text) > limits.documentBytes) throw errors.bodyTooLarge(limits.documentBytes);
}
