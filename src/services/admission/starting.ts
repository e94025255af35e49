import type { Operation } from '../access/operations.js';

/** What starts a run or calls a model: under overload it is refused where it arrives, as early as a door can tell. */
const starting: ReadonlySet<Operation> = new Set([
  'createResponse',
  'compact',
  'inputTokens',
  'createChatCompletion',
  'createEmbeddings',
  'searchVectorStores',
]);

/** Whether new work begins with it. @param operation by its name; others than those of the API start nothing */
export const startsWork = (operation: string): boolean => starting.has(operation as Operation);
