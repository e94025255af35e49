// The built-in model's own process: `node main.js <socket path> [--script] [--pace=<ms>]`. The tokenizer's and the embedding
// model's memory live here and never in the gateway.
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createEmbedder } from './embedder.js';
import { createModelServer } from './http-server.js';

/** Where an error happened, without its message: that may quote a prompt. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [error.name, ...frames.slice(0, 8)].join('\n');
}

async function main(): Promise<void> {
  const [socketPath, ...flags] = process.argv.slice(2);
  if (socketPath === undefined || process.send === undefined)
    throw new Error('Started by the gateway only: it needs a socket path and an IPC channel.');
  const server = createModelServer({
    embedder: createEmbedder(),
    enableScript: flags.includes('--script'),
    paceMs: Number(flags.find((flag) => flag.startsWith('--pace='))?.slice(7) ?? 0),
    reportFault: (error) => process.stderr.write(`${describe(error)}\n`),
  });
  // The channel closes when the gateway ends, however it ended: nobody is left to clean up after us then.
  const end = async (): Promise<void> => {
    await server.close();
    await rm(dirname(socketPath), { recursive: true, force: true });
    process.exit(0);
  };
  process.once('disconnect', end);
  // It may have gone while this file was being loaded.
  if (!process.connected) await end();
  // Ctrl-C reaches the whole process group; the gateway finishes its streams first and then lets us go.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  for (const event of ['uncaughtException', 'unhandledRejection'])
    process.on(event, (error: unknown) => {
      process.stderr.write(`${describe(error)}\n`);
      process.exit(1);
    });
  // Left behind by a process that was killed; listening on it would fail.
  await rm(socketPath, { force: true });
  await server.listen(socketPath);
  process.send('ready');
}

main().catch((error: unknown) => {
  process.stderr.write(`${describe(error)}\n`);
  process.exit(1);
});
