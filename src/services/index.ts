import type { ModelInfo } from '../domain/model.js';
import type { AccessService } from './access/access.service.js';
import type { ConversationService } from './conversations/conversation.service.js';
import type { FileService } from './files/file.service.js';
import type { PromptService } from './prompts/prompt.service.js';
import type { ResponseService } from './responses/response.service.js';

/** What the doors may use. */
export interface Services {
  responses: ResponseService;
  conversations: ConversationService;
  prompts: PromptService;
  files: FileService;
  models: { list(signal: AbortSignal): Promise<ModelInfo[]> };
  access: AccessService;
}
