import { cpu, rate, ratio } from '../contest.js';
import { issueKey, setPrice } from '../gateway-api.js';
import type { Work } from '../load.js';
import type { Detail, Finding } from '../report.js';
import { alternate, type RoundsOptions } from '../rounds.js';
import type { Setting } from '../setting.js';
import { createWork } from './create.js';

const KEYS = 1000;
const CLIENTS = 128;
const REQUESTS = 5000;
const AT_ONCE = 20;
const ONE = 'one budget';
const MANY = `${KEYS} budgets`;

/** Stored creates that all draw on one budget, and the same on a thousand. */
export async function measureHotBudget(
  setting: Setting,
  options: RoundsOptions,
): Promise<{ findings: Finding[]; details: Detail[] }> {
  const { gateway, load } = setting;
  await setPrice(gateway.port);
  const keys: string[] = [];
  while (keys.length < KEYS)
    keys.push(
      ...(await Promise.all(
        Array.from({ length: AT_ONCE }, (_, n) => issueKey(gateway.port, `spread ${keys.length + n}`, true)),
      )),
    );
  const workOf = (some: readonly string[]): Work => ({
    ...createWork(gateway.port, { max_output_tokens: 200 }, CLIENTS, REQUESTS),
    keys: some,
  });
  const works = [
    { name: ONE, work: workOf(keys.slice(0, 1)) },
    { name: MANY, work: workOf(keys) },
  ];
  for (const { work } of works) await load.run(work);
  const rounds = await alternate(
    works.map(({ name, work }) => ({ name, turn: () => setting.measure(gateway.pid, work, REQUESTS) })),
    options,
  );
  const scenario = `stored creates on one budget, ${CLIENTS} clients`;
  return {
    findings: [
      {
        scenario,
        figure: `requests/s, times those on ${KEYS} budgets`,
        goal: 0.9,
        isLeast: true,
        unit: '×',
        measured: ratio(rounds, rate, ONE, MANY),
      },
      {
        scenario,
        figure: `CPU, times that on ${KEYS} budgets`,
        goal: null,
        unit: '×',
        measured: ratio(rounds, cpu, ONE, MANY),
      },
    ],
    details: [{ scenario: 'one budget or many', rounds }],
  };
}
