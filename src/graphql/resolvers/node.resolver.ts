import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { Conversation } from '../../domain/conversation.js';
import { errors } from '../../domain/errors.js';
import type { File } from '../../domain/file.js';
import { type IdKind, parsePublicId } from '../../domain/ids.js';
import type { Prompt } from '../../domain/prompt.js';
import type { ResponseRecord } from '../../domain/response.js';
import type { Scope } from '../../domain/scope.js';
import type { VectorStore } from '../../domain/vector-store.js';
import type { WebhookEndpoint } from '../../domain/webhook.js';
import { checkScope } from '../../services/access/operations.js';
import type { Context } from '../context.js';
import type { Loaders } from '../loaders/index.js';
import { NodeType } from '../types/node.type.js';

type Node = ResponseRecord | Conversation | Prompt | File | VectorStore | WebhookEndpoint;

const MAX_NODES = 100;

/** What ids may name, what reading it takes, and where it is looked up. */
const kinds: readonly [kind: IdKind, scope: Scope, find: (uuid: string, loaders: Loaders) => Promise<Node | null>][] = [
  ['response', 'responses:read', (uuid, { responses }) => responses.load(uuid)],
  ['conversation', 'conversations:read', (uuid, { conversations }) => conversations.load(uuid)],
  ['file', 'files:read', (uuid, { files }) => files.load(uuid)],
  ['webhookEndpoint', 'webhooks:read', (uuid, { webhookEndpoints }) => webhookEndpoints.load(uuid)],
  ['vectorStore', 'vector_stores:read', (uuid, { vectorStores }) => vectorStores.load(uuid)],
  ['prompt', 'prompts:read', (uuid, { prompts }) => prompts.load(uuid)],
];

/** What an id names, found together with the other ids of the operation; null if there is nothing by it. */
async function load(id: string, { principal, loaders }: Context): Promise<Node | null> {
  for (const [kind, scope, find] of kinds) {
    const uuid = parsePublicId(kind, id);
    if (uuid === null) continue;
    checkScope(principal, scope);
    return find(uuid, loaders);
  }
  return null;
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
