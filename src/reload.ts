import { isatty } from 'node:tty';
import type { App } from './app.js';
import { ConfigError } from './config/env.js';
import type { AntiphonConfig } from './config/schema/index.js';
import type { Logger } from './observability/logger.js';

export interface ReloadOptions {
  app: App;
  logger: Logger;
  /** Reads the config file anew. @throws ConfigError naming the line */
  load(): AntiphonConfig;
  /** Called when the signal means that the terminal is gone. */
  onTerminalClosed(): void;
}

/**
 * Goes on with the config file as it is now whenever SIGHUP comes. A file that cannot be used is refused as a whole, and what
 * was goes on.
 */
export function reloadOnHangUp({ app, logger, load, onTerminalClosed }: ReloadOptions): void {
  const hasTerminal = process.stdout.isTTY === true;
  let isRefused = false;
  app.container.metrics.watch('config_reload_refused', '1 if the last reload of the config file was refused.', () =>
    Number(isRefused),
  );

  const reload = async (): Promise<void> => {
    try {
      const late = await app.container.reload(load());
      isRefused = false;
      logger.info('the config file was reloaded: new requests are served by it');
      if (late.length > 0) logger.warn({ settings: late }, 'these settings have changed and wait for the next start');
    } catch (error) {
      isRefused = true;
      const reason = error instanceof ConfigError ? error.message : (error as Error).stack;
      logger.error({ reason }, 'the config file was not reloaded, what was goes on');
    }
  };
  let last = Promise.resolve();
  process.on('SIGHUP', () => {
    if (!hasTerminal || isatty(1)) {
      last = last.then(reload);
      return;
    }
    // A terminal that is closed says so by the same signal. Nobody reads the log any more, and writing to it fails.
    logger.level = 'silent';
    onTerminalClosed();
  });
}
