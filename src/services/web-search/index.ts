import path from 'node:path';
import { Agent } from 'undici';
import type { AntiphonConfig, SearchEngineSettings } from '../../config/schema/index.js';
import { WebError } from '../../domain/web.js';
import type { Logger } from '../../observability/logger.js';
import type { SafeHttp } from '../../providers/safe-http/safe-http.js';
import { createBrave } from '../../providers/web-search/brave.js';
import type { SearchEngine } from '../../providers/web-search/engine.js';
import { createExa } from '../../providers/web-search/exa.js';
import { createHttpJson } from '../../providers/web-search/http-json.js';
import { createLocalCorpus } from '../../providers/web-search/local-corpus.js';
import { createSearxng } from '../../providers/web-search/searxng.js';
import { createTavily } from '../../providers/web-search/tavily.js';
import type { WebPort } from '../../tools/web-search/index.js';
import { createFailover } from './failover.js';
import { createPageReader } from './page-reader.js';
import { createPageText, type PageText } from './page-text.js';

export interface WebOptions {
  /** The way out to addresses that are not the operator's own. */
  http: SafeHttp;
  logger: Logger;
  now(): number;
}

type Settings = AntiphonConfig['web_search'];

export interface Web extends WebPort {
  /** Searches with these engines from now on. */
  use(settings: Settings): void;
  close(): Promise<void>;
}

/** The web as tools see it; without a search engine it says that it is not there. */
export function createWeb({ http, logger, now }: WebOptions): Web {
  const dispatcher = new Agent({ connections: 32, maxHeaderSize: 16_384 });
  const pageText = createPageText();

  const openWeb = (settings: Settings): WebPort => {
    if (settings.engines.length === 0) return noWeb;
    const engines = settings.engines.map((engine) => createEngine(engine, { dispatcher, pageText, logger, now }));
    const { search } = createFailover({ engines, timeoutMs: settings.timeout_seconds * 1000, logger, now });
    const pages = createPageReader({
      http,
      pageText,
      timeoutMs: settings.pages.timeout_seconds * 1000,
      maxBytes: settings.pages.max_bytes,
    });
    return {
      search,
      async open(url, { isOffline, signal }) {
        for (const engine of engines) {
          const page = await engine.open?.(url);
          if (page != null) return page;
        }
        if (isOffline) throw new WebError('not_available_offline', 'This page is not among those the server keeps.');
        return pages.read(url, signal);
      },
    };
  };

  let current = noWeb;
  return {
    use(settings) {
      current = openWeb(settings);
    },
    search: (query, signal) => current.search(query, signal),
    open: (url, options) => current.open(url, options),
    async close() {
      await pageText.close();
      await dispatcher.destroy();
    },
  };
}

const refuse = () => Promise.reject(new WebError('not_configured', 'Web search is not configured on this server.'));
const noWeb: WebPort = { search: refuse, open: refuse };

interface Means {
  dispatcher: Agent;
  pageText: PageText;
  logger: Logger;
  now(): number;
}

function createEngine(settings: SearchEngineSettings, { dispatcher, pageText, logger, now }: Means): SearchEngine {
  switch (settings.type) {
    case 'searxng':
      return createSearxng({ ...settings, dispatcher });
    case 'brave':
      return createBrave({ url: settings.url, apiKey: settings.api_key, dispatcher });
    case 'tavily':
      return createTavily({ url: settings.url, apiKey: settings.api_key, dispatcher });
    case 'exa':
      return createExa({ url: settings.url, apiKey: settings.api_key, dispatcher });
    case 'http': {
      const { url, api_key: apiKey, results, fields } = settings;
      return createHttpJson({ url, apiKey, results, fields, dispatcher });
    }
    case 'local-corpus':
      return createLocalCorpus({
        folder: path.resolve(settings.folder),
        baseUrl: settings.base_url,
        read: (bytes, filename) => pageText.read({ bytes, filename, charset: null }),
        onSkipped: (file, reason) =>
          logger.warn({ file, reason: (reason as Error).message }, 'a document of the local corpus was left out'),
        now,
      });
  }
}
