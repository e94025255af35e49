import type { AccessService } from './access/access.service.js';
import type { ApiKeyService } from './access/api-key.service.js';
import type { KeyWatch } from './access/key-watch.js';
import type { ProjectService } from './access/project.service.js';
import type { AdmissionGate } from './admission/gate.js';
import type { ChatService } from './chat/chat.service.js';
import type { ContextService } from './context/context.service.js';
import type { ConversationService } from './conversations/conversation.service.js';
import type { ConversationFollower } from './conversations/conversation-follower.js';
import type { EmbeddingService } from './embeddings/embedding.service.js';
import type { FileService } from './files/file.service.js';
import type { StoreFileService } from './knowledge/store-file.service.js';
import type { VectorStoreService } from './knowledge/vector-store.service.js';
import type { ModelService } from './models/model.service.js';
import type { BudgetService } from './money/budget.service.js';
import type { PriceService } from './money/price.service.js';
import type { StoragePriceService } from './money/storage-price.service.js';
import type { PromptService } from './prompts/prompt.service.js';
import type { ResponseService } from './responses/response.service.js';
import type { UsageReports } from './usage/usage.service.js';
import type { UsageFeed } from './usage/usage-feed.js';
import type { WebhookService } from './webhooks/webhook.service.js';

/** What the doors may use. */
export interface Services {
  responses: ResponseService;
  context: ContextService;
  conversations: ConversationService;
  conversationFollower: ConversationFollower;
  prompts: PromptService;
  files: FileService;
  vectorStores: VectorStoreService;
  storeFiles: StoreFileService;
  webhooks: WebhookService;
  models: ModelService;
  chat: ChatService;
  embeddings: EmbeddingService;
  access: AccessService;
  gate: Pick<AdmissionGate, 'check'>;
  keyWatch: KeyWatch;
  budgets: BudgetService;
  prices: PriceService;
  storagePrices: StoragePriceService;
  usage: Omit<UsageReports, 'sumUp'>;
  usageFeed: Pick<UsageFeed, 'follow'>;
  apiKeys: ApiKeyService;
  projects: ProjectService;
}
