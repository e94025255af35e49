import type { WebSocket } from 'ws';
import { post } from '../gateway-api.js';
import { startWithHeap } from '../heap.js';
import { type Gateway, startGateway } from '../processes.js';
import { rssMiB } from '../processor.js';
import { type Finding, once } from '../report.js';
import { gatewayOptions, type Setting } from '../setting.js';
import { FOLLOW_RESPONSE, openSockets, subscribe } from '../subscribers.js';
import { modelOf } from '../tokens.js';
import { headers } from './create.js';

const HEALTHY = 900;
const STALLED = 100;
const TOKENS = 200;
const TOKEN_MS = 20;

const OPERATIONS = 12;
const RESULT_BYTES = 500_000;
const COPIES = 3;
const LARGE_TEXT = 'word '.repeat(RESULT_BYTES / COPIES / 5);
const copies = (field: string): string => Array.from({ length: COPIES }, (_, n) => `c${n}: ${field}`).join(' ');
const LARGE = [
  {
    of: 'response',
    query: `subscription ($id: ID!) { responseEvents(id: $id) {
      ... on ResponseCompletedEvent { response { ${copies('instructions')} } } } }`,
  },
  {
    of: 'conversation',
    query: `subscription ($id: ID!) { conversationEvents(id: $id, after: "0") {
      ... on ConversationItemAddedEvent { item { ... on Message { ${copies('text')} } } } } }`,
  },
  { of: 'response', query: `query ($id: ID!) { response(id: $id) { ${copies('instructions')} } }` },
];

/** Readers who take nothing, among many who do: what the others wait for them, and what is kept for them meanwhile. */
export async function measureStalled(setting: Setting): Promise<Finding[]> {
  return [...(await measureFollowers(setting)), ...(await measureGreedy(setting))];
}

/** They follow what everybody follows. */
async function measureFollowers(setting: Setting): Promise<Finding[]> {
  const gateway = await startGateway(gatewayOptions(setting.root, setting.folder, setting.upstream, 'stalled'));
  try {
    // The first round is for the compiler.
    await readByMany(gateway);
    const alone = await readByMany(gateway);
    const { added, ...beside } = await readBesideStalled(gateway, (socket, id) =>
      subscribe(socket, 'a', FOLLOW_RESPONSE, id),
    );
    return [
      {
        scenario: `${STALLED} readers who take nothing among ${HEALTHY}`,
        figure: 'an event’s way to the last of the others, p99, times that without them',
        goal: 1.5,
        unit: '×',
        measured: once(beside.p99Ms / alone.p99Ms),
        note: `${alone.p99Ms.toFixed(0)} ms without them`,
      },
      {
        scenario: `${STALLED} readers who take nothing among ${HEALTHY}`,
        figure: 'memory of the gateway process they add',
        goal: 100,
        unit: 'MiB',
        measured: once(added),
      },
      {
        scenario: `${STALLED} readers who take nothing among ${HEALTHY}`,
        figure: 'others who missed an event',
        goal: 0,
        unit: '',
        measured: once(beside.incomplete),
      },
    ];
  } finally {
    await gateway.stop();
  }
}

/** Each asks for much at once: what happened to a response, what happened in a conversation, and queries. */
async function measureGreedy(setting: Setting): Promise<Finding[]> {
  const { gateway, heap } = await startWithHeap(setting, 'greedy');
  const collected = async (): Promise<number> => {
    await heap.kilobytes();
    return rssMiB(gateway.pid);
  };
  try {
    const [response, conversation] = await Promise.all([
      post(gateway.port, '/responses', { model: modelOf(1), input: 'Say something.', instructions: LARGE_TEXT }),
      post(gateway.port, '/conversations', { items: [{ role: 'user', content: LARGE_TEXT }] }),
    ]);
    await readByMany(gateway);
    const alone = await readByMany(gateway);
    const before = await collected();
    const ask = (socket: WebSocket): void => {
      for (let n = 0; n < OPERATIONS; n += LARGE.length)
        for (const [place, { query, of }] of LARGE.entries())
          subscribe(socket, `${n + place}`, query, of === 'response' ? response.id : conversation.id);
    };
    const { added, held, ...beside } = await readBesideStalled(gateway, ask, collected);
    const scenario = `${STALLED} readers who take nothing, of ${OPERATIONS} operations with 0.5 MB a result, among ${HEALTHY}`;
    return [
      {
        scenario,
        figure: 'memory of the gateway process they hold, garbage collected',
        goal: 100,
        unit: 'MiB',
        measured: once(held - before),
        note: `${Math.round((STALLED * OPERATIONS * RESULT_BYTES) / 2 ** 20)} MiB was asked for`,
      },
      { scenario, figure: 'at most, garbage of making it included', goal: null, unit: 'MiB', measured: once(added) },
      {
        scenario,
        figure: 'an event’s way to the last of the others, p99, times that without them',
        goal: null,
        unit: '×',
        measured: once(beside.p99Ms / alone.p99Ms),
        note: `${alone.p99Ms.toFixed(0)} ms without them`,
      },
      { scenario, figure: 'others who missed an event', goal: 0, unit: '', measured: once(beside.incomplete) },
    ];
  } finally {
    heap.close();
    await gateway.stop();
  }
}

/**
 * As `readByMany`, beside sockets whose readers take nothing of what they ask for.
 *
 * @param look at the memory while they are still there, in MiB
 * @returns also what was seen, and the memory that the gateway has taken at most over what it had before, in MiB
 */
async function readBesideStalled(
  gateway: Gateway,
  ask: (socket: WebSocket, id: string) => void,
  look: () => Promise<number> = async () => rssMiB(gateway.pid),
) {
  const before = rssMiB(gateway.pid);
  const stalled = await openSockets(gateway.port, headers.authorization, STALLED);
  for (const socket of stalled) socket.pause();
  let most = before;
  const watching = setInterval(() => {
    most = Math.max(most, rssMiB(gateway.pid));
  }, 100);
  const beside = await readByMany(gateway, (id) => {
    for (const socket of stalled) ask(socket, id);
  });
  clearInterval(watching);
  const held = await look();
  for (const socket of stalled) socket.terminate();
  return { ...beside, held, added: most - before };
}

/** One run that all healthy readers follow: how much later than the first of them each event comes to the others. */
async function readByMany(
  gateway: Gateway,
  beside: (id: string) => void = () => undefined,
): Promise<{ p99Ms: number; incomplete: number }> {
  const sockets = await openSockets(gateway.port, headers.authorization, HEALTHY);
  const { id } = await post(gateway.port, '/responses', {
    model: modelOf(TOKENS, TOKEN_MS),
    input: 'Say something.',
    background: true,
  });
  beside(id);
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
          subscribe(socket, 'a', FOLLOW_RESPONSE, id);
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
