import { rssMiB } from '../processor.js';
import { type Finding, once } from '../report.js';
import type { Setting } from '../setting.js';
import { modelOf } from '../tokens.js';
import { headers } from './create.js';

const STREAMS = 500;
const TOKEN_MS = 20;
const TOKENS = 500;
/** Clients start apart, over the time of one stream. */
const STAGGER_MS = (TOKENS * TOKEN_MS) / STREAMS;
const SAMPLE_MS = 5000;
/** Memory of the first part grows with the code that is compiled and the buffers that find their size. */
const SETTLING = 0.4;

/** Five hundred streams at fifty tokens a second each, stored, for minutes: nothing may get lost, and memory may not grow. */
export async function measureSoak(setting: Setting, minutes: number): Promise<Finding[]> {
  const { gateway, load } = setting;
  const rounds = Math.max(2, Math.round((minutes * 60_000) / (TOKENS * TOKEN_MS)));
  const samples: number[] = [];
  const sampler = setInterval(() => samples.push(rssMiB(gateway.pid)), SAMPLE_MS);
  const seen = await load.run({
    port: gateway.port,
    path: '/api/v1/responses',
    headers,
    body: JSON.stringify({ model: modelOf(TOKENS, TOKEN_MS), stream: true, input: 'Say something long.' }),
    clients: STREAMS,
    count: STREAMS * rounds,
    stream: { tokens: TOKENS, staggerMs: STAGGER_MS },
  });
  clearInterval(sampler);

  const settled = samples.slice(Math.floor(samples.length * SETTLING));
  const half = settled.length >> 1;
  const scenario = `${STREAMS} streams of ${1000 / TOKEN_MS} tokens/s for ${(seen.elapsedMs / 60_000).toFixed(1)} min`;
  return [
    {
      scenario,
      figure: 'streams with a gap or another text',
      goal: 0,
      unit: '',
      measured: once(seen.failures),
      note: seen.firstFailure ?? '',
    },
    { scenario, figure: 'time to first token, p50', goal: null, unit: 'ms', measured: once(seen.p50Ms) },
    {
      scenario,
      figure: 'memory of the gateway process, last third over the one before',
      goal: 1.05,
      unit: '×',
      measured: once(median(settled.slice(half)) / median(settled.slice(0, half))),
      note: `${Math.round(median(settled))} MiB`,
    },
  ];
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
