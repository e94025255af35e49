import { type FoundPage, WebError, type WebQuery } from '../../domain/web.js';
import type { Logger } from '../../observability/logger.js';
import { type SearchEngine, SearchEngineError } from '../../providers/web-search/engine.js';
import { CircuitBreaker } from '../circuit-breaker.js';

export interface Failover {
  /** Asks the engines in order until one answers, be it that nothing was found. @throws WebError when none does */
  search(query: WebQuery, signal: AbortSignal): Promise<FoundPage[]>;
}

export interface FailoverOptions {
  engines: readonly SearchEngine[];
  /** For each engine. */
  timeoutMs: number;
  logger: Logger;
  now(): number;
}

const BREAKER = { maxFailures: 3, restMs: 30_000, maxRestMs: 600_000 };

/** Several search engines as one, with a time limit and a circuit breaker for each. */
export function createFailover({ engines, timeoutMs, logger, now }: FailoverOptions): Failover {
  const breakers = engines.map(() => new CircuitBreaker(BREAKER));

  const ask = async (engine: SearchEngine, breaker: CircuitBreaker, query: WebQuery, signal: AbortSignal) => {
    breaker.begin();
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const pages = await engine.search(query, AbortSignal.any([signal, limit]));
      breaker.succeeded();
      return pages;
    } catch (thrown) {
      if (signal.aborted) breaker.abandoned();
      signal.throwIfAborted();
      breaker.failed(now(), thrown instanceof SearchEngineError ? thrown.retryAfterMs : null);
      const { failures } = breaker;
      const reason = limit.aborted ? `did not answer within ${timeoutMs} ms` : messageOf(thrown);
      // The query is the user's and is not logged.
      logger.warn({ engine: engine.name, reason, failures }, 'a search engine failed');
      return null;
    }
  };

  return {
    async search(query, signal) {
      let isOffered = false;
      for (const [index, engine] of engines.entries()) {
        if (query.isOffline && !engine.isOffline) continue;
        isOffered = true;
        const breaker = breakers[index] as CircuitBreaker;
        if (breaker.isOpen(now())) continue;
        const pages = await ask(engine, breaker, query, signal);
        if (pages !== null) return pages;
      }
      throw isOffered
        ? new WebError('search_failed', 'No search engine answered.')
        : new WebError('not_available_offline', 'This server keeps no pages to search without access to the web.');
    },
  };
}

const messageOf = (thrown: unknown): string =>
  thrown instanceof SearchEngineError ? thrown.message : thrown instanceof Error ? thrown.name : 'unknown';
