// Portkey's gateway as `npx @portkey-ai/gateway --headless` runs it. Its port has to be known beforehand.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const probe = createServer().listen(0, '127.0.0.1');
await once(probe, 'listening');
const { port } = probe.address();
probe.close();
await once(probe, 'close');

process.argv.push('--headless', `--port=${port}`);
await import('@portkey-ai/gateway/build/start-server.js');

for (let isUp = false; !isUp; await sleep(50)) {
  const socket = connect(port, '127.0.0.1');
  isUp = await new Promise((resolve) =>
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
  );
  socket.destroy();
}
process.send?.({ port });
process.on('disconnect', () => process.exit(0));
