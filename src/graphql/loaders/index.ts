import { type IdKind, toPublicId } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import type { Principal } from '../../domain/principal.js';
import type { Prompt } from '../../domain/prompt.js';
import type { ResponseRecord } from '../../domain/response.js';
import type { StoreFile } from '../../domain/vector-store.js';
import type { WebhookDelivery } from '../../domain/webhook.js';
import type { Services } from '../../services/index.js';
import { createIdLoader, type IdLoader, uuidOf } from './by-id.js';
import { createOutputLoader } from './output.loader.js';
import { createPageLoader } from './page.loader.js';

export type Loaders = ReturnType<typeof createLoaders>;

/** Look-ups by UUID, one statement per kind and round. Made for one operation, or one event of a subscription. */
export function createLoaders(services: Services, principal: Principal) {
  return {
    responses: createIdLoader((ids) => services.responses.findMany(principal, ids), uuidOf),
    outputs: createOutputLoader(services, principal),
    conversations: createIdLoader((ids) => services.conversations.findMany(principal, ids), uuidOf),
    prompts: createIdLoader((ids) => services.prompts.findMany(principal, ids), uuidOf),
    files: createIdLoader((ids) => services.files.findMany(principal, ids), uuidOf),
    vectorStores: createIdLoader((ids) => services.vectorStores.findMany(principal, ids), uuidOf),
    storeFiles: createPageLoader<string, StoreFile>(
      (ids, page) => services.storeFiles.listOfMany(principal, ids, page),
      (id, page) => services.storeFiles.list(principal, toPublicId('vectorStore', id), page, null),
    ),
    webhookEndpoints: createIdLoader((ids) => services.webhooks.findMany(principal, ids), uuidOf),
    conversationItems: createPageLoader<string, Item>(
      (ids, page) => services.conversations.listItemsOfMany(principal, ids, page),
      (id, page) => services.conversations.listItems(principal, toPublicId('conversation', id), page),
    ),
    conversationResponses: createPageLoader<string, ResponseRecord>(
      (ids, page) => services.responses.listOfConversations(principal, ids, page),
      (id, page) => services.responses.listOfConversation(principal, id, page),
    ),
    inputItems: createPageLoader<string, Item>(
      (ids, page) => services.responses.listInputItemsOfMany(principal, ids, page),
      (id, page) => services.responses.listInputItems(principal, toPublicId('response', id), page),
    ),
    webhookDeliveries: createPageLoader<string, WebhookDelivery>(
      (ids, page) => services.webhooks.listDeliveriesOfMany(principal, ids, page),
      (id, page) => services.webhooks.listDeliveries(principal, toPublicId('webhookEndpoint', id), page),
    ),
    promptVersions: createPageLoader<number, Prompt>(
      (ids, page) => services.prompts.listVersionsOfMany(principal, ids, page),
      (id, page) => services.prompts.listVersions(principal, id, page),
    ),
    /** Of what is only ever looked up as a node, by kind; each is made when its first id comes. */
    nodes: new Map<IdKind, IdLoader<object>>(),
  };
}
