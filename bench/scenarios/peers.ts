import { askGateway, type Contenders, directContender, LATE_MS, ownContender, PEERS_MISSING } from '../contenders.js';
import { contest, cpu, difference, p50, rate, ratio, workOf } from '../contest.js';
import { issueKey, setPrice } from '../gateway-api.js';
import { rssMiB } from '../processor.js';
import { type Detail, type Finding, once } from '../report.js';
import { figureOf, type Rounds, type RoundsOptions, spreadOf } from '../rounds.js';
import type { Setting } from '../setting.js';
import { lateModel } from '../tokens.js';
import { SMALL } from './create.js';

const REQUESTS = 5000;
/** Compilers make code fast for as long as this. */
const WARM_UP = 12_000;
const LATE_REQUESTS = 150;
const STORED = 'stored';
const UNSTORED = 'store: false';
const BUDGETED = 'store: false, with a budget';

/** The same creates by the gateway, by proxies that look at nothing, and by its peers, in turns on one core. */
export async function measurePeers(
  setting: Setting,
  { all, named }: Contenders,
  options: RoundsOptions,
): Promise<{ findings: Finding[]; details: Detail[] }> {
  const { gateway, load } = setting;
  await setPrice(gateway.port);
  const budgeted = await issueKey(gateway.port, 'budget', true);
  const stored = ownContender(setting, STORED, askGateway());
  const contenders = [
    ...all,
    stored,
    ownContender(setting, UNSTORED, askGateway({ store: false })),
    ownContender(setting, BUDGETED, askGateway({ store: false, max_output_tokens: 200 }, budgeted)),
  ];
  const idle = new Map(all.map(({ name, pid }) => [name, rssMiB(pid)]));
  for (const one of contenders)
    await load.run(workOf(one, SMALL, { clients: 64, count: Math.round(WARM_UP * one.share) }));
  const many = await contest(setting, contenders, SMALL, { clients: 128, count: REQUESTS }, options);
  const loaded = new Map(contenders.map(({ name, pid }) => [name, rssMiB(pid)]));
  const some = [...named('bare', 'Portkey'), stored];
  const fewer = await contest(setting, some, SMALL, { clients: 32, count: REQUESTS }, options);
  const late = { ...SMALL, model: lateModel(LATE_MS) };
  const alone = { clients: 1, count: LATE_REQUESTS };
  const one = await contest(setting, [directContender(setting), ...some], late, alone, options);
  return {
    findings: [...createFindings(many, fewer, one), ...memoryFindings(idle, loaded)],
    details: [
      { scenario: 'creates, 128 clients', rounds: many },
      { scenario: 'creates, 32 clients', rounds: fewer },
      { scenario: `creates, 1 client, an upstream that takes ${LATE_MS} ms`, rounds: one },
    ],
  };
}

function createFindings(many: Rounds, fewer: Rounds, one: Rounds): Finding[] {
  const at = (clients: number) => `stored create, ${clients} clients`;
  const over = 'requests/s, times those of';
  const peers: Finding[] = [
    {
      scenario: at(128),
      figure: `${over} Portkey storing nothing`,
      goal: 3.5,
      isLeast: true,
      unit: '×',
      measured: ratio(many, rate, STORED, 'Portkey'),
    },
    {
      scenario: at(128),
      figure: `${over} Mastra storing`,
      goal: 60,
      isLeast: true,
      unit: '×',
      measured: ratio(many, rate, STORED, 'Mastra, stored'),
    },
    {
      scenario: at(32),
      figure: `${over} Portkey storing nothing`,
      goal: 2,
      isLeast: true,
      unit: '×',
      measured: ratio(fewer, rate, STORED, 'Portkey'),
    },
    {
      scenario: `stored create, 1 client, an upstream that takes ${LATE_MS} ms`,
      figure: 'p50, times that of Portkey storing nothing',
      goal: 1,
      unit: '×',
      measured: ratio(one, p50, STORED, 'Portkey'),
    },
  ];
  return [
    { scenario: at(128), figure: 'CPU, times bare', goal: 1.6, unit: '×', measured: ratio(many, cpu, STORED, 'bare') },
    { scenario: at(32), figure: 'CPU, times bare', goal: 2.2, unit: '×', measured: ratio(fewer, cpu, STORED, 'bare') },
    ...(PEERS_MISSING === null ? peers : []),
    {
      scenario: 'store: false, 128 clients, no budget',
      figure: 'CPU, times bare',
      goal: 1.15,
      unit: '×',
      measured: ratio(many, cpu, UNSTORED, 'bare'),
    },
    {
      scenario: 'store: false, 128 clients, a budget',
      figure: 'CPU, times bare',
      goal: 1.6,
      unit: '×',
      measured: ratio(many, cpu, BUDGETED, 'bare'),
    },
    {
      scenario: at(128),
      figure: 'creates that one core of the gateway has the time for, in a second',
      goal: 7000,
      isLeast: true,
      unit: '',
      measured: spreadOf(
        many.kept,
        figureOf(STORED, (turn) => 1e6 / turn.cpuUs),
      ),
    },
    {
      scenario: at(128),
      figure: 'CPU of the gateway for storing one: stored less not stored',
      goal: 30,
      unit: 'µs',
      measured: difference(many, cpu, STORED, UNSTORED),
    },
    {
      scenario: at(128),
      figure: 'CPU of PostgreSQL for one',
      goal: 50,
      unit: 'µs',
      measured: spreadOf(
        many.kept,
        figureOf(STORED, (turn) => turn.childrenUs),
      ),
    },
  ];
}

function memoryFindings(idle: ReadonlyMap<string, number>, loaded: ReadonlyMap<string, number>): Finding[] {
  const beside = [...idle].map(
    ([name, mib]) => `${name} ${Math.round(mib)}, then ${Math.round(loaded.get(name) ?? 0)}`,
  );
  return [
    {
      scenario: 'after creates by 128 clients',
      figure: 'resident memory of the gateway process',
      goal: 300,
      unit: 'MiB',
      measured: once(loaded.get(STORED) ?? 0),
      note: `idle, then loaded: ${beside.join('; ')}`,
    },
  ];
}
