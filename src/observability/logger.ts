import { type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines on stdout. Never given prompts, outputs or secrets: callers log ids, codes, counts and durations. */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, redact: ['authorization', '*.authorization', 'apiKey', '*.apiKey'] });
}
