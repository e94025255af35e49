import { HOSTABLE_TOOLS, toolFamily } from '../../../domain/tool.js';
import type { Dialect } from '../dialect.js';
import { createResponsesReader } from './from-events.js';
import { toResponsesRequest } from './to-request.js';

export interface ResponsesDialectOptions {
  /**
   * Families of tools that the upstream runs itself. @default those that this server has no use for without an upstream: all
   * but file search and web search
   */
  hostedTools?: readonly string[];
  /** Whether the upstream's reasoning can be had encrypted. @default true */
  encryptedReasoning?: boolean;
}

const HOSTED_BY_DEFAULT = HOSTABLE_TOOLS.filter((type) => type !== 'file_search' && type !== 'web_search');

/** Model names can be anything where a route takes every name. */
const MAX_PLAIN = 1000;

/** What the client answers, and the API has no other form for. */
const ALWAYS = ['custom', 'namespace'];

/** The Responses API itself: items and their events are passed on, everything kept is kept here. */
export function responsesDialect(options: ResponsesDialectOptions = {}): Dialect {
  const hosted = new Set<string>([...ALWAYS, ...(options.hostedTools ?? HOSTED_BY_DEFAULT)]);
  const hosts = (toolType: string): boolean => hosted.has(toolFamily(toolType));
  const encryptedReasoning = options.encryptedReasoning ?? true;
  /** Models that do not reason refuse to be asked for encrypted reasoning; each is asked once. */
  const plain = new Set<string>();
  return {
    path: '/responses',
    hasCustomTools: true,
    hosts,
    toRequest: (call, request) =>
      toResponsesRequest(request, {
        providerId: call.providerId,
        hosts,
        encryptedReasoning: encryptedReasoning && !plain.has(request.model),
      }),
    learns({ model }, { status, param, message }): boolean {
      const isAboutIt = status === 400 && (param?.startsWith('include') === true || /encrypted content/i.test(message));
      if (!isAboutIt || model === null || plain.has(model)) return false;
      if (plain.size >= MAX_PLAIN) plain.clear();
      plain.add(model);
      return true;
    },
    createReader: createResponsesReader,
  };
}
