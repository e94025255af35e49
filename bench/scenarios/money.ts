import { createDatabase } from '../database.js';
import { issueKey, setPrice } from '../gateway-api.js';
import type { Detail, Finding } from '../report.js';
import { alternate, figureOf, type RoundsOptions, spreadOf, spreadOfValues } from '../rounds.js';
import type { Setting } from '../setting.js';
import { createWork } from './create.js';
import { type MoneyDatabase, openMoneyDatabase } from './money-database.js';

const REQUESTS = 5000;
const CLIENTS = 64;
const RUNS = 2000;
const ROUNDS = 5;
const CHECKS = 50_000;

/** What money costs: on one hot key, per request, per look at a key, and to add up. */
export async function measureMoney(
  setting: Setting,
  options: RoundsOptions,
): Promise<{ findings: Finding[]; details: Detail[] }> {
  const perRequest = await measurePerRequest(setting, options);
  const money = await openMoneyDatabase(await createDatabase(setting.gateway.dataDir, 'antiphon_money'));
  try {
    return {
      findings: [
        ...perRequest.findings,
        await measureHotKey(money),
        ...(await measureKeyChecks(money)),
        await measureUsage(money),
      ],
      details: perRequest.details,
    };
  } finally {
    await money.close();
  }
}

/** The same creates by a key without and by one with a budget. */
async function measurePerRequest(setting: Setting, options: RoundsOptions) {
  const { gateway, measure } = setting;
  await setPrice(gateway.port);
  const plain = await issueKey(gateway.port, 'no budget', false);
  const limited = await issueKey(gateway.port, 'budget', true);
  const workOf = (key: string, count = REQUESTS) => ({
    ...createWork(gateway.port, { max_output_tokens: 200 }, CLIENTS, count),
    headers: { authorization: `Bearer ${key}` },
  });
  for (const key of [plain, limited]) await setting.load.run(workOf(key));
  const rounds = await alternate(
    [
      { name: 'no budget', turn: () => measure(gateway.pid, workOf(plain), REQUESTS) },
      { name: 'a monthly budget', turn: () => measure(gateway.pid, workOf(limited), REQUESTS) },
    ],
    options,
  );
  const cpuOf = (target: string) => figureOf(target, (turn) => turn.cpuUs);
  const finding: Finding = {
    scenario: `stored create with a budget, ${CLIENTS} clients`,
    figure: 'CPU more than without',
    goal: 150,
    unit: 'µs',
    measured: spreadOf(rounds.kept, (round) => cpuOf('a monthly budget')(round) - cpuOf('no budget')(round)),
  };
  return { findings: [finding], details: [{ scenario: 'budgets', rounds }] };
}

/** Reserve and settle on one key at 64 at once: grouped as the server does it, and each as a statement of its own. */
async function measureHotKey(money: MoneyDatabase): Promise<Finding> {
  const shares: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const ways = [money.grouped, money.single];
    const rates = new Map<unknown, number>();
    for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
      const startedMs = performance.now();
      let next = 0;
      const client = async (): Promise<void> => {
        while (next < RUNS) {
          next += 1;
          await way();
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, client));
      rates.set(way, RUNS / (performance.now() - startedMs));
    }
    shares.push((rates.get(money.single) ?? 0) / (rates.get(money.grouped) ?? 1));
  }
  return {
    scenario: `reserve and settle on one key, ${CLIENTS} at once`,
    figure: 'rate of single statements, of the grouped one’s',
    goal: 0.1,
    unit: '×',
    measured: spreadOfValues(shares),
  };
}

const cpuUsOf = async (work: () => Promise<unknown>, times: number): Promise<number> => {
  const before = process.cpuUsage();
  for (let turn = 0; turn < times; turn += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
};

/** A key that is known, and keys that are not: wrong from the first character on, or in the last one only. */
async function measureKeyChecks(money: MoneyDatabase): Promise<Finding[]> {
  const known = () => money.authenticate(money.key);
  await cpuUsOf(known, CHECKS);
  const checks: number[] = [];
  const ratios: number[] = [];
  const nearly = `${money.key.slice(0, -1)}${money.key.endsWith('A') ? 'B' : 'A'}`;
  const far = nearly.replaceAll(/./g, 'z');
  const refuse = (key: string) => () => money.authenticate(key).catch(() => undefined);
  for (let round = 0; round < ROUNDS; round += 1) {
    checks.push(await cpuUsOf(known, CHECKS));
    const turns: [string, number][] = [];
    for (const key of round % 2 === 0 ? [nearly, far] : [far, nearly]) {
      const startedMs = performance.now();
      for (let turn = 0; turn < 1000; turn += 1) await refuse(key)();
      turns.push([key, performance.now() - startedMs]);
    }
    const times = new Map(turns);
    ratios.push((times.get(nearly) ?? 0) / (times.get(far) ?? 1));
  }
  return [
    { scenario: 'look at a key', figure: 'CPU', goal: 20, unit: 'µs', measured: spreadOfValues(checks) },
    {
      scenario: 'unknown keys, one wrong in its last character',
      figure: 'time, times one that is wrong throughout',
      goal: null,
      unit: '×',
      measured: spreadOfValues(ratios),
      note: 'around 1: keys are found by their hash',
    },
  ];
}

/** Thirty days of a million bills, by day and model. */
async function measureUsage(money: MoneyDatabase): Promise<Finding> {
  await money.fillLedger(1_000_000);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedMs = performance.now();
    await money.report();
    times.push(performance.now() - startedMs);
  }
  return {
    scenario: 'usage of a million bills, by day and model',
    figure: 'time',
    goal: 300,
    unit: 'ms',
    measured: spreadOfValues(times),
  };
}
