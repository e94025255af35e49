import type { Seen } from '../load.js';
import { rssMiB } from '../processor.js';
import { type Finding, once } from '../report.js';
import { spreadOfValues } from '../rounds.js';
import type { Setting } from '../setting.js';
import { createWork } from './create.js';

const CLIENTS = 128;
const SLICES = 100;
/** The first slices find out how large buffers and heaps have to be; the next as many are what the last are compared with. */
const WINDOW = 5;

/** On standard error, because a million take a while: the table goes to standard output. */
const tell = (done: number, memory: readonly number[], latest: readonly number[]): void =>
  console.error(
    `drift: ${done} creates, ${Math.round(memory.at(-1) ?? 0)} MiB, p99 ${Math.round(latest.at(-1) ?? 0)} ms of the last slice`,
  );

/** Stored creates without a pause: memory at their end against memory when they had settled. */
export async function measureDrift({ gateway, load }: Setting, requests: number): Promise<Finding[]> {
  const slice = createWork(gateway.port, {}, CLIENTS, Math.max(CLIENTS, Math.round(requests / SLICES)));
  const memory: number[] = [];
  const latest: number[] = [];
  let failures = 0;
  for (let n = 0; n < SLICES; n += 1) {
    const seen: Seen = await load.run(slice);
    memory.push(rssMiB(gateway.pid));
    latest.push(seen.p99Ms);
    failures += seen.failures;
    if ((n + 1) % WINDOW === 0) tell((n + 1) * slice.count, memory, latest);
  }
  const over = (values: readonly number[]): number =>
    spreadOfValues(values.slice(-WINDOW)).median / spreadOfValues(values.slice(WINDOW, 2 * WINDOW)).median;
  const scenario = `${slice.count * SLICES} stored creates, ${CLIENTS} clients`;
  return [
    {
      scenario,
      figure: 'resident memory at the end, times that after the first tenth',
      goal: 1.05,
      unit: '×',
      measured: once(over(memory)),
      note: `${Math.round(memory.at(-1) ?? 0)} MiB at the end, at most ${Math.round(Math.max(...memory))}`,
    },
    { scenario, figure: 'p99 at the end, likewise', goal: null, unit: '×', measured: once(over(latest)) },
    { scenario, figure: 'failures', goal: 0, unit: '', measured: once(failures) },
  ];
}
