import { describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { GatewayError } from '../../../src/domain/errors.js';
import { createDocuments } from '../../../src/graphql/documents.js';
import { printError, printGatewayError } from '../../../src/graphql/errors.js';
import { buildGraphQLSchema, defaultGraphQLLimits } from '../../../src/graphql/index.js';
import { limitRules } from '../../../src/graphql/rules/index.js';
import { createLogger } from '../../../src/observability/logger.js';
import { hostileDocuments, innocentDocuments } from './hostile-documents.js';

const schema = buildGraphQLSchema();
const rules = limitRules(defaultGraphQLLimits);

const read = (text: string) => createDocuments(schema, rules, defaultGraphQLLimits).read(text);

/** The limits a document passes, as clients are told. */
function limitsHit(text: string): unknown[] {
  const scope = { requestId: 'req_1', logger: createLogger('silent') };
  try {
    const found = read(text);
    return 'errors' in found ? found.errors.map((error) => printError(error, scope, found.code).extensions?.limit) : [];
  } catch (thrown) {
    // Not even parsed.
    if (!(thrown instanceof GatewayError)) throw thrown;
    return [printGatewayError(thrown, scope.requestId).extensions?.limit];
  }
}

describe('document limits', () => {
  it.each(hostileDocuments)('refuses $name', ({ text, limit }) => {
    expect(limitsHit(text)).toContain(limit);
  });

  it.each(innocentDocuments)('accepts $name', ({ text }) => {
    expect(limitsHit(text)).toEqual([]);
  });

  it('accepts the standard introspection of GraphQL IDEs', () => {
    expect(limitsHit(getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true, oneOf: true }))).toEqual(
      [],
    );
  });

  it('measures a document whose fragments double at every step in no time', () => {
    const levels = 200;
    const fragments = Array.from(
      { length: levels },
      (_, level) =>
        `fragment F${level} on Response { previousResponse { ...F${level + 1} } again: previousResponse { ...F${level + 1} } }`,
    );
    const text = `{ response(id: "resp_1") { ...F0 } } ${fragments.join(' ')} fragment F${levels} on Response { id }`;
    const started = performance.now();
    expect(limitsHit(text)).toEqual(expect.arrayContaining(['depth', 'aliases', 'cost']));
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('leaves fragments that contain themselves to the rule that refuses them', () => {
    const found = read('{ node(id: "x") { ...A } } fragment A on Node { id ...A }');
    expect('errors' in found ? found.errors.map(({ message }) => message) : []).toEqual([
      'Cannot spread fragment "A" within itself.',
    ]);
  });

  it('does not take brackets in strings and comments for nesting', () => {
    const text = `{ response(id: "${'{'.repeat(1000)}") { id } } # ${'{'.repeat(1000)}`;
    expect(limitsHit(text)).toEqual([]);
  });

  it('remembers a document it has read', () => {
    const documents = createDocuments(schema, rules, defaultGraphQLLimits);
    const first = documents.read('{ viewer { key { id } } }');
    expect(documents.read('{ viewer { key { id } } }')).toBe(first);
    for (let n = 0; n < 600; n += 1) documents.read(`{ viewer { key { id } } } # ${n}`);
    expect(documents.read('{ viewer { key { id } } }')).not.toBe(first);
  });
});
