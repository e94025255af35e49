import type { Conversation } from '../../domain/conversation.js';
import type { File } from '../../domain/file.js';
import { type IdKind, parsePublicId } from '../../domain/ids.js';
import type { Prompt } from '../../domain/prompt.js';
import type { ResponseRecord } from '../../domain/response.js';
import type { Scope } from '../../domain/scope.js';
import type { VectorStore } from '../../domain/vector-store.js';
import type { WebhookEndpoint } from '../../domain/webhook.js';
import { checkScope } from '../../services/access/operations.js';
import type { Context } from '../context.js';
import type { Loaders } from './index.js';

export type Node = ResponseRecord | Conversation | Prompt | File | VectorStore | WebhookEndpoint;

/** How many nodes one field gives at most. */
export const MAX_NODES = 100;

/** What ids may name, what reading it takes, and where it is looked up. */
const kinds: readonly [kind: IdKind, scope: Scope, find: (uuid: string, loaders: Loaders) => Promise<Node | null>][] = [
  ['response', 'responses:read', (uuid, { responses }) => responses.load(uuid)],
  ['conversation', 'conversations:read', (uuid, { conversations }) => conversations.load(uuid)],
  ['file', 'files:read', (uuid, { files }) => files.load(uuid)],
  ['webhookEndpoint', 'webhooks:read', (uuid, { webhookEndpoints }) => webhookEndpoints.load(uuid)],
  ['vectorStore', 'vector_stores:read', (uuid, { vectorStores }) => vectorStores.load(uuid)],
  ['prompt', 'prompts:read', (uuid, { prompts }) => prompts.load(uuid)],
];

/**
 * What an id names, found together with the other ids of the operation; null if there is nothing by it.
 *
 * @throws 403 when the key may not read what such ids name
 */
export async function loadNode(id: string, { principal, loaders }: Context): Promise<Node | null> {
  for (const [kind, scope, find] of kinds) {
    const uuid = parsePublicId(kind, id);
    if (uuid === null) continue;
    checkScope(principal, scope);
    return find(uuid, loaders);
  }
  return null;
}
