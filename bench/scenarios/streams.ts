import { type Contender, type Contenders, directContender } from '../contenders.js';
import { cpu, difference, p50, rate, ratio } from '../contest.js';
import type { Work } from '../load.js';
import type { Detail, Finding } from '../report.js';
import { alternate, figureOf, type Rounds, type RoundsOptions, spreadOf } from '../rounds.js';
import type { Setting } from '../setting.js';
import { modelOf } from '../tokens.js';
import { headers } from './create.js';

const PROMPT = 'Say something long.';
const DURABLE = 'stored';
const UNSTORED = 'store: false';

interface Shape {
  streams: number;
  /** Streams that every client reads one after another. */
  each: number;
  tokens: number;
  /** Clients start apart: all at once would measure a burst, not a stream. */
  staggerMs: number;
}

const HUNDRED: Shape = { streams: 100, each: 2, tokens: 150, staggerMs: 13 };
const MANY: Shape = { streams: 500, each: 4, tokens: 150, staggerMs: 1 };

/** Streams at the pace of a model, every event stored before it is sent, or none: as they are used, and as many as a core bears. */
export async function measureStreams(
  setting: Setting,
  { named }: Contenders,
  options: RoundsOptions,
): Promise<{ findings: Finding[]; details: Detail[] }> {
  const { gateway } = setting;
  const chat = { messages: [{ role: 'user', content: PROMPT }] };
  const responses = (body: object = {}) => ({ path: '/api/v1/responses', headers, body: { input: PROMPT, ...body } });
  // Portkey is asked for chat completions, which the upstream speaks; its events of responses cost it the same.
  const asChat = (contender: Contender) => ({
    ...contender,
    path: '/v1/chat/completions',
    headers: contender.ask({ model: '', prompt: '' }).headers,
    body: chat,
  });
  const targets = [
    ...[directContender(setting), ...named('bare')].map(asChat),
    { name: DURABLE, ...gateway, ...responses() },
    { name: UNSTORED, ...gateway, ...responses({ store: false }) },
  ];
  const measure = async (shape: Shape, peers: readonly Contender[] = []): Promise<Rounds> => {
    const turns = [...targets, ...peers.map(asChat)].map(({ name, pid, port, path, headers: own, body }) => {
      const work = workOf(shape, { port, path, headers: own }, body);
      return { name, turn: () => setting.measure(pid, work, work.count * shape.tokens) };
    });
    for (const { turn } of turns) await turn();
    return alternate(turns, options);
  };
  const hundred = await measure(HUNDRED, named('Portkey'));
  const many = await measure(MANY);
  return {
    findings: [...hundredFindings(hundred), ...manyFindings(many)],
    details: [
      { scenario: `${HUNDRED.streams} streams (per token; p50, p99 to the first)`, rounds: hundred },
      { scenario: `${MANY.streams} streams (likewise)`, rounds: many },
    ],
  };
}

const workOf = (
  { streams, each, tokens, staggerMs }: Shape,
  to: Pick<Work, 'port' | 'path' | 'headers'>,
  body: object,
): Work => ({
  ...to,
  body: JSON.stringify({ model: modelOf(tokens), stream: true, ...body }),
  clients: streams,
  count: streams * each,
  stream: { tokens, staggerMs },
});

const scenarioOf = ({ streams }: Shape): string => `${streams} streams, 10 ms per token`;

/** Streams of the gateway that were not what the upstream said, of the worst round. */
function lostFinding(shape: Shape, rounds: Rounds): Finding {
  const turns = rounds.kept.flatMap((round) => [round.get(DURABLE), round.get(UNSTORED)]);
  return {
    scenario: scenarioOf(shape),
    figure: 'streams whose text was not what the upstream said',
    goal: 0,
    unit: '',
    measured: spreadOf(rounds.kept, (round) =>
      Math.max(...[DURABLE, UNSTORED].map((name) => figureOf(name, (turn) => turn.failures)(round))),
    ),
    note: turns.find((turn) => turn?.firstFailure)?.firstFailure ?? '',
  };
}

function hundredFindings(rounds: Rounds): Finding[] {
  const scenario = scenarioOf(HUNDRED);
  return [
    {
      scenario,
      figure: 'CPU per token with the durable log, times bare',
      goal: 2.5,
      unit: '×',
      measured: ratio(rounds, cpu, DURABLE, 'bare'),
    },
    {
      scenario,
      figure: 'CPU per token with store: false, times bare',
      goal: 1.5,
      unit: '×',
      measured: ratio(rounds, cpu, UNSTORED, 'bare'),
    },
    {
      scenario,
      figure: 'time to first token, p50, added to direct',
      goal: 15,
      unit: 'ms',
      measured: difference(rounds, p50, DURABLE, 'direct'),
    },
    lostFinding(HUNDRED, rounds),
  ];
}

function manyFindings(rounds: Rounds): Finding[] {
  const scenario = scenarioOf(MANY);
  const direct = spreadOf(rounds.kept, figureOf('direct', rate));
  return [
    ...[DURABLE, UNSTORED].flatMap((name): Finding[] => [
      {
        scenario,
        figure: `tokens/s, ${name}`,
        goal: 43_000,
        isLeast: true,
        unit: '',
        measured: spreadOf(rounds.kept, figureOf(name, rate)),
        note: direct === null ? '' : `direct: ${Math.round(direct.median)}`,
      },
      {
        scenario,
        figure: `time to first token, p50, added to direct, ${name}`,
        goal: 15,
        unit: 'ms',
        measured: difference(rounds, p50, name, 'direct'),
      },
    ]),
    lostFinding(MANY, rounds),
  ];
}
