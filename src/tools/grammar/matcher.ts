import { createTimedThread } from '../timed-thread.js';
import type { Pattern } from './pattern.js';

/** Matches texts against expressions of strangers, some of which would take for ever. */
export interface PatternMatcher {
  /** `too-long`: it had not been decided when the time was up. */
  matches(pattern: Pattern, text: string): Promise<boolean | 'too-long'>;
  close(): Promise<void>;
}

const MATCH = `() => ({ source, flags, text }) => {
  try { return new RegExp(source, flags).test(text); } catch { return false; }
}`;

/**
 * Matches in a thread of its own, so the event loop never waits for one.
 *
 * @param options.timeoutMs time for one match. Default 200
 */
export function createPatternMatcher({ timeoutMs = 200 }: { timeoutMs?: number } = {}): PatternMatcher {
  const thread = createTimedThread<Pattern & { text: string }, boolean>({ code: MATCH, timeoutMs });
  return { matches: (pattern, text) => thread.run({ ...pattern, text }), close: () => thread.close() };
}
