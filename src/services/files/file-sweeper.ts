import type { Logger } from '../../observability/logger.js';
import type { FileService } from './file.service.js';

const EXPIRED_EVERY_MS = 60_000;
const ORPHANS_EVERY_MS = 86_400_000;

/** Removes expired files within a minute of their time, and once a day the bytes that nothing names. */
export function createFileSweeper({ files, logger }: { files: FileService; logger: Logger }) {
  let running: Promise<void> = Promise.resolve();
  const sweep = (what: () => Promise<void>): void => {
    running = running.then(what).catch((err: unknown) => logger.error({ err }, 'files were not swept'));
  };
  const timers = [
    setInterval(() => sweep(files.sweepExpired), EXPIRED_EVERY_MS),
    setInterval(() => sweep(files.sweepOrphans), ORPHANS_EVERY_MS),
  ];
  for (const timer of timers) timer.unref();
  sweep(files.sweepExpired);
  return {
    async close(): Promise<void> {
      for (const timer of timers) clearInterval(timer);
      await running;
    },
  };
}
