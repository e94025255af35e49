import { errors } from '../../domain/errors.js';
import type { Principal } from '../../domain/principal.js';
import { isAllowed, type Scope } from '../../domain/scope.js';

/**
 * Every operation of the API with the scope it takes. Root fields of the GraphQL schema go by their own names, REST routes
 * name theirs. Null: any key may; what it is shown is checked where it is found.
 */
export const operations = {
  viewer: null,
  node: null,
  nodes: null,

  response: 'responses:read',
  responses: 'responses:read',
  responseInputItems: 'responses:read',
  responseEvents: 'responses:read',
  createResponse: 'responses:write',
  cancelResponse: 'responses:write',
  deleteResponse: 'responses:write',
  inputTokens: 'responses:write',
  compact: 'responses:write',

  conversation: 'conversations:read',
  conversations: 'conversations:read',
  conversationEvents: 'conversations:read',
  conversationItem: 'conversations:read',
  conversationItems: 'conversations:read',
  createConversation: 'conversations:write',
  updateConversation: 'conversations:write',
  deleteConversation: 'conversations:write',
  addConversationItems: 'conversations:write',
  deleteConversationItem: 'conversations:write',

  prompt: 'prompts:read',
  prompts: 'prompts:read',
  promptVersions: 'prompts:read',
  createPrompt: 'prompts:write',
  updatePrompt: 'prompts:write',
  deletePrompt: 'prompts:write',

  model: 'models:read',
  models: 'models:read',
  createChatCompletion: 'chat:write',
  createEmbeddings: 'embeddings:write',

  file: 'files:read',
  files: 'files:read',
  fileContent: 'files:read',
  createFile: 'files:write',
  deleteFile: 'files:write',

  vectorStore: 'vector_stores:read',
  vectorStores: 'vector_stores:read',
  searchVectorStores: 'vector_stores:read',
  vectorStoreProgress: 'vector_stores:read',
  vectorStoreFile: 'vector_stores:read',
  vectorStoreFiles: 'vector_stores:read',
  vectorStoreFileContent: 'vector_stores:read',
  vectorStoreFileBatch: 'vector_stores:read',
  vectorStoreFileBatchFiles: 'vector_stores:read',
  createVectorStore: 'vector_stores:write',
  updateVectorStore: 'vector_stores:write',
  deleteVectorStore: 'vector_stores:write',
  addVectorStoreFile: 'vector_stores:write',
  addVectorStoreFiles: 'vector_stores:write',
  updateVectorStoreFile: 'vector_stores:write',
  cancelVectorStoreFile: 'vector_stores:write',
  removeVectorStoreFile: 'vector_stores:write',
  cancelVectorStoreFileBatch: 'vector_stores:write',

  webhookEventTypes: 'webhooks:read',
  webhookEndpoint: 'webhooks:read',
  webhookEndpoints: 'webhooks:read',
  webhookDeliveries: 'webhooks:read',
  createWebhookEndpoint: 'webhooks:write',
  updateWebhookEndpoint: 'webhooks:write',
  deleteWebhookEndpoint: 'webhooks:write',
  rotateWebhookSecret: 'webhooks:write',
  testWebhookEndpoint: 'webhooks:write',
  redeliverWebhook: 'webhooks:write',

  usage: 'usage:read',
  usageEvents: 'usage:read',
  usageExport: 'usage:read',

  budget: 'admin',
  budgets: 'admin',
  createBudget: 'admin',
  updateBudget: 'admin',
  deleteBudget: 'admin',

  prices: 'admin',
  createPrice: 'admin',
  deletePrice: 'admin',
  storagePrices: 'admin',
  createStoragePrice: 'admin',
  deleteStoragePrice: 'admin',
  createClientToken: 'client_tokens:write',

  apiKey: 'admin',
  apiKeys: 'admin',
  createApiKey: 'admin',
  updateApiKey: 'admin',
  rotateApiKey: 'admin',
  revokeApiKey: 'admin',
  auditLog: 'admin',
  project: 'admin',
  projects: 'operator',
  createProject: 'operator',
  updateProject: 'operator',
} as const satisfies Record<string, Scope | null>;

export type Operation = keyof typeof operations;

/** @throws 403 `permission_denied` naming the scope that is missing */
export function checkScope(principal: Principal, scope: Scope): void {
  if (isAllowed(principal, scope)) return;
  throw errors.permissionDenied(
    principal.endUser === null
      ? `This key lacks the scope '${scope}'.`
      : `This token lacks the scope '${scope}', or tokens of end users cannot have it.`,
  );
}

/** @throws 403 `permission_denied` */
export function checkOperation(principal: Principal, operation: Operation): void {
  const scope: Scope | null = operations[operation];
  if (scope !== null) checkScope(principal, scope);
}
