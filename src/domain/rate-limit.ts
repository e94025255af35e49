/** What a rate limit counts for itself: all a project asks, or each key by itself; of one model, or of all of them together. */
export interface RateLimit {
  scope: 'project' | 'key';
  /** Null: every model, together. */
  model: string | null;
  requestsPerMinute: number;
  /** Requests that may come at once after a pause. */
  burst: number;
}
