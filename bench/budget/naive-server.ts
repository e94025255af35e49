import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { Till } from './till.js';

/**
 * The control of the race: a gateway that reads what is spent, lets the request through if its worst case fits, and writes down
 * what it has cost when the model has answered. Everything else about it is right.
 */
export async function startNaiveServer(upstream: string, limit: bigint) {
  let spent = 0n;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { input, max_output_tokens } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const worst = BigInt(input.length + max_output_tokens);
    await turn(); // a look into the database
    if (spent + worst > limit) {
      response.writeHead(429, { 'content-type': 'application/json' });
      response.end('{"error":{"code":"insufficient_quota"}}');
      return;
    }
    const answer = await fetch(`${upstream}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: input }], max_tokens: max_output_tokens }),
    });
    const { usage } = (await answer.json()) as { usage?: { total_tokens: number } };
    spent += BigInt(usage?.total_tokens ?? 0);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const till: Till = {
    async read() {
      await turn();
      return [{ name: 'naive', limit, settled: spent, reserved: 0n }];
    },
  };
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    till,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
