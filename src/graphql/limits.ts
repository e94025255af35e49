import { KEEP_ALIVE_MS } from '../http/keep-alive.js';

export interface GraphQLLimits {
  /** Tokens in a document. Our largest example operation has about 150. */
  tokens: number;
  /** Bytes of a document's text; variables are not counted. */
  documentBytes: number;
  /** Lines of a document's text: comments and the lines of block strings are no tokens, and cost the parser as much. */
  lines: number;
  /** Characters of a name in a document: messages name things, up to a hundred times. */
  nameLength: number;
  /** Levels of fields, not counted below `__schema` and `__type`: the standard introspection is 15 deep. */
  depth: number;
  /** Aliases, fragments expanded: each makes the same field run once more. */
  aliases: number;
  /** Fields at the top of an operation, fragments expanded. */
  rootFields: number;
  /** Directives in a document. */
  directives: number;
  /** Copies of a field in one selection. */
  duplicates: number;
  /** Fragments and inline fragments in a document. */
  fragments: number;
  /** Fields that may be resolved, a list counting as often as it has entries. */
  cost: number;
  /** Bytes of an HTTP body: a document of 1 MiB and an input with images. */
  bodyBytes: number;
  /** Bytes of a WebSocket message. */
  messageBytes: number;
  /** Operations at once on one socket. */
  operationsPerSocket: number;
  /** Operations of one key at once in this process, subscriptions among them. */
  operationsPerKey: number;
  /** How long an operation may take, unless it waits for a model. */
  executionMs: number;
  /** A silent event stream gets a comment, and a silent socket a ping, after this long. */
  keepAliveMs: number;
  /** A socket whose reader takes nothing for this long is closed. */
  stallMs: number;
}

export const defaultGraphQLLimits: GraphQLLimits = {
  tokens: 5_000,
  documentBytes: 1 << 20,
  lines: 20_000,
  nameLength: 200,
  depth: 12,
  aliases: 30,
  rootFields: 10,
  directives: 50,
  duplicates: 20,
  fragments: 200,
  cost: 10_000,
  bodyBytes: 32 << 20,
  messageBytes: 1 << 20,
  operationsPerSocket: 100,
  operationsPerKey: 20_000,
  executionMs: 30_000,
  keepAliveMs: KEEP_ALIVE_MS,
  stallMs: 30_000,
};

/** For graphql-js: faults of variables that are told. Each repeats the value it is in, which may be all that was sent. */
export const FEW_FAULTS = { maxCoercionErrors: 5 };
