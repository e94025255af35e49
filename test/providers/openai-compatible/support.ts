import { afterEach, beforeEach } from '@jest/globals';
import {
  createOpenAiCompatibleProvider,
  type OpenAiCompatibleOptions,
} from '../../../src/providers/openai-compatible/index.js';
import type { ModelProvider, ModelRequest, ModelStreamPart } from '../../../src/providers/provider.js';
import { startUpstream, type Upstream } from '../../support/upstream.js';

/** A new upstream for each test of the file, and providers that call it; all are closed after the test. */
export function useUpstream() {
  const providers: ModelProvider[] = [];
  const used = {
    upstream: undefined as unknown as Upstream,
    connect(options: Partial<OpenAiCompatibleOptions> = {}): ModelProvider {
      const provider = createOpenAiCompatibleProvider({
        id: 'up',
        baseUrl: used.upstream.url,
        apiKey: 'hunter2',
        ...options,
      });
      providers.push(provider);
      return provider;
    },
  };
  beforeEach(async () => {
    used.upstream = await startUpstream();
  });
  afterEach(async () => {
    await Promise.all(providers.splice(0).map((provider) => provider.close()));
    await used.upstream.close();
  });
  return used;
}

/** A turn with everything left open, plus what the test sets. */
export const modelRequest = (members: Partial<ModelRequest> = {}): ModelRequest => ({
  model: 'test-model',
  instructions: null,
  items: [{ type: 'message', role: 'user', content: 'hello there' }],
  functions: [],
  hostedTools: [],
  toolChoice: 'auto',
  allowedFunctions: null,
  parallelToolCalls: true,
  maxToolCalls: null,
  maxOutputTokens: null,
  temperature: null,
  topP: null,
  presencePenalty: null,
  frequencyPenalty: null,
  format: { type: 'text' },
  reasoningEffort: null,
  reasoningSummary: null,
  reasoningMode: null,
  verbosity: null,
  logprobs: null,
  serviceTier: null,
  safetyIdentifier: null,
  user: null,
  promptCacheKey: null,
  promptCacheRetention: null,
  stream: true,
  ...members,
});

/** The parts of a turn one by one. */
export async function* partsOf(
  provider: ModelProvider,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelStreamPart> {
  for await (const batch of provider.stream(request, signal)) yield* batch;
}

/** All parts of a turn; `thrown` if the iteration rejected. */
export async function collect(
  provider: ModelProvider,
  request: ModelRequest = modelRequest(),
  signal: AbortSignal = new AbortController().signal,
): Promise<{ parts: ModelStreamPart[]; thrown: unknown }> {
  const parts: ModelStreamPart[] = [];
  try {
    for await (const part of partsOf(provider, request, signal)) parts.push(part);
  } catch (thrown) {
    return { parts, thrown };
  }
  return { parts, thrown: undefined };
}

export const textOfParts = (parts: readonly ModelStreamPart[]): string =>
  parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

export const typesOf = (parts: readonly ModelStreamPart[]): string[] => parts.map((part) => part.type);
