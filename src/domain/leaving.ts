/**
 * Somebody who waits for an answer and may leave before it is there: as much of an `AbortSignal` as it takes to notice. Where
 * there is one per request, something lighter than a signal can be one.
 */
export interface Leaving {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
