import type { Dispatcher } from 'undici';
import { callJson } from './call-json.js';
import type { SearchEngine } from './engine.js';
import { toFoundPages } from './found-page.js';
import { objectOf, objectsIn } from './json.js';

/** The Exa search API. */
export function createExa(options: { apiKey: string; url: string; dispatcher: Dispatcher }): SearchEngine {
  return {
    name: 'exa',
    isOffline: false,
    async search(query, signal) {
      const body = {
        query: query.query,
        numResults: query.limit,
        contents: { text: { maxCharacters: query.textLength } },
        ...(query.allowedDomains.length === 0 ? {} : { includeDomains: query.allowedDomains }),
        ...(query.blockedDomains.length === 0 ? {} : { excludeDomains: query.blockedDomains }),
        ...(query.location?.country ? { userLocation: query.location.country.toUpperCase() } : {}),
      };
      const answer = objectOf(
        await callJson({
          url: new URL(options.url),
          body,
          headers: { 'x-api-key': options.apiKey },
          signal,
          dispatcher: options.dispatcher,
        }),
      );
      return toFoundPages(
        objectsIn(answer.results).map(({ publishedDate, ...rest }) => ({
          url: rest.url,
          title: rest.title,
          text: rest.text,
          publishedAt: publishedDate,
        })),
      );
    },
  };
}
