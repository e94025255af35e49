import { type Client, CloseCode, createClient } from 'graphql-ws';

/** Where the server is, and as whom. Give browsers of others a client token (`createClientToken`), never a key of your own. */
export interface Session {
  server: string;
  key: string;
  model: string;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A graphql-ws client that does not give up. After a lost connection it subscribes again with the cursor of the last event
 * in `after`: nothing is missed, and nothing comes twice. Works for every client that takes a graphql-ws one.
 */
export function createSocket({ server, key }: Session, onConnected: (isConnected: boolean) => void): Client {
  let silence: ReturnType<typeof setTimeout> | undefined;
  const socket = createClient({
    url: `${server.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (problem) => !(problem instanceof CloseEvent && problem.code === CloseCode.Forbidden),
    retryWait: (attempt) => sleep(Math.min(250 * 2 ** attempt, 5_000) * (0.5 + Math.random())),
    // A tunnel closes nothing, it only goes silent: a ping without an answer counts as a lost connection.
    keepAlive: 3_000,
    on: {
      connected: () => onConnected(true),
      closed: () => {
        clearTimeout(silence);
        onConnected(false);
      },
      ping: (isReceived) => {
        if (!isReceived) silence = setTimeout(() => socket.terminate(), 2_000);
      },
      pong: () => clearTimeout(silence),
    },
  });

  const subscribe: Client['subscribe'] = (payload, sink) => {
    // The library sends this very object again when it reconnects.
    const variables = { ...payload.variables };
    return socket.subscribe<Record<string, { cursor: string }>>(
      { ...payload, variables },
      {
        ...sink,
        next(result) {
          for (const event of Object.values(result.data ?? {})) variables.after = event.cursor;
          sink.next(result as never);
        },
      },
    );
  };
  return { ...socket, subscribe };
}
