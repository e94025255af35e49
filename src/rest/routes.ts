import { accessRoutes } from './access/routes.js';
import { chatCompletionsRoute } from './chat/completions.route.js';
import { conversationRoutes } from './conversations/routes.js';
import type { Route } from './define-route.js';
import { createEmbeddingsRoute } from './embeddings/create.route.js';
import { fileRoutes } from './files/routes.js';
import { modelRoutes } from './models/routes.js';
import { budgetRoutes } from './money/budget.routes.js';
import { priceRoutes } from './money/price.routes.js';
import { storagePriceRoutes } from './money/storage-price.routes.js';
import { usageRoutes } from './money/usage.routes.js';
import { promptRoutes } from './prompts/routes.js';
import { cancelResponseRoute } from './responses/cancel.route.js';
import { compactRoute } from './responses/compact.route.js';
import { createResponseRoute } from './responses/create.route.js';
import { deleteResponseRoute } from './responses/delete.route.js';
import { inputItemsRoute } from './responses/input-items.route.js';
import { inputTokensRoute } from './responses/input-tokens.route.js';
import { retrieveResponseRoute } from './responses/retrieve.route.js';
import { storeFileRoutes } from './vector-stores/file.routes.js';
import { vectorStoreRoutes } from './vector-stores/routes.js';
import { webhookRoutes } from './webhooks/routes.js';

/** Every REST endpoint. */
export const routes: readonly Route[] = [
  createResponseRoute,
  retrieveResponseRoute,
  deleteResponseRoute,
  cancelResponseRoute,
  inputItemsRoute,
  inputTokensRoute,
  compactRoute,
  ...conversationRoutes,
  ...promptRoutes,
  ...modelRoutes,
  ...fileRoutes,
  ...vectorStoreRoutes,
  ...storeFileRoutes,
  chatCompletionsRoute,
  createEmbeddingsRoute,
  ...webhookRoutes,
  ...budgetRoutes,
  ...priceRoutes,
  ...storagePriceRoutes,
  ...usageRoutes,
  ...accessRoutes,
];
