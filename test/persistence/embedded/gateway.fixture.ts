/**
 * A gateway reduced to its database: `node --import tsx gateway.fixture.ts DATA_DIR`. Prints one JSON line, either
 * `{ pid, url }` when the database is up or `{ error }`. SIGTERM ends it cleanly; SIGUSR2 makes it exit without a stop, as
 * an uncaught error would.
 */
import { createLogger } from '../../../src/observability/logger.js';
import { startEmbeddedPostgres } from '../../../src/persistence/embedded/embedded-postgres.js';

const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', logger: createLogger('silent') });
  // The open handle keeps the process alive as a gateway's listening sockets would.
  const alive = setInterval(() => undefined, 60_000);
  process.once('SIGTERM', async () => {
    await postgres.stop();
    clearInterval(alive);
  });
  process.once('SIGUSR2', () => process.exit(3));
  say({ pid: postgres.pid, url: postgres.connectionUrl });
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
