import type { Work } from '../load.js';
import type { Detail, Finding } from '../report.js';
import { alternate, figureOf, type RoundsOptions, spreadOf, type Target } from '../rounds.js';
import type { Setting } from '../setting.js';
import { modelOf } from '../tokens.js';
import { headers } from './create.js';

const STREAMS = 100;
/** Streams that every client reads one after another. */
const EACH = 2;
const TOKENS = 150;
/** Clients start apart: a hundred at once would measure a burst, not a stream. */
const STAGGER_MS = 13;

const work = (port: number, path: string, body: object, each = EACH): Work => ({
  port,
  path,
  headers,
  body: JSON.stringify({ model: modelOf(TOKENS), stream: true, ...body }),
  clients: STREAMS,
  count: STREAMS * each,
  stream: { tokens: TOKENS, staggerMs: STAGGER_MS },
});

const PROMPT = 'Say something long.';
const chat = { messages: [{ role: 'user', content: PROMPT }] };

/** A hundred streams at the pace of a model, every event stored before it is sent. */
export async function measureStreams(
  setting: Setting,
  options: RoundsOptions,
): Promise<{ findings: Finding[]; details: Detail[] }> {
  const { bare, gateway, upstream } = setting;
  const units = STREAMS * EACH * TOKENS;
  const target = (name: string, pid: number, one: Work): Target => ({
    name,
    turn: () => setting.measure(pid, one, units),
  });
  const targets = [
    target('direct', upstream.pid, work(upstream.port, '/v1/chat/completions', chat)),
    target('bare', bare.pid, work(bare.port, '/v1/chat/completions', chat)),
    target('stored', gateway.pid, work(gateway.port, '/api/v1/responses', { input: PROMPT })),
    target('store: false', gateway.pid, work(gateway.port, '/api/v1/responses', { input: PROMPT, store: false })),
  ];
  for (const { turn } of targets) await turn();
  const rounds = await alternate(targets, options);

  const cpu = (name: string) => figureOf(name, (turn) => turn.cpuUs);
  const firstToken = (name: string) => figureOf(name, (turn) => turn.p50Ms);
  const scenario = `${STREAMS} streams, 10 ms per token`;
  const failures = rounds.kept.flatMap((round) => [...round.values()]);
  const note = failures.find((turn) => turn.firstFailure !== null)?.firstFailure ?? '';
  return {
    findings: [
      {
        scenario,
        figure: 'CPU per token with the durable log, times bare',
        goal: 3,
        unit: '×',
        measured: spreadOf(rounds.kept, (round) => cpu('stored')(round) / cpu('bare')(round)),
      },
      {
        scenario,
        figure: 'CPU per token with store: false, times bare',
        goal: null,
        unit: '×',
        measured: spreadOf(rounds.kept, (round) => cpu('store: false')(round) / cpu('bare')(round)),
      },
      {
        scenario,
        figure: 'time to first token, p50, added to direct',
        goal: 15,
        unit: 'ms',
        measured: spreadOf(rounds.kept, (round) => firstToken('stored')(round) - firstToken('direct')(round)),
      },
      {
        scenario,
        figure: 'streams whose text was not what the upstream said',
        goal: 0,
        unit: '',
        measured: spreadOf(
          rounds.kept,
          figureOf('stored', (turn) => turn.failures),
        ),
        note,
      },
    ],
    details: [{ scenario: 'streams (per token; p50, p99 to the first)', rounds }],
  };
}
