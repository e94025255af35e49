import type { Dispatcher } from 'undici';
import { callJson } from './call-json.js';
import type { SearchEngine } from './engine.js';
import { toFoundPages } from './found-page.js';
import { objectOf, objectsIn } from './json.js';

const MAX_RESULTS = 20;
const countries = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** It takes countries by their English names. */
function countryName(code: string | null | undefined): string | undefined {
  if (!code) return undefined;
  return countries.of(code.toUpperCase())?.toLowerCase();
}

/** The Tavily search API. */
export function createTavily(options: { apiKey: string; url: string; dispatcher: Dispatcher }): SearchEngine {
  return {
    name: 'tavily',
    isOffline: false,
    async search(query, signal) {
      const country = countryName(query.location?.country);
      const body = {
        query: query.query,
        max_results: Math.min(query.limit, MAX_RESULTS),
        include_domains: query.allowedDomains,
        exclude_domains: query.blockedDomains,
        ...(country === undefined ? {} : { country }),
      };
      const answer = objectOf(
        await callJson({
          url: new URL(options.url),
          body,
          headers: { authorization: `Bearer ${options.apiKey}` },
          signal,
          dispatcher: options.dispatcher,
        }),
      );
      return toFoundPages(
        objectsIn(answer.results).map(({ url, title, content, published_date }) => ({
          url,
          title,
          text: content,
          publishedAt: published_date,
        })),
      );
    },
  };
}
