import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines on stdout, or where they are sent. Never given prompts, outputs or secrets: callers log ids, codes, counts and durations. */
export function createLogger(level: string, destination: DestinationStream = pino.destination(1)): Logger {
  return pino({ level, base: null, redact: ['authorization', '*.authorization', 'apiKey', '*.apiKey'] }, destination);
}
