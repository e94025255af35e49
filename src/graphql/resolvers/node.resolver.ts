import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { Conversation } from '../../domain/conversation.js';
import { errors } from '../../domain/errors.js';
import type { File } from '../../domain/file.js';
import { parsePublicId } from '../../domain/ids.js';
import type { Prompt } from '../../domain/prompt.js';
import type { ResponseRecord } from '../../domain/response.js';
import type { VectorStore } from '../../domain/vector-store.js';
import type { WebhookEndpoint } from '../../domain/webhook.js';
import type { Context } from '../context.js';
import { NodeType } from '../types/node.type.js';

type Node = ResponseRecord | Conversation | Prompt | File | VectorStore | WebhookEndpoint;

const MAX_NODES = 100;

/** What an id names, found together with the other ids of the operation; null if there is nothing by it. */
async function load(id: string, { loaders }: Context): Promise<Node | null> {
  const response = parsePublicId('response', id);
  if (response !== null) return loaders.responses.load(response);
  const conversation = parsePublicId('conversation', id);
  if (conversation !== null) return loaders.conversations.load(conversation);
  const file = parsePublicId('file', id);
  if (file !== null) return loaders.files.load(file);
  const endpoint = parsePublicId('webhookEndpoint', id);
  if (endpoint !== null) return loaders.webhookEndpoints.load(endpoint);
  const vectorStore = parsePublicId('vectorStore', id);
  if (vectorStore !== null) return loaders.vectorStores.load(vectorStore);
  const prompt = parsePublicId('prompt', id);
  return prompt === null ? null : loaders.prompts.load(prompt);
}

@Resolver(() => NodeType)
export class NodeResolver {
  @Query(() => NodeType, {
    nullable: true,
    description:
      'A response, conversation, prompt, file, vector store or webhook endpoint by its id; null if there is none.',
  })
  node(@Arg('id', () => ID, { description: 'Any public id.' }) id: string, @Ctx() ctx: Context): Promise<Node | null> {
    return load(id, ctx);
  }

  @Query(() => [NodeType], {
    nullable: 'items',
    description: 'Many at once, at most 100, in the order of the ids; null for each that there is none of.',
  })
  nodes(
    @Arg('ids', () => [ID], { description: 'Public ids of any kind.' }) ids: string[],
    @Ctx() ctx: Context,
  ): Promise<(Node | null)[]> {
    if (ids.length > MAX_NODES)
      throw errors.invalidParameter(
        'array_above_max_length',
        'ids',
        `Invalid 'ids': the most allowed is ${MAX_NODES}.`,
      );
    return Promise.all(ids.map((id) => load(id, ctx)));
  }
}
