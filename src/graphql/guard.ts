import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
} from 'graphql';
import type { ResourceScope, Scope } from '../domain/scope.js';
import { checkOperation, checkScope, type Operation, operations } from '../services/access/operations.js';
import type { Context } from './context.js';

type Reading = Extract<ResourceScope, `${string}:read`>;

/** What it takes to come to objects of these types from others. */
const reading: Record<string, Reading> = {
  Response: 'responses:read',
  Conversation: 'conversations:read',
  Prompt: 'prompts:read',
  PromptVersion: 'prompts:read',
  File: 'files:read',
  VectorStore: 'vector_stores:read',
  VectorStoreFile: 'vector_stores:read',
  VectorStoreFileBatch: 'vector_stores:read',
  WebhookEndpoint: 'webhooks:read',
  WebhookDelivery: 'webhooks:read',
};

/** Types that only hold what an operation has found, and was allowed to. */
const isWrapping = (name: string): boolean => /(Payload|Connection|Edge|Event)$/.test(name);

/**
 * Puts the scopes in front of the schema: a root field takes the scope of the operation it is named after, and a field that
 * leads from one object to others takes what reading those takes, so that no graph reaches further than its key.
 *
 * @throws Error when a root field has no row in the table of operations
 */
export function guardSchema(schema: GraphQLSchema): void {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const root of roots)
    for (const field of Object.values(root?.getFields() ?? {})) {
      if (!(field.name in operations)) throw new Error(`The operation '${field.name}' has no scope.`);
      guard(field, ({ principal }) => checkOperation(principal, field.name as Operation));
    }
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || roots.includes(type) || isWrapping(type.name)) continue;
    for (const field of Object.values(type.getFields())) {
      const scope = scopeOf(type, field);
      if (scope !== null) guard(field, ({ principal }) => checkScope(principal, scope));
    }
  }
}

/** Lists belong to what they list; one of a kind that has no scope of its own, to what it hangs on. */
function scopeOf(parent: GraphQLObjectType, field: GraphQLField<unknown, Context>): Scope | null {
  const { name } = getNamedType(field.type);
  const own = reading[name.replace(/Connection$/, '')];
  return own ?? (name.endsWith('Connection') ? (reading[parent.name] ?? null) : null);
}

function guard(field: GraphQLField<unknown, Context>, check: (context: Context) => void): void {
  const guarded =
    (run: GraphQLFieldResolver<unknown, Context>): GraphQLFieldResolver<unknown, Context> =>
    (source, args, context, info) => {
      check(context);
      return run(source, args, context, info);
    };
  if (field.subscribe === undefined) field.resolve = guarded(field.resolve ?? defaultFieldResolver);
  else field.subscribe = guarded(field.subscribe);
}
