import { extendSchema, type GraphQLFieldResolver, type GraphQLSchema, isUnionType, parse } from 'graphql';
import { errors } from '../domain/errors.js';
import { type IdKind, parsePublicId } from '../domain/ids.js';
import { printGraphQLSchema } from './build-schema.js';
import type { Context } from './context.js';
import { loadNode, loadNodes, MAX_NODES } from './loaders/node.js';
import { typeOfNode } from './types/node.type.js';

/** What other subgraphs can refer to and extend, each by its `id`. */
const ENTITIES: Readonly<Record<string, IdKind>> = {
  Response: 'response',
  Conversation: 'conversation',
  Prompt: 'prompt',
};

/** Types of the Relay specification that other subgraphs may have as well. */
const SHAREABLE = ['PageInfo'];

const LINK = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
`;

/** Composition takes it for a directive of our own; it is this subgraph that enforces it. */
const ONE_OF = `directive @oneOf on INPUT_OBJECT
`;

const EXTENSION = parse(`
  """Any reference to an entity: \`__typename\` and its key."""
  scalar _Any
  """What another subgraph can refer to."""
  union _Entity = ${Object.keys(ENTITIES).join(' | ')}
  """This subgraph."""
  type _Service {
    """Its schema, with the directives of federation."""
    sdl: String!
  }
  extend type Query {
    """The entities that a router refers to, in order; null for each that there is none of."""
    _entities("References: \`__typename\` and \`id\`, at most 100." representations: [_Any!]!): [_Entity]!
    """What a router composes."""
    _service: _Service!
  }
`);

/** The schema as composition reads it: with keys on the entities. */
function printSubgraph(): string {
  let sdl = printGraphQLSchema();
  for (const name of Object.keys(ENTITIES))
    sdl = sdl.replace(new RegExp(`^(type ${name} .*)\\{$`, 'm'), '$1@key(fields: "id") {');
  for (const name of SHAREABLE) sdl = sdl.replace(new RegExp(`^(type ${name} )\\{$`, 'm'), '$1@shareable {');
  return `${LINK}\n${ONE_OF}\n${sdl}`;
}

/**
 * The schema with what a federation router asks for (Apollo Federation subgraph specification). Entities are read with the scopes
 * of the caller's key, which the router passes on.
 */
export function asSubgraph(schema: GraphQLSchema): GraphQLSchema {
  const subgraph = extendSchema(schema, EXTENSION);
  const sdl = printSubgraph();
  const fields = subgraph.getQueryType()?.getFields() ?? {};
  const resolve = (name: string, resolver: GraphQLFieldResolver<unknown, Context>): void => {
    const field = fields[name];
    if (field !== undefined) field.resolve = resolver;
  };
  resolve('_service', () => ({ sdl }));
  resolve('_entities', (_root, { representations }: { representations: unknown[] }, context) => {
    if (representations.length > MAX_NODES)
      throw errors.invalidParameter(
        'array_above_max_length',
        'representations',
        `Invalid 'representations': the most allowed is ${MAX_NODES}.`,
      );
    return loadNodes(representations, (reference) => findEntity(reference, context));
  });
  const union = subgraph.getType('_Entity');
  if (isUnionType(union)) union.resolveType = typeOfNode;
  return subgraph;
}

async function findEntity(reference: unknown, context: Context): Promise<object | null> {
  const { __typename: kind, id } = (reference ?? {}) as { __typename?: unknown; id?: unknown };
  const idKind = typeof kind === 'string' && Object.hasOwn(ENTITIES, kind) ? ENTITIES[kind] : undefined;
  if (idKind === undefined || typeof id !== 'string')
    throw errors.invalidValue('representations', 'A reference has the `__typename` of an entity and its `id`.');
  return parsePublicId(idKind, id) === null ? null : loadNode(id, context);
}
