import { ApiKeyEntity } from './api-key.entity.js';
import { ConversationEntity } from './conversation.entity.js';
import { ProjectEntity } from './project.entity.js';
import { PromptEntity, PromptVersionEntity } from './prompt.entity.js';

/** The tables that are written through the unit of work. The hot path's tables are reached by SQL (persistence/statements). */
export const entities = [ApiKeyEntity, ConversationEntity, ProjectEntity, PromptEntity, PromptVersionEntity];
