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

/** So many sockets on which GraphQL can be asked, a hundred at a time; each is handed over as soon as it is there. */
export async function openSockets(
  port: number,
  authorization: string,
  count: number,
  onOpen: (socket: WebSocket) => void = () => undefined,
): Promise<WebSocket[]> {
  const all: WebSocket[] = [];
  const open = async (): Promise<void> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', {
      perMessageDeflate: false,
    });
    all.push(socket);
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
    await once(socket, 'message');
    onOpen(socket);
  };
  while (all.length < count) await Promise.all(Array.from({ length: Math.min(100, count - all.length) }, open));
  return all;
}

export const subscribe = (socket: WebSocket, operation: string, query: string, id: string): void =>
  socket.send(JSON.stringify({ id: operation, type: 'subscribe', payload: { query, variables: { id } } }));

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
  let messages = 0;
  let open = sockets * each;
  let finish: () => void = () => undefined;
  const completed = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const subscribeTo = (socket: WebSocket, from: number, to: number): void => {
    for (let n = from; n < to; n += 1) subscribe(socket, `s${n}`, query, id);
  };
  const all = await openSockets(port, authorization, sockets, (socket) => {
    socket.on('message', (bytes: Buffer) => {
      if (bytes.includes('"type":"next"')) messages += 1;
      else if (bytes.includes('"type":"complete"') && --open === 0) finish();
    });
    subscribeTo(socket, 0, each);
  });
  return {
    received: () => messages,
    completed,
    add(some, more) {
      open += some * more;
      for (const socket of all.slice(0, some)) subscribeTo(socket, each, each + more);
    },
    async close() {
      const closed = all.map((socket) => once(socket, 'close'));
      for (const socket of all) socket.terminate();
      await Promise.all(closed);
    },
  };
}
