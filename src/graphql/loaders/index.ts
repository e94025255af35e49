import { toPublicId } from '../../domain/ids.js';
import type { Item } from '../../domain/item.js';
import type { Principal } from '../../domain/principal.js';
import type { Prompt } from '../../domain/prompt.js';
import type { ResponseRecord } from '../../domain/response.js';
import type { StoreFile } from '../../domain/vector-store.js';
import type { WebhookDelivery } from '../../domain/webhook.js';
import type { Services } from '../../services/index.js';
import { createConversationLoader } from './conversation.loader.js';
import { createFileLoader } from './file.loader.js';
import { createOutputLoader } from './output.loader.js';
import { createPageLoader } from './page.loader.js';
import { createPromptLoader } from './prompt.loader.js';
import { createResponseLoader } from './response.loader.js';
import { createVectorStoreLoader } from './vector-store.loader.js';
import { createWebhookEndpointLoader } from './webhook.loader.js';

export type Loaders = ReturnType<typeof createLoaders>;

/** Look-ups by UUID, one statement per kind and round. Made for one operation, or one event of a subscription. */
export function createLoaders(services: Services, principal: Principal) {
  return {
    responses: createResponseLoader(services, principal),
    outputs: createOutputLoader(services, principal),
    conversations: createConversationLoader(services, principal),
    prompts: createPromptLoader(services, principal),
    files: createFileLoader(services, principal),
    vectorStores: createVectorStoreLoader(services, principal),
    storeFiles: createPageLoader<string, StoreFile>(
      (ids, page) => services.storeFiles.listOfMany(principal, ids, page),
      (id, page) => services.storeFiles.list(principal, toPublicId('vectorStore', id), page, null),
    ),
    webhookEndpoints: createWebhookEndpointLoader(services, principal),
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
  };
}
