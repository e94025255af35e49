import { once as onceOf } from 'node:events';
import { Worker } from 'node:worker_threads';
import { post } from '../gateway-api.js';
import { sentencesOf } from '../knowledge.js';
import { startWithEmbeddings } from '../knowledge-gateway.js';
import { rssMiB } from '../processor.js';
import { type Finding, once } from '../report.js';
import { API_KEY, type Setting } from '../setting.js';
import { modelOf } from '../tokens.js';

const DOCUMENTS = 1000;
const SENTENCES = 100;
const BATCH = 500;
const STREAMS = 10;
const TOKENS = 300;
const TOKEN_MS = 10;

/** A thread that does nothing: what holds up its event loop is the machine. */
const IDLE = `
  const delay = require('node:perf_hooks').monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  require('node:worker_threads').parentPort.once('message', () => {
    delay.disable();
    require('node:worker_threads').parentPort.postMessage(delay.max / 1e6);
  });`;

/** A thousand documents are indexed while others read token streams. */
export async function measureIngest(setting: Setting): Promise<Finding[]> {
  const { gateway } = await startWithEmbeddings(setting, 'ingest');
  const { port } = gateway;
  try {
    const fileIds: string[] = [];
    let bytes = 0;
    for (const [n, text] of [...sentencesOf(DOCUMENTS, SENTENCES)].entries()) {
      const form = new FormData();
      form.append('purpose', 'assistants');
      form.append('file', new Blob([text]), `document-${n}.txt`);
      bytes += text.length;
      fileIds.push((await post<{ id: string }>(port, '/files', form)).id);
    }
    await streamGaps(port);
    const quiet = await streamGaps(port);
    await maxLagMs(port);
    const idle = new Worker(IDLE, { eval: true });
    await onceOf(idle, 'online');

    const started = performance.now();
    const { id } = await post<{ id: string }>(port, '/vector_stores', {});
    for (let from = 0; from < DOCUMENTS; from += BATCH)
      await post(port, `/vector_stores/${id}/file_batches`, { file_ids: fileIds.slice(from, from + BATCH) });
    const gaps: number[] = [];
    let mostMiB = 0;
    const isDone = async (): Promise<boolean> => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/vector_stores/${id}`, {
        headers: { authorization: `Bearer ${API_KEY}` },
      });
      const { file_counts } = (await answer.json()) as { file_counts: { completed: number; failed: number } };
      if (file_counts.failed > 0) throw new Error('A document could not be indexed.');
      return file_counts.completed === DOCUMENTS;
    };
    while (!(await isDone())) {
      gaps.push(...(await streamGaps(port)));
      mostMiB = Math.max(mostMiB, rssMiB(gateway.pid));
    }
    const seconds = (performance.now() - started) / 1000;
    const lagMs = await maxLagMs(port);
    idle.postMessage('enough');
    const [idleLagMs] = (await onceOf(idle, 'message')) as [number];
    await idle.terminate();
    const ratio = p99(gaps) / p99(quiet);
    const scenario = `${DOCUMENTS} documents of ${Math.round(bytes / DOCUMENTS / 1000)} kB indexed while ${STREAMS} streams are read`;
    return [
      {
        scenario,
        figure: 'longest time the event loop was held up',
        goal: 50,
        unit: 'ms',
        measured: once(lagMs),
        note: `${Math.round(idleLagMs)} ms in a thread that does nothing`,
      },
      {
        scenario,
        figure: 'gap between tokens, p99, times quiet',
        goal: 2,
        unit: '×',
        measured: once(ratio),
        note: `${p99(quiet).toFixed(1)} ms quiet`,
      },
      {
        scenario,
        figure: 'time, embeddings of a stand-in',
        goal: null,
        unit: 's',
        measured: once(seconds),
        note: `${Math.round(bytes / seconds / 1000)} kB/s`,
      },
      { scenario, figure: 'memory of the gateway process', goal: null, unit: 'MiB', measured: once(mostMiB) },
    ];
  } finally {
    await gateway.stop();
  }
}

const p99 = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;

/** Times between the pieces of some streams that are read at once. */
async function streamGaps(port: number): Promise<number[]> {
  const gaps: number[] = [];
  const read = async (): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: modelOf(TOKENS, TOKEN_MS), stream: true, input: 'Say something long.' }),
    });
    let last = Number.NaN;
    for await (const _piece of answer.body ?? []) {
      const now = performance.now();
      if (!Number.isNaN(last)) gaps.push(now - last);
      last = now;
    }
  };
  await Promise.all(Array.from({ length: STREAMS }, read));
  return gaps;
}

/** The longest the gateway's event loop was late since this was last asked. */
async function maxLagMs(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^antiphon_nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text)?.[1]) * 1000;
}
