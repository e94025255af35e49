import type { Dispatcher } from 'undici';
import { callJson } from './call-json.js';
import { type SearchEngine, SearchEngineError } from './engine.js';
import { toFoundPages } from './found-page.js';
import { objectOf, objectsIn } from './json.js';
import { withSites } from './sites.js';

export interface SearxngOptions {
  /** Where the server is, e.g. `http://searxng:8080`. */
  url: string;
  /** Its engines to ask, by its own names. Default: as the server has it. */
  engines?: readonly string[] | undefined;
  /** Language code, e.g. `en`. Default: as the server has it. */
  language?: string | undefined;
  dispatcher: Dispatcher;
}

/** A SearXNG or searx server, whose `search.formats` has to hold `json`. */
export function createSearxng({ url: base, engines, language, dispatcher }: SearxngOptions): SearchEngine {
  return {
    name: 'searxng',
    isOffline: false,
    async search(query, signal) {
      const url = new URL('search', base.endsWith('/') ? base : `${base}/`);
      url.searchParams.set('q', withSites(query));
      url.searchParams.set('format', 'json');
      if (engines !== undefined) url.searchParams.set('engines', engines.join(','));
      if (language !== undefined) url.searchParams.set('language', language);
      const answer = objectOf(await callJson({ url, signal, dispatcher }));
      const pages = toFoundPages(
        objectsIn(answer.results).map(({ url, title, content, publishedDate }) => ({
          url,
          title,
          text: content,
          publishedAt: publishedDate,
        })),
      );
      // It answers 200 when all of its own engines have failed.
      const silent = Array.isArray(answer.unresponsive_engines) ? answer.unresponsive_engines : [];
      if (pages.length === 0 && silent.length > 0)
        throw new SearchEngineError(`found nothing because ${silent.length} of its engines did not answer`);
      return pages.slice(0, query.limit);
    },
  };
}
