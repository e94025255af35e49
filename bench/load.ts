import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type HttpConnection, openConnection, requestBytes } from './http-connection.js';
import { wholeText } from './tokens.js';

/**
 * The load generator, a process of its own: does the work its parent sends and answers what it saw. Fixed work, not fixed
 * time, so that both sides of a ratio did the same.
 */
export interface Work {
  port: number;
  path: string;
  headers: Record<string, string>;
  body: string;
  clients: number;
  /** Requests over all clients. */
  count: number;
  /** Keys to use in turns, instead of the one in the headers. */
  keys?: readonly string[];
  /** Requests by the clock, so many a second however long their answers take; clients are opened as they are needed. */
  perSecond?: number;
  /** For streams: how many tokens each has, and the pause between the clients' first requests. */
  stream?: { tokens: number; staggerMs: number };
}

export interface Seen {
  elapsedMs: number;
  /** Whole answers: from sending to the end. Streams: from sending to the first token. */
  p50Ms: number;
  p99Ms: number;
  /** Answers that were not 200, or streams whose text was not what the upstream said. */
  failures: number;
  firstFailure: string | null;
  /** How late this process itself was: what it reports is worth little when this is high. */
  ownLagP99Ms: number;
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;

async function run(work: Work): Promise<Seen> {
  const keys = work.keys ?? [null];
  const requests = keys.map((key) =>
    requestBytes(work.path, key === null ? work.headers : { authorization: `Bearer ${key}` }, work.body),
  );
  const requestOf = (n: number): Buffer => requests[n % requests.length] as Buffer;
  const connections = await Promise.all(Array.from({ length: work.clients }, () => openConnection(work.port)));
  const times: number[] = [];
  const faults: string[] = [];
  let taken = 0;
  const expected = work.stream === undefined ? null : wholeText(work.stream.tokens);

  const client = async (connection: HttpConnection, index: number): Promise<void> => {
    if (work.stream !== undefined)
      await new Promise((resolve) => setTimeout(resolve, index * (work.stream?.staggerMs ?? 0)));
    while (taken < work.count) {
      const request = requestOf(taken);
      taken += 1;
      const fault =
        expected === null
          ? await whole(connection, request, times)
          : await streamed(connection, request, expected, times);
      if (fault !== null) faults.push(fault);
    }
  };

  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  const startMs = performance.now();
  if (work.perSecond === undefined) await Promise.all(connections.map(client));
  else await byTheClock(work, connections, (connection, n) => whole(connection, requestOf(n), times), faults);
  const elapsedMs = performance.now() - startMs;
  lag.disable();
  for (const connection of connections) connection.close();
  times.sort((a, b) => a - b);
  return {
    elapsedMs,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    failures: faults.length,
    firstFailure: faults[0] ?? null,
    // The monitor's own sleep is part of what it reports.
    ownLagP99Ms: Math.max(0, lag.percentile(99) / 1e6 - 5),
  };
}

/** Sends on time, whatever is still under way: questions do not wait for slow answers. */
async function byTheClock(
  { port, count, perSecond = 1 }: Work,
  connections: HttpConnection[],
  ask: (connection: HttpConnection, n: number) => Promise<string | null>,
  faults: string[],
): Promise<void> {
  const idle = [...connections];
  const underWay: Promise<void>[] = [];
  const send = async (n: number): Promise<void> => {
    let connection = idle.pop();
    if (connection === undefined) {
      connection = await openConnection(port);
      connections.push(connection);
    }
    const fault = await ask(connection, n);
    if (fault !== null) faults.push(fault);
    idle.push(connection);
  };
  const startMs = performance.now();
  while (underWay.length < count) {
    const dueMs = startMs + (underWay.length * 1000) / perSecond;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await new Promise((resolve) => setTimeout(resolve, earlyMs));
    else underWay.push(send(underWay.length));
  }
  await Promise.all(underWay);
}

async function whole(connection: HttpConnection, request: Buffer, times: number[]): Promise<string | null> {
  const startMs = performance.now();
  const answer = await connection.send(request);
  times.push(performance.now() - startMs);
  return answer.status === 200 ? null : `${answer.status}: ${answer.body.slice(0, 300)}`;
}

async function streamed(
  connection: HttpConnection,
  request: Buffer,
  expected: string,
  times: number[],
): Promise<string | null> {
  const startMs = performance.now();
  let rest = '';
  let text = '';
  let lastNumber = -1;
  let gaps = 0;
  const answer = await connection.send(request, (piece) => {
    const frames = (rest + piece).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const { delta, number } = readFrame(frame);
      if (number !== null) {
        if (number !== lastNumber + 1) gaps += 1;
        lastNumber = number;
      }
      if (delta === '') continue;
      if (text === '') times.push(performance.now() - startMs);
      text += delta;
    }
  });
  if (answer.status !== 200) return `${answer.status}`;
  if (gaps > 0) return `${gaps} gaps in the numbers of the events`;
  return text === expected ? null : `the text differs: ${text.length} of ${expected.length} characters came`;
}

/** The text a server-sent event adds, in either dialect, and its number, if events have one. */
function readFrame(frame: string): { delta: string; number: number | null } {
  const at = frame.indexOf('data: ');
  const json = frame.slice(at + 6);
  if (at === -1 || !json.startsWith('{')) return { delta: '', number: null };
  const event = JSON.parse(json) as {
    type?: string;
    delta?: string;
    sequence_number?: number;
    choices?: { delta: { content?: string } }[];
  };
  const text = event.type === 'response.output_text.delta' ? event.delta : event.choices?.[0]?.delta.content;
  return { delta: text ?? '', number: event.sequence_number ?? null };
}

process.on('message', (work: Work) => {
  run(work).then(
    (seen) => process.send?.({ seen }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port: 0 });
