import { askChat, askGateway, type Contender, LATE_MS, PEERS_MISSING, startContenders } from '../contenders.js';
import { issueKey, setPrice } from '../gateway-api.js';
import type { Work } from '../load.js';
import { rssMiB } from '../processor.js';
import { type Detail, type Finding, once } from '../report.js';
import { alternate, figureOf, type Rounds, type RoundsOptions, spreadOf, type Turn } from '../rounds.js';
import type { Setting } from '../setting.js';
import { lateModel, modelOf, wholeText } from '../tokens.js';

const REQUESTS = 5000;
/** Compilers make code fast for as long as this. */
const WARM_UP = 12_000;
const FEWEST = 150;
const SMALL = { model: modelOf(0), prompt: wholeText(20) };
const STORED = 'stored';
const UNSTORED = 'store: false';
const BUDGETED = 'store: false, with a budget';

const workOf = (contender: Contender, question: typeof SMALL, clients: number, count: number): Work => ({
  port: contender.port,
  ...contender.ask(question),
  clients,
  count,
});

const cpu = (turn: Turn): number => turn.cpuUs;
const rate = (turn: Turn): number => turn.rate;

/** One contender's figure over another's, round by round. */
const ratio = (rounds: Rounds, figure: (turn: Turn) => number, name: string, to: string) =>
  spreadOf(rounds.kept, (round) => figureOf(name, figure)(round) / figureOf(to, figure)(round));

/** The same creates by the gateway, by proxies that look at nothing, and by its peers, in turns on one core. */
export async function measurePeers(
  setting: Setting,
  options: RoundsOptions,
): Promise<{ findings: Finding[]; details: Detail[] }> {
  const { gateway, upstream, load } = setting;
  await setPrice(gateway.port);
  const budgeted = await issueKey(gateway.port, 'budget', true);
  const own = (name: string, ask: Contender['ask']): Contender => ({ name, ...gateway, ask, share: 1 });
  const stored = own(STORED, askGateway());
  const owns = [
    stored,
    own(UNSTORED, askGateway({ store: false })),
    own(BUDGETED, askGateway({ store: false, max_output_tokens: 200 }, budgeted)),
  ];
  const { all, stop } = await startContenders(setting);
  const named = (...names: string[]): Contender[] => all.filter(({ name }) => names.includes(name));
  const turns = (contenders: Contender[], question: typeof SMALL, clients: number, requests: number) =>
    alternate(
      contenders.map((contender) => {
        const count = Math.max(Math.round(requests * contender.share), Math.min(requests, FEWEST));
        return {
          name: contender.name,
          turn: () => setting.measure(contender.pid, workOf(contender, question, clients, count), count),
        };
      }),
      options,
    );

  try {
    const contenders = [...all, ...owns];
    const idle = new Map(all.map(({ name, pid }) => [name, rssMiB(pid)]));
    for (const one of contenders) await load.run(workOf(one, SMALL, 64, Math.round(WARM_UP * one.share)));
    const many = await turns(contenders, SMALL, 128, REQUESTS);
    const loaded = new Map(contenders.map(({ name, pid }) => [name, rssMiB(pid)]));
    const fewer = await turns([...named('bare', 'Portkey'), stored], SMALL, 32, REQUESTS);
    const direct: Contender = { name: 'direct', ...upstream, ask: askChat, share: 1 };
    const late = { ...SMALL, model: lateModel(LATE_MS) };
    const one = await turns([direct, ...named('bare', 'Portkey'), stored], late, 1, FEWEST);
    return {
      findings: [...createFindings(many, fewer, one), ...memoryFindings(idle, loaded)],
      details: [
        { scenario: 'creates, 128 clients', rounds: many },
        { scenario: 'creates, 32 clients', rounds: fewer },
        { scenario: `creates, 1 client, an upstream that takes ${LATE_MS} ms`, rounds: one },
      ],
    };
  } finally {
    await stop();
  }
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
      measured: ratio(one, (turn) => turn.p50Ms, STORED, 'Portkey'),
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
      measured: spreadOf(many.kept, (round) => figureOf(STORED, cpu)(round) - figureOf(UNSTORED, cpu)(round)),
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
