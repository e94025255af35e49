import type { Dialect } from './dialect.js';
import { ChatReader } from './from-events.js';
import { type ChatQuirks, defaultQuirks, toRequest } from './to-request.js';

/** Chat completions, with what this upstream does differently. */
export function chatDialect(quirks: Partial<ChatQuirks> = {}): Dialect {
  const known: ChatQuirks = { ...defaultQuirks, ...quirks };
  return {
    path: '/chat/completions',
    chatLimitField: known.maxTokensField,
    hasCustomTools: known.customTools,
    hosts: () => false,
    toRequest: (_call, request) => toRequest(request, known),
    createReader: (call, takenCallIds) => new ChatReader(call, takenCallIds, known.thinkTags),
  };
}
