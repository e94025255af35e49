import type { Dispatcher } from 'undici';
import { callJson } from './call-json.js';
import type { SearchEngine } from './engine.js';
import { toFoundPages } from './found-page.js';
import { objectOf, objectsIn } from './json.js';
import { withSites } from './sites.js';

/** The longest query it takes, in characters and in words. */
const MAX_QUERY = 400;
const MAX_WORDS = 50;
const MAX_RESULTS = 20;

/** The Brave Search API. */
export function createBrave(options: { apiKey: string; url: string; dispatcher: Dispatcher }): SearchEngine {
  return {
    name: 'brave',
    isOffline: false,
    async search(query, signal) {
      const url = new URL(options.url);
      const words = withSites(query).slice(0, MAX_QUERY).split(/\s+/).slice(0, MAX_WORDS);
      url.searchParams.set('q', words.join(' '));
      url.searchParams.set('count', String(Math.min(query.limit, MAX_RESULTS)));
      if (query.location?.country) url.searchParams.set('country', query.location.country.toUpperCase());
      const headers = { 'x-subscription-token': options.apiKey };
      const answer = objectOf(await callJson({ url, headers, signal, dispatcher: options.dispatcher }));
      return toFoundPages(
        objectsIn(objectOf(answer.web).results).map(({ url, title, description, extra_snippets, page_age }) => ({
          url,
          title,
          text: [description, ...(Array.isArray(extra_snippets) ? extra_snippets : [])]
            .filter((text) => typeof text === 'string')
            .join('\n'),
          publishedAt: page_age,
        })),
      );
    },
  };
}
