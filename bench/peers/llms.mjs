// @musistudio/llms between a client and the upstream, both of which speak chat completions.
import { createRequire } from 'node:module';

const [, , upstreamUrl] = process.argv;
// Its ES module does not load on Node: "Dynamic require of child_process is not supported".
const { default: Server } = createRequire(import.meta.url)('@musistudio/llms');
const server = new Server({
  initialConfig: {
    providers: [
      {
        name: 'bench',
        api_base_url: `${upstreamUrl}/chat/completions`,
        api_key: 'bench',
        models: process.argv.slice(3),
      },
    ],
    HOST: '127.0.0.1',
    PORT: '0',
  },
  useJsonFile: false,
  useEnvironmentVariables: false,
  logger: false,
});
await server.start();
process.send?.({ port: server.app.server.address().port });
process.on('disconnect', () => process.exit(0));
