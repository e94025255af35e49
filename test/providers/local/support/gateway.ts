// A stand-in for the gateway process: starts the built-in model, uses it once, and prints what a test wants to know.
import { registerHooks } from 'node:module';

const loaded: string[] = [];
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    loaded.push(resolved.url);
    return resolved;
  },
});

const { createLogger } = await import('../../../../src/observability/logger.js');
const { createLocalModelServer } = await import('../../../../src/providers/local/supervisor.js');
const { createClient } = await import('./client.js');

const models = createLocalModelServer({ logger: createLogger('silent') });
const client = createClient(await models.socketPath());
await client.chat([
  { role: 'user', content: 'My name is Alice.' },
  { role: 'user', content: 'What is my name?' },
]);
await client.close();
process.stdout.write(`${JSON.stringify({ pid: models.pid(), socketPath: await models.socketPath(), loaded })}\n`);
// Without anything else to do the process ends here, unless it is told to wait for its end.
if (process.argv.includes('--stay')) setInterval(() => undefined, 60_000);
