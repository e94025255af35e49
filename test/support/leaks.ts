import { Writable } from 'node:stream';
import { createLogger, type Logger } from '../../src/observability/logger.js';

/** Where every test server seals things with; it must never be seen. */
export const SEALING_SECRET = 'test secret, to be seen nowhere';

/** What the server itself makes and shows once: keys, tokens for browsers, signing secrets; and what it seals with. */
const SECRET = new RegExp(
  `sk-antiphon-[\\w-]{32}|ct-antiphon-[\\w-]{32,}|whsec_[\\w+/=-]{24,}|"?authorization"?: ?"?Bearer \\S{8,}|${SEALING_SECRET}`,
  'i',
);

/** The part of a text that holds a secret, with what is around it; null if it holds none. */
export function findLeak(text: string): string | null {
  const found = SECRET.exec(text);
  return found === null ? null : text.slice(Math.max(0, found.index - 80), found.index + 120);
}

/** A logger at its most talkative that prints nothing, and throws up whatever secret it was given. */
export function createWatchedLogger(): { logger: Logger; leaks: readonly string[] } {
  const leaks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const leak = findLeak(chunk.toString());
      if (leak !== null) leaks.push(leak);
      done();
    },
  });
  const level = process.env.TEST_LOG;
  return { logger: level === undefined ? createLogger('trace', stream) : createLogger(level), leaks };
}
