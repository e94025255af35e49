import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Work } from '../load.js';
import { startGateway } from '../processes.js';
import type { Detail, Finding } from '../report.js';
import { alternate, figureOf, type RoundsOptions, spreadOf, type Turn } from '../rounds.js';
import { gatewayOptions, type Setting } from '../setting.js';
import { lateModel } from '../tokens.js';
import { chatWork, createWork, headers, SMALL } from './create.js';
import { askGraphQL } from './doors.js';

const REQUESTS = 12_000;
const WARM_UP = 24_000;
/** Longer than this takes: the run that fills the gateway. */
const SILENCE_MS = 600_000;

/** What it costs to refuse a create through either door, at a gateway of one run that has it, against passing one on. */
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
    const rest = (count: number): Work => createWork(full.port, {}, undefined, count);
    const graphql = (count: number): Work => ({ ...rest(count), ...askGraphQL(SMALL) });
    while ((await load.run(rest(1))).failures === 0);
    const doors = [
      { name: 'refused over REST', goal: 0.4, work: rest },
      { name: 'refused over GraphQL', goal: 0.8, work: graphql },
    ];
    for (const { work } of doors) await load.run(work(WARM_UP));
    await load.run(chatWork(bare.port, WARM_UP));
    const refuse = async (work: Work): Promise<Turn> => {
      const turn = await measure(full.pid, work, REQUESTS);
      if (turn.failures < REQUESTS) throw new Error('The full gateway let a create in.');
      return { ...turn, failures: 0 };
    };
    const rounds = await alternate(
      [
        { name: 'bare', turn: () => measure(bare.pid, chatWork(bare.port, REQUESTS), REQUESTS) },
        ...doors.map(({ name, work }) => ({ name, turn: () => refuse(work(REQUESTS)) })),
      ],
      options,
    );
    const cpuOf = (name: string) => figureOf(name, (turn) => turn.cpuUs);
    return {
      findings: doors.map(({ name, goal }) => ({
        scenario: `a create ${name}`,
        figure: 'CPU, times bare',
        goal,
        unit: '×',
        measured: spreadOf(rounds.kept, (round) => cpuOf(name)(round) / cpuOf('bare')(round)),
      })),
      details: [{ scenario: 'refusals', rounds }],
    };
  } finally {
    leave.abort();
    await full.stop();
  }
}
