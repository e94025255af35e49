import { type HttpConnection, openConnection, requestBytes } from './http-connection.js';

/**
 * A load generator, a process of its own, that sends at a fixed rate whether or not answers come: clients do not slow down
 * because a server does.
 */
export interface OpenWork {
  port: number;
  path: string;
  headers: Record<string, string>;
  body: string;
  perSecond: number;
  seconds: number;
  /** Opened beforehand, as clients keep theirs; a request that finds none free is not sent, but counted. */
  connections: number;
}

export interface OpenSeen {
  sent: number;
  /** Requests that were due while every connection was busy. */
  held: number;
  accepted: number;
  refused: number;
  /** Neither 200 nor 503 with a time to come back, the latter over GraphQL perhaps inside of a 200. */
  failures: number;
  firstFailure: string | null;
  /** Of the answers 200, from sending to the end. */
  acceptedP50Ms: number;
  acceptedP99Ms: number;
  refusedP50Ms: number;
  refusedP99Ms: number;
  elapsedMs: number;
  /** From the beginning to the last answer that was 503, or later than `slowMs`; 0 if none was. */
  lastBadMs: number;
}

/** Requests go out in steps as small as timers allow. */
const STEP_MS = 4;
const CONNECTED_AT_ONCE = 50;
const REFUSED_FIELD = '"status":503';

const quantile = (values: number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;

async function run({ work, slowMs }: { work: OpenWork; slowMs: number }): Promise<OpenSeen> {
  const request = requestBytes(work.path, work.headers, work.body);
  const free: HttpConnection[] = [];
  const underWay = new Set<Promise<void>>();
  const accepted: number[] = [];
  const refused: number[] = [];
  const faults: string[] = [];
  let sent = 0;
  let held = 0;
  let lastBadMs = 0;
  // A few at a time: a Node server accepts one in each turn of its loop.
  while (free.length < work.connections)
    free.push(...(await Promise.all(Array.from({ length: CONNECTED_AT_ONCE }, () => openConnection(work.port)))));
  const startMs = performance.now();

  const ask = async (connection: HttpConnection): Promise<void> => {
    const sentMs = performance.now();
    try {
      const { status, body } = await connection.send(request);
      const nowMs = performance.now();
      const took = nowMs - sentMs;
      const isRefused = status === 503 || body.includes(REFUSED_FIELD);
      if (isRefused) refused.push(took);
      else if (status === 200) accepted.push(took);
      else faults.push(`${status}: ${body.slice(0, 200)}`);
      if (isRefused || took > slowMs) lastBadMs = nowMs - startMs;
      free.push(connection);
    } catch (error) {
      faults.push(String(error));
      connection.close();
    }
  };
  const dispatch = (): void => {
    const connection = free.pop();
    if (connection === undefined) {
      held += 1;
      return;
    }
    sent += 1;
    const asked: Promise<void> = ask(connection).finally(() => underWay.delete(asked));
    underWay.add(asked);
  };

  const due = work.perSecond * work.seconds;
  let dispatched = 0;
  while (dispatched < due) {
    const until = Math.min(due, ((performance.now() - startMs) / 1000) * work.perSecond);
    for (; dispatched < until; dispatched += 1) dispatch();
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
  const elapsedMs = performance.now() - startMs;
  await Promise.all(underWay);
  for (const connection of free) connection.close();
  return {
    sent,
    held,
    accepted: accepted.length,
    refused: refused.length,
    failures: faults.length,
    firstFailure: faults[0] ?? null,
    acceptedP50Ms: quantile(accepted, 0.5),
    acceptedP99Ms: quantile(accepted, 0.99),
    refusedP50Ms: quantile(refused, 0.5),
    refusedP99Ms: quantile(refused, 0.99),
    elapsedMs,
    lastBadMs,
  };
}

process.on('message', (order: { work: OpenWork; slowMs: number }) => {
  run(order).then(
    (seen) => process.send?.({ seen }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port: 0 });
