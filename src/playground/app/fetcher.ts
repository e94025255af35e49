import { createGraphiQLFetcher, type Fetcher, type FetcherOpts } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';
import { withProgress } from './progress';

const httpUrl = '/graphql';

function socketUrl(): string {
  const url = new URL(httpUrl, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/**
 * Queries and mutations by HTTP, subscriptions by graphql-ws, both with the header editor's values: they are the
 * request's headers in the one case and `connectionParams` in the other. A lost socket is reported and not retried,
 * because a new subscription starts again at `after` and would show events twice.
 */
export const fetcher: Fetcher = (params, options?: FetcherOpts) => {
  const fetchOnce = createGraphiQLFetcher({
    url: httpUrl,
    enableIncrementalDelivery: false,
    // Connects on the first subscription only, and closes after the last.
    wsClient: createClient({ url: socketUrl(), connectionParams: { ...options?.headers }, retryAttempts: 0 }),
  });
  return withProgress(fetchOnce(params, options));
};
