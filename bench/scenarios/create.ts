import type { Work } from '../load.js';
import type { Detail, Finding } from '../report.js';
import { alternate, figureOf, type RoundsOptions, spreadOf } from '../rounds.js';
import { API_KEY, type Setting } from '../setting.js';
import { modelOf, wholeText } from '../tokens.js';

const CLIENTS = 64;
/** The gateway's code takes this many to be compiled; before that it costs up to twice as much. */
const WARM_UP = 12_000;
const REQUESTS = 5000;

/** About fifty tokens, as a prompt. */
const PROMPT = wholeText(20);

/** A question of that length. */
export const SMALL = { model: modelOf(0), prompt: PROMPT };

export const headers = { authorization: `Bearer ${API_KEY}` };

/** The same question to the gateway, in its words. */
export const createWork = (port: number, body: object, clients = CLIENTS, count = REQUESTS): Work => ({
  port,
  path: '/api/v1/responses',
  headers,
  body: JSON.stringify({ model: modelOf(0), input: PROMPT, ...body }),
  clients,
  count,
});

/** The question in the upstream's words, for the proxy that looks at nothing. */
export const chatWork = (port: number, count = REQUESTS): Work => ({
  port,
  path: '/v1/chat/completions',
  headers,
  body: JSON.stringify({ model: modelOf(0), messages: [{ role: 'user', content: PROMPT }] }),
  clients: CLIENTS,
  count,
});

interface Kind {
  scenario: string;
  body: object;
  /** Times the bare proxy's CPU. */
  goal: number;
}

const kinds: Kind[] = [
  { scenario: `stored create, ${CLIENTS} clients`, body: {}, goal: 2.5 },
  { scenario: `store: false, ${CLIENTS} clients`, body: { store: false }, goal: 1.5 },
];

/** Whole answers over REST, stored and not, against the bare proxy. */
export async function measureCreates(
  setting: Setting,
  options: RoundsOptions,
): Promise<{ findings: Finding[]; details: Detail[] }> {
  const { bare, gateway, measure } = setting;
  await setting.load.run(chatWork(bare.port, WARM_UP));
  for (const { body } of kinds) await setting.load.run(createWork(gateway.port, body, CLIENTS, WARM_UP));

  const rounds = await alternate(
    [
      { name: 'bare', turn: () => measure(bare.pid, chatWork(bare.port), REQUESTS) },
      ...kinds.map(({ scenario, body }) => ({
        name: scenario,
        turn: () => measure(gateway.pid, createWork(gateway.port, body), REQUESTS),
      })),
    ],
    options,
  );
  const cpuOf = (name: string) => figureOf(name, (turn) => turn.cpuUs);
  return {
    findings: kinds.map(({ scenario, goal }) => ({
      scenario,
      figure: 'CPU, times bare',
      goal,
      unit: '×',
      measured: spreadOf(rounds.kept, (round) => cpuOf(scenario)(round) / cpuOf('bare')(round)),
    })),
    details: [{ scenario: 'create', rounds }],
  };
}
