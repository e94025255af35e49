import type { Signal } from '../../domain/signal.js';

type Headers = Record<string, string | string[] | undefined>;

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * How long an answer asks us to wait, in milliseconds, or undefined if it does not say. Understands `retry-after-ms`
 * (which wins, being finer) and `retry-after` as seconds or as an HTTP date. Never negative, at most a day.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const ms = numberOf(headers['retry-after-ms']);
  if (ms !== undefined) return bounded(ms);
  const seconds = numberOf(headers['retry-after']);
  if (seconds !== undefined) return bounded(seconds * 1000);
  const date = Date.parse(single(headers['retry-after']) ?? '');
  return Number.isNaN(date) ? undefined : bounded(date - now);
}

/** Exponential back-off before retry number `retry` (0 for the first), jittered down to half so that retries spread. */
export const backOffMs = (retry: number, baseMs: number, capMs: number): number =>
  Math.min(baseMs * 2 ** retry, capMs) * (0.5 + Math.random() / 2);

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export const pause = (ms: number, signal: Signal): Promise<void> =>
  new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    }, ms);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

function numberOf(value: string | string[] | undefined): number | undefined {
  const text = single(value)?.trim();
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

const bounded = (ms: number): number => Math.ceil(Math.min(Math.max(ms, 0), DAY_MS));
