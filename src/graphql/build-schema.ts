import 'reflect-metadata';
import {
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isIntrospectionType,
  isSpecifiedScalarType,
  printType,
} from 'graphql';
import toFastProperties from 'to-fast-properties';
import { buildSchemaSync, getMetadataStorage, type PubSub } from 'type-graphql';
import { resolveDirectly } from './direct-resolvers.js';
import { guardSchema } from './guard.js';
import { applyOneOf } from './inputs/one-of.js';
import { AccessResolver } from './resolvers/access.resolver.js';
import { BudgetResolver } from './resolvers/budget.resolver.js';
import { ContextResolver } from './resolvers/context.resolver.js';
import { ConversationResolver } from './resolvers/conversation.resolver.js';
import {
  ConversationEventsResolver,
  ConversationItemAddedEventResolver,
  ConversationResponseEndedEventResolver,
  ConversationResponseEventResolver,
  ConversationResponseStartedEventResolver,
} from './resolvers/conversation-events.resolver.js';
import { FileResolver } from './resolvers/file.resolver.js';
import {
  ClientCallOutputResolver,
  McpCallResolver,
  MessageResolver,
  OutputTextResolver,
  ReasoningResolver,
} from './resolvers/item.resolver.js';
import { ModelResolver } from './resolvers/model.resolver.js';
import { NodeResolver } from './resolvers/node.resolver.js';
import { openValueResolvers } from './resolvers/open-value.resolver.js';
import { PriceResolver } from './resolvers/price.resolver.js';
import { PromptResolver, PromptVersionResolver } from './resolvers/prompt.resolver.js';
import { ResponseResolver } from './resolvers/response.resolver.js';
import { ResponseEventsResolver } from './resolvers/response-events.resolver.js';
import { StoragePriceResolver } from './resolvers/storage-price.resolver.js';
import { UsageReportResolver } from './resolvers/usage.resolver.js';
import { VectorStoreResolver } from './resolvers/vector-store.resolver.js';
import { VectorStoreFileBatchResolver, VectorStoreFileResolver } from './resolvers/vector-store-file.resolver.js';
import { ViewerResolver } from './resolvers/viewer.resolver.js';
import { WebhookDeliveryResolver, WebhookEndpointResolver } from './resolvers/webhook.resolver.js';
import { annotationTypes } from './types/annotation.type.js';
import { contentPartTypes } from './types/content.type.js';
import { conversationEventTypes } from './types/conversation-event.types.js';
import { itemTypes } from './types/item.type.js';
import { toolTypes } from './types/tool.type.js';

/** type-graphql asks for one although every subscription brings its own source; topics would queue without bound. */
const noPubSub: PubSub = {
  publish() {
    throw new Error('Nothing is published: subscriptions follow the event log.');
  },
  subscribe() {
    throw new Error('There are no topics: subscriptions follow the event log.');
  },
};

/** Builds the schema from its classes. Pure: resolvers reach the world through the context. */
export function buildGraphQLSchema(): GraphQLSchema {
  // Decorators of parameters run last to first, and the first call of a resolver sorts them: without this the order of
  // arguments would depend on what has been executed.
  getMetadataStorage().params.sort((a, b) => a.index - b.index);
  const schema = buildSchemaSync({
    resolvers: [
      ViewerResolver,
      AccessResolver,
      NodeResolver,
      ResponseResolver,
      ContextResolver,
      ConversationResolver,
      PromptResolver,
      PromptVersionResolver,
      ModelResolver,
      BudgetResolver,
      PriceResolver,
      StoragePriceResolver,
      UsageReportResolver,
      FileResolver,
      VectorStoreResolver,
      VectorStoreFileResolver,
      VectorStoreFileBatchResolver,
      MessageResolver,
      ClientCallOutputResolver,
      McpCallResolver,
      ReasoningResolver,
      OutputTextResolver,
      ResponseEventsResolver,
      ConversationEventsResolver,
      ConversationItemAddedEventResolver,
      ConversationResponseStartedEventResolver,
      ConversationResponseEventResolver,
      ConversationResponseEndedEventResolver,
      WebhookEndpointResolver,
      WebhookDeliveryResolver,
      ...openValueResolvers,
    ],
    orphanedTypes: [...itemTypes, ...contentPartTypes, ...annotationTypes, ...toolTypes, ...conversationEventTypes],
    pubSub: noPubSub,
    // The services check every input once, for every door.
    validate: false,
  });
  applyOneOf(schema);
  resolveDirectly(schema);
  guardSchema(schema);
  explainOperations(schema);
  layOutFields(schema);
  return schema;
}

/** graphql-js goes through all fields of an input for each that comes in; V8 keeps them as a hash table unless it is told better. */
function layOutFields(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) if ('getFields' in type) toFastProperties(type.getFields());
}

/** type-graphql makes these three types by itself, without a word. */
function explainOperations(schema: GraphQLSchema): void {
  const explain = (type: GraphQLObjectType | null | undefined, description: string): void => {
    if (type) type.description = description;
  };
  explain(schema.getQueryType(), 'What can be read. Nothing here starts a run or costs tokens.');
  explain(
    schema.getMutationType(),
    'What can be changed. Input that can be corrected comes back as `userErrors`; everything else is an error.',
  );
  explain(
    schema.getSubscriptionType(),
    'What can be followed, over `graphql-ws` or as an event stream. Following starts nothing, and can be resumed.',
  );
}

/** The schema in GraphQL's own language, as `/schema.graphql` serves it: operations first, then types by name. */
export function printGraphQLSchema(): string {
  const operations = ['Query', 'Mutation', 'Subscription'];
  const rank = ({ name }: GraphQLNamedType): number =>
    operations.includes(name) ? operations.indexOf(name) : operations.length;
  const types = Object.values(buildGraphQLSchema().getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, 'en'));
  return `${types.map(printType).join('\n\n')}\n`;
}
