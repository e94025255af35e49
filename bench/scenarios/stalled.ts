import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type Gateway, startGateway } from '../processes.js';
import { rssMiB } from '../processor.js';
import { type Finding, once as onceFound } from '../report.js';
import { gatewayOptions, type Setting } from '../setting.js';
import { FOLLOW_RESPONSE } from '../subscribers.js';
import { modelOf } from '../tokens.js';
import { headers } from './create.js';

const HEALTHY = 900;
const STALLED = 100;
const TOKENS = 200;
const TOKEN_MS = 20;

/** Readers who take nothing, among many who do: what the others wait for them, and what is kept for them meanwhile. */
export async function measureStalled(setting: Setting): Promise<Finding[]> {
  const gateway = await startGateway(gatewayOptions(setting.root, setting.folder, setting.upstream, 'stalled'));
  try {
    // The first round is for the compiler.
    await readByMany(gateway);
    const alone = await readByMany(gateway);
    const before = rssMiB(gateway.pid);
    const stalled = await openSockets(gateway.port, STALLED);
    for (const socket of stalled) socket.pause();
    let most = before;
    const watching = setInterval(() => {
      most = Math.max(most, rssMiB(gateway.pid));
    }, 100);
    const beside = await readByMany(gateway, stalled);
    clearInterval(watching);
    for (const socket of stalled) socket.terminate();
    return [
      {
        scenario: `${STALLED} readers who take nothing among ${HEALTHY}`,
        figure: 'an event’s way to the last of the others, p99, times that without them',
        goal: 1.5,
        unit: '×',
        measured: onceFound(beside.p99Ms / alone.p99Ms),
        note: `${alone.p99Ms.toFixed(0)} ms without them`,
      },
      {
        scenario: `${STALLED} readers who take nothing among ${HEALTHY}`,
        figure: 'memory of the gateway process they add',
        goal: 100,
        unit: 'MiB',
        measured: onceFound(most - before),
      },
      {
        scenario: `${STALLED} readers who take nothing among ${HEALTHY}`,
        figure: 'others who missed an event',
        goal: 0,
        unit: '',
        measured: onceFound(beside.incomplete),
      },
    ];
  } finally {
    await gateway.stop();
  }
}

/** One run that all healthy readers follow: how much later than the first of them each event comes to the others. */
async function readByMany(
  gateway: Gateway,
  stalled: readonly WebSocket[] = [],
): Promise<{ p99Ms: number; incomplete: number }> {
  const sockets = await openSockets(gateway.port, HEALTHY);
  const { id } = await run(gateway, { model: modelOf(TOKENS, TOKEN_MS) });
  for (const socket of stalled) subscribe(socket, id);
  const firstMs: number[] = [];
  const lateMs: number[] = [];
  const counts = await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<number>((resolve) => {
          let seen = 0;
          socket.on('message', (bytes: Buffer) => {
            if (bytes.includes('"type":"complete"')) return resolve(seen);
            const atMs = performance.now();
            firstMs[seen] ??= atMs;
            lateMs.push(atMs - (firstMs[seen] as number));
            seen += 1;
          });
          subscribe(socket, id);
        }),
    ),
  );
  for (const socket of sockets) socket.terminate();
  lateMs.sort((a, b) => a - b);
  return {
    p99Ms: lateMs[Math.floor(lateMs.length * 0.99)] as number,
    incomplete: counts.filter((count) => count !== firstMs.length).length,
  };
}

const subscribe = (socket: WebSocket, id: string): void =>
  socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query: FOLLOW_RESPONSE, variables: { id } } }));

async function openSockets(port: number, count: number): Promise<WebSocket[]> {
  const open = async (): Promise<WebSocket> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', {
      perMessageDeflate: false,
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: headers }));
    await once(socket, 'message');
    return socket;
  };
  const all: WebSocket[] = [];
  while (all.length < count)
    all.push(...(await Promise.all(Array.from({ length: Math.min(100, count - all.length) }, open))));
  return all;
}

/** Begins a background run. */
async function run({ port }: Gateway, body: object): Promise<{ id: string }> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/responses`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ input: 'Say something.', background: true, ...body }),
  });
  return (await answer.json()) as { id: string };
}
