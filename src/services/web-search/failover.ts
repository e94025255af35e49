import { type FoundPage, WebError, type WebQuery } from '../../domain/web.js';
import type { Logger } from '../../observability/logger.js';
import { type SearchEngine, SearchEngineError } from '../../providers/web-search/engine.js';

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

/** Failures in a row after which an engine is left alone, and for how long. */
const MAX_FAILURES = 3;
const REST_MS = 30_000;
/** Longest rest that an engine can ask for itself. */
const MAX_REST_MS = 600_000;

interface Health {
  failures: number;
  restsUntil: number;
  /** One call finds out whether a rested engine is well again; others pass it by meanwhile. */
  isTried: boolean;
}

/** Several search engines as one, with a time limit and a circuit breaker for each. */
export function createFailover({ engines, timeoutMs, logger, now }: FailoverOptions): Failover {
  const healths = engines.map((): Health => ({ failures: 0, restsUntil: 0, isTried: false }));

  const ask = async (engine: SearchEngine, health: Health, query: WebQuery, signal: AbortSignal) => {
    health.isTried = true;
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const pages = await engine.search(query, AbortSignal.any([signal, limit]));
      health.failures = 0;
      return pages;
    } catch (thrown) {
      signal.throwIfAborted();
      health.failures += 1;
      const asked = thrown instanceof SearchEngineError ? thrown.retryAfterMs : null;
      if (asked !== null) health.restsUntil = now() + Math.min(asked, MAX_REST_MS);
      else if (health.failures >= MAX_FAILURES) health.restsUntil = now() + REST_MS;
      const reason = limit.aborted ? `did not answer within ${timeoutMs} ms` : messageOf(thrown);
      // The query is the user's and is not logged.
      logger.warn({ engine: engine.name, reason, failures: health.failures }, 'a search engine failed');
      return null;
    } finally {
      health.isTried = false;
    }
  };

  return {
    async search(query, signal) {
      let isOffered = false;
      for (const [index, engine] of engines.entries()) {
        if (query.isOffline && !engine.isOffline) continue;
        isOffered = true;
        const health = healths[index] as Health;
        const isIll = health.failures >= MAX_FAILURES;
        if (now() < health.restsUntil || (isIll && health.isTried)) continue;
        const pages = await ask(engine, health, query, signal);
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
