import pg from 'pg';

export type NotificationHandler = (payload: string) => void;

export interface Notifier {
  /** Calls the handler for every notification on the channel. */
  on(channel: string, handler: NotificationHandler): void;
  /** Calls back after the connection was lost and made again: anything may have been missed meanwhile. */
  onGap(handler: () => void): void;
  start(): Promise<void>;
  close(): Promise<void>;
}

const RECONNECT_MS = 1000;

/** LISTEN on one connection of its own. Wake-ups are hints: whoever waits also looks by itself now and then. */
export function createNotifier(databaseUrl: string, onError: (error: Error) => void): Notifier {
  const handlers = new Map<string, NotificationHandler[]>();
  const gapHandlers: (() => void)[] = [];
  let client: pg.Client | null = null;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;

  const connect = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: databaseUrl });
    let lost = false;
    const lose = (error?: Error): void => {
      if (lost || closed) return;
      lost = true;
      client = null;
      if (error !== undefined) onError(error);
      timer = setTimeout(reconnect, RECONNECT_MS);
      timer.unref();
    };
    next.on('error', lose);
    next.on('end', () => lose());
    next.on('notification', ({ channel, payload }) => {
      for (const handler of handlers.get(channel) ?? []) handler(payload ?? '');
    });
    await next.connect();
    for (const channel of handlers.keys()) await next.query(`listen ${channel}`);
    client = next;
  };

  const reconnect = (): void => {
    if (closed) return;
    connect().then(
      () => {
        for (const handler of gapHandlers) handler();
      },
      (error: Error) => {
        onError(error);
        timer = setTimeout(reconnect, RECONNECT_MS);
        timer.unref();
      },
    );
  };

  return {
    on(channel, handler) {
      handlers.set(channel, [...(handlers.get(channel) ?? []), handler]);
    },
    onGap(handler) {
      gapHandlers.push(handler);
    },
    start: connect,
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await client?.end();
    },
  };
}
