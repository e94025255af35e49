import { askGateway, type Contenders, directContender, ownContender } from '../contenders.js';
import { contest, difference, p50, p99, workOf } from '../contest.js';
import type { Detail, Finding } from '../report.js';
import type { RoundsOptions } from '../rounds.js';
import type { Setting } from '../setting.js';
import { SMALL } from './create.js';

const PER_SECOND = 200;
const SECONDS = 5;
const CLIENTS = 64;
const STORED = 'stored';
const UNSTORED = 'store: false';

/** Requests that come by the clock, far below what the gateway can do: what it adds to each. */
export async function measurePace(
  setting: Setting,
  contenders: Contenders,
  options: RoundsOptions,
): Promise<{ findings: Finding[]; details: Detail[] }> {
  const asked = [
    directContender(setting),
    ...contenders.named('bare', 'Portkey'),
    ownContender(setting, STORED, askGateway()),
    ownContender(setting, UNSTORED, askGateway({ store: false })),
  ];
  for (const one of asked) await setting.load.run(workOf(one, SMALL, { clients: CLIENTS, count: 3000 }));
  const manner = { clients: CLIENTS, count: PER_SECOND * SECONDS, perSecond: PER_SECOND };
  const rounds = await contest(setting, asked, SMALL, manner, options);
  const scenario = (name: string): string => `${name} create, ${PER_SECOND} a second by the clock`;
  const row = (name: string, figure: string, goal: number, of: typeof p50): Finding => ({
    scenario: scenario(name),
    figure,
    goal,
    unit: 'ms',
    measured: difference(rounds, of, name, 'direct'),
  });
  return {
    findings: [
      row(STORED, 'p50, added to direct', 1.2, p50),
      row(STORED, 'p99, added to direct', 5, p99),
      row(UNSTORED, 'p50, added to direct', 0.5, p50),
      row(UNSTORED, 'p99, added to direct', 5, p99),
    ],
    details: [{ scenario: `creates, ${PER_SECOND} a second`, rounds }],
  };
}
