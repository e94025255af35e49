import type { ProviderSettings } from './config/schema/index.js';
import type { Logger } from './observability/logger.js';
import { chatDialect } from './providers/openai-compatible/chat-dialect.js';
import type { Dialect } from './providers/openai-compatible/dialect.js';
import { createOpenAiCompatibleProvider } from './providers/openai-compatible/index.js';
import { responsesDialect } from './providers/openai-compatible/responses/index.js';
import type { ModelProvider } from './providers/provider.js';

export interface ProviderSources {
  /** One upstream for every model name, as the environment names it. */
  upstream: { baseUrl: string; apiKey: string | null } | null;
  logger: Logger;
  /** Where the built-in model is right now. */
  localSocket(): Promise<string>;
}

export type ConfiguredProviders = ReturnType<typeof createProviders>;

/** Providers by id: the built-in one, the environment's and the config file's. */
export function createProviders({ upstream, logger, localSocket }: ProviderSources) {
  // The built-in model is an upstream like any other; only its address is a socket.
  const local = { id: 'local', baseUrl: 'http://local/v1', socketPath: localSocket, logger };
  const fixed = [createOpenAiCompatibleProvider(local)];
  if (upstream !== null) fixed.push(createOpenAiCompatibleProvider({ id: 'upstream', ...upstream, logger }));
  let configured = new Map<string, ModelProvider>();

  return {
    /**
     * The providers of these settings. One whose settings are as they were stays, with its connections; others serve the
     * requests they have, and are gone with them.
     */
    use(settings: readonly ProviderSettings[]): Map<string, ModelProvider> {
      const next = new Map<string, ModelProvider>();
      for (const provider of settings) {
        const key = JSON.stringify(provider);
        next.set(key, configured.get(key) ?? createConfigured(provider, logger));
      }
      configured = next;
      return new Map([...fixed, ...next.values()].map((provider) => [provider.id, provider]));
    },

    async close(): Promise<void> {
      await Promise.all([...fixed, ...configured.values()].map((provider) => provider.close()));
    },
  };
}

function createConfigured(settings: ProviderSettings, logger: Logger): ModelProvider {
  const { id, base_url, api_key, retries, timeouts } = settings;
  return createOpenAiCompatibleProvider({
    id,
    baseUrl: base_url,
    apiKey: api_key ?? null,
    dialect: dialectOf(settings),
    timeouts: {
      connectMs: timeouts.connect_seconds * 1000,
      headersMs: timeouts.headers_seconds * 1000,
      idleMs: timeouts.idle_seconds * 1000,
    },
    maxRetries: retries,
    lacks: { parameters: new Set(settings.unsupported), structuredOutput: settings.structured_output },
    logger,
  });
}

function dialectOf(settings: ProviderSettings): Dialect {
  if (settings.dialect === 'chat_completions')
    return chatDialect({
      customTools: settings.custom_tools,
      maxTokensField: settings.max_tokens_field,
      developerRole: settings.developer_role ? 'developer' : 'system',
      reasoningField: settings.reasoning_field ?? null,
      streamUsage: settings.stream_usage,
      thinkTags: settings.think_tags,
    });
  return responsesDialect({
    encryptedReasoning: settings.encrypted_reasoning,
    ...(settings.hosted_tools === undefined ? {} : { hostedTools: settings.hosted_tools }),
  });
}
