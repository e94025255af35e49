import { Field, ID, InterfaceType } from 'type-graphql';

/**
 * Shapes tell the kinds apart: only webhook endpoints have event types, only vector stores an embedding model, only prompts
 * have versions, only files a purpose, and only responses a status.
 */
const kindOf = (node: object): string => {
  if ('eventTypes' in node) return 'WebhookEndpoint';
  if ('embeddingModel' in node) return 'VectorStore';
  if ('purpose' in node) return 'File';
  if ('currentVersion' in node) return 'Prompt';
  return 'status' in node ? 'Response' : 'Conversation';
};

@InterfaceType('Node', {
  description: 'Anything that can be read again by its id.',
  resolveType: kindOf,
})
export abstract class NodeType {
  @Field(() => ID, { description: 'The public id; the same on the REST door.' })
  id!: string;
}
