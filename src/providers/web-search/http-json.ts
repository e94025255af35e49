import type { Dispatcher } from 'undici';
import { callJson } from './call-json.js';
import { type SearchEngine, SearchEngineError } from './engine.js';
import { toFoundPages } from './found-page.js';
import { objectOf, objectsIn } from './json.js';

export interface HttpJsonOptions {
  url: string;
  apiKey?: string | undefined;
  /** Members that lead to the list of results, joined by dots; empty: the answer is the list. */
  results: string;
  /** How the members of a result are called. */
  fields: { url: string; title: string; text: string };
  dispatcher: Dispatcher;
}

/**
 * Any search that takes `POST {"query", "count"}` with a bearer key and answers with JSON. With its defaults it is what other
 * chat servers call an external search: a list of `{link, title, snippet}`.
 */
export function createHttpJson({ url, apiKey, results, fields, dispatcher }: HttpJsonOptions): SearchEngine {
  return {
    name: 'http',
    isOffline: false,
    async search({ query, limit, allowedDomains, blockedDomains, location }, signal) {
      const body = {
        query,
        count: limit,
        ...(allowedDomains.length === 0 ? {} : { allowed_domains: allowedDomains }),
        ...(blockedDomains.length === 0 ? {} : { blocked_domains: blockedDomains }),
        ...(location?.country ? { country: location.country } : {}),
      };
      const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
      let found = await callJson({ url: new URL(url), body, headers, signal, dispatcher });
      for (const member of results === '' ? [] : results.split('.')) found = objectOf(found)[member];
      if (!Array.isArray(found)) throw new SearchEngineError('answered without a list of results');
      return toFoundPages(
        objectsIn(found).map((result) => ({
          url: result[fields.url],
          title: result[fields.title],
          text: result[fields.text],
        })),
      ).slice(0, limit);
    },
  };
}
