import type { FoundPage, WebPage, WebQuery } from '../../domain/web.js';

/** Something that finds pages. */
export interface SearchEngine {
  /** For logs and errors. */
  readonly name: string;
  /** It answers from what this server keeps and calls nobody. */
  readonly isOffline: boolean;
  /**
   * Pages, best first. Filters are wishes: whoever asks checks the answer.
   *
   * @throws SearchEngineError when the engine fails
   */
  search(query: WebQuery, signal: AbortSignal): Promise<FoundPage[]>;
  /** A page that only this engine can show, or null for others. */
  open?(url: string): Promise<WebPage | null>;
}

/** A search engine failed. Messages hold neither the query nor the key. */
export class SearchEngineError extends Error {
  override name = 'SearchEngineError';
  /** How long it asks to be left alone. */
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null = null) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}
