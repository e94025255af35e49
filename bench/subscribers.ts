import { once } from 'node:events';
import { WebSocket } from 'ws';

export const FOLLOW_RESPONSE =
  'subscription ($id: ID!) { responseEvents(id: $id) { type sequenceNumber ... on OutputTextDeltaEvent { delta } } }';
export const FOLLOW_CONVERSATION = 'subscription ($id: ID!) { conversationEvents(id: $id) { type cursor } }';

export interface Subscribers {
  /** Messages that have come to all of them. */
  received(): number;
  /** Resolves when every one of them was told that its response is over. */
  readonly completed: Promise<void>;
  /** Subscribes so many times more on some of the sockets. */
  add(sockets: number, each: number): void;
  close(): Promise<void>;
}

/**
 * Clients of GraphQL over WebSocket that count what comes and look at nothing.
 *
 * @param each subscriptions on every socket
 */
export async function openSubscribers(
  port: number,
  authorization: string,
  { query, id }: { query: string; id: string },
  sockets: number,
  each = 1,
): Promise<Subscribers> {
  const all: WebSocket[] = [];
  let messages = 0;
  let open = sockets * each;
  let finish: () => void = () => undefined;
  const completed = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const connect = async (): Promise<void> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', {
      perMessageDeflate: false,
    });
    all.push(socket);
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
    await once(socket, 'message');
    socket.on('message', (bytes: Buffer) => {
      if (bytes.includes('"type":"next"')) messages += 1;
      else if (bytes.includes('"type":"complete"') && --open === 0) finish();
    });
    subscribe(socket, 0, each);
  };
  const subscribe = (socket: WebSocket, from: number, to: number): void => {
    for (let n = from; n < to; n += 1)
      socket.send(JSON.stringify({ id: `s${n}`, type: 'subscribe', payload: { query, variables: { id } } }));
  };
  while (all.length < sockets) await Promise.all(Array.from({ length: Math.min(100, sockets - all.length) }, connect));
  return {
    received: () => messages,
    completed,
    add(some, more) {
      open += some * more;
      for (const socket of all.slice(0, some)) subscribe(socket, each, each + more);
    },
    async close() {
      const closed = all.map((socket) => once(socket, 'close'));
      for (const socket of all) socket.terminate();
      await Promise.all(closed);
    },
  };
}
