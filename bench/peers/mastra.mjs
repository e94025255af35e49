// Mastra's server with its PostgreSQL store: one agent without tools, a thread of its own for every response.
import { serve } from '@hono/node-server';
import { Agent } from '@mastra/core/agent';
import { Mastra } from '@mastra/core/mastra';
import { MastraServer } from '@mastra/hono';
import { Memory } from '@mastra/memory';
import { PostgresStore } from '@mastra/pg';
import { Hono } from 'hono';

const [, , upstreamUrl, databaseUrl] = process.argv;
const storage = new PostgresStore({ id: 'bench', connectionString: databaseUrl });
const agent = new Agent({
  id: 'bench',
  name: 'bench',
  instructions: 'Answer.',
  model: { id: 'bench/bench', url: upstreamUrl, apiKey: 'bench' },
  memory: new Memory({ storage }),
});
const mastra = new Mastra({ agents: { bench: agent }, storage, logger: false });
const app = new Hono();
await new MastraServer({ app, mastra }).init();
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => process.send?.({ port }));
process.on('disconnect', () => process.exit(0));
