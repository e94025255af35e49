import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startGateway } from '../processes.js';
import type { Detail, Finding } from '../report.js';
import { alternate, figureOf, type RoundsOptions, spreadOf } from '../rounds.js';
import { gatewayOptions, type Setting } from '../setting.js';
import { lateModel } from '../tokens.js';
import { chatWork, createWork, headers } from './create.js';

const REQUESTS = 12_000;
const WARM_UP = 24_000;
/** Longer than this takes: the run that fills the gateway. */
const SILENCE_MS = 600_000;

/** What it costs to refuse a create, at a gateway of one run that has it, against passing one on. */
export async function measureRefusals(
  setting: Setting,
  options: RoundsOptions,
): Promise<{ findings: Finding[]; details: Detail[] }> {
  const { root, upstream, bare, load, measure } = setting;
  const folder = path.join(setting.folder, 'full');
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(path.join(folder, 'antiphon.config.yaml'), 'limits: { max_runs: 1, event_loop_delay_ms: null }\n');
  const full = await startGateway(gatewayOptions(root, folder, upstream, 'data'));
  setting.own.push(full.pid);
  const leave = new AbortController();
  try {
    const run = createWork(full.port, { model: lateModel(SILENCE_MS), store: false });
    const silent = fetch(`http://127.0.0.1:${full.port}${run.path}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: run.body,
      signal: leave.signal,
    });
    // Only ever ends by being left.
    silent.catch(() => undefined);
    const ask = (count: number) => createWork(full.port, {}, undefined, count);
    while ((await load.run(ask(1))).failures === 0);
    await load.run(ask(WARM_UP));
    await load.run(chatWork(bare.port, WARM_UP));
    const rounds = await alternate(
      [
        { name: 'bare', turn: () => measure(bare.pid, chatWork(bare.port, REQUESTS), REQUESTS) },
        { name: 'refused', turn: () => measure(full.pid, ask(REQUESTS), REQUESTS) },
      ],
      options,
    );
    const cpuOf = (name: string) => figureOf(name, (turn) => turn.cpuUs);
    const refused = rounds.kept.map((round) => round.get('refused')?.failures ?? 0);
    if (refused.some((count) => count < REQUESTS)) throw new Error('The full gateway let a create in.');
    return {
      findings: [
        {
          scenario: 'creates at a gateway that is full',
          figure: 'CPU of refusing one, times bare',
          goal: 0.4,
          unit: '×',
          measured: spreadOf(rounds.kept, (round) => cpuOf('refused')(round) / cpuOf('bare')(round)),
        },
      ],
      details: [{ scenario: 'refusals', rounds }],
    };
  } finally {
    leave.abort();
    await full.stop();
  }
}
