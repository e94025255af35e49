import type { Principal } from '../../domain/principal.js';
import type { Services } from '../../services/index.js';
import { createConversationLoader } from './conversation.loader.js';
import { createOutputLoader } from './output.loader.js';
import { createPromptLoader } from './prompt.loader.js';
import { createResponseLoader } from './response.loader.js';

export type Loaders = ReturnType<typeof createLoaders>;

/** Look-ups by UUID, one statement per kind and round. Made for one operation, or one event of a subscription. */
export function createLoaders(services: Services, principal: Principal) {
  return {
    responses: createResponseLoader(services, principal),
    outputs: createOutputLoader(services, principal),
    conversations: createConversationLoader(services, principal),
    prompts: createPromptLoader(services, principal),
  };
}
