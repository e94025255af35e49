import path from 'node:path';
import pg from 'pg';
import { toPublicId } from '../../src/domain/ids.js';
import { findRunningDatabase } from '../../src/persistence/embedded/running-database.js';
import type { Work } from '../load.js';
import { type Gateway, startGateway } from '../processes.js';
import type { Detail, Finding } from '../report.js';
import { alternate, figureOf, type RoundsOptions, spreadOf, type Turn } from '../rounds.js';
import { builtServer, type Setting, upstreamEnv } from '../setting.js';
import { createWork, headers } from './create.js';

const FEW = 1000;
const MANY = 1_000_000;
const PAGE = 20;
const CLIENTS = 4;
const REQUESTS = 1000;
const GOAL = 1.3;
/** Of PostgreSQL's CPU for a page, in microseconds. */
const CPU_GOAL = 40;

const QUERY = `query Page($after: String) { responses(first: ${PAGE}, after: $after) { nodes { id status model createdAt } } }`;

interface Stored {
  gateway: Gateway;
  /** Public id of the response that half of the others are newer than. */
  middle: string;
}

/** A gateway whose project has so many responses, copies of one it made itself, a millisecond apart. */
async function startWith(setting: Setting, responses: number): Promise<Stored> {
  const gateway = await startGateway({
    ...builtServer(setting.root, setting.folder),
    dataDir: path.join(setting.folder, `pages-${responses}`),
    env: upstreamEnv(setting.upstream),
  });
  await setting.load.run(createWork(gateway.port, {}, 1, 1));
  const database = new pg.Client({ connectionString: (await findRunningDatabase(gateway.dataDir)) ?? '' });
  await database.connect();
  await database.query(
    `insert into responses
     select copy.* from responses r
     cross join generate_series(1, $1::int) n
     cross join lateral jsonb_populate_record(r, jsonb_build_object(
       'created_at', r.created_at - n * interval '1 millisecond',
       'id', lpad(to_hex((extract(epoch from r.created_at) * 1000)::bigint - n), 12, '0') || '7'
         || substr(replace(gen_random_uuid()::text, '-', ''), 14))) copy`,
    [responses - 1],
  );
  await database.query('vacuum analyze responses');
  const { rows } = await database.query<{ id: string }>(
    'select id from responses order by project_id desc, id desc offset $1 limit 1',
    [responses / 2],
  );
  await database.end();
  return { gateway, middle: toPublicId('response', rows[0]?.id ?? '') };
}

const pageWork = ({ gateway, middle }: Stored, isFirst: boolean, count = REQUESTS): Work => ({
  port: gateway.port,
  path: '/graphql',
  headers,
  body: JSON.stringify({ query: QUERY, variables: { after: isFirst ? null : middle } }),
  clients: CLIENTS,
  count,
});

/** A page of few responses against the same page of many: what lies behind it must not be paid for. */
export async function measurePages(
  setting: Setting,
  options: RoundsOptions,
): Promise<{ findings: Finding[]; details: Detail[] }> {
  const started: Stored[] = [];
  try {
    const few = await startWith(setting, FEW);
    started.push(few);
    const many = await startWith(setting, MANY);
    started.push(many);
    const targets = [true, false].flatMap((isFirst) =>
      [few, many].map((stored) => ({
        name: `${isFirst ? 'first' : 'middle'} of ${stored === few ? FEW : MANY}`,
        turn: () => setting.measure(stored.gateway.pid, pageWork(stored, isFirst), REQUESTS),
      })),
    );
    for (const { turn } of targets) await turn();
    const rounds = await alternate(targets, options);
    const ratio = (place: string, figure: (turn: Turn) => number) =>
      spreadOf(
        rounds.kept,
        (round) => figureOf(`${place} of ${MANY}`, figure)(round) / figureOf(`${place} of ${FEW}`, figure)(round),
      );
    const figures: [string, (turn: Turn) => number][] = [
      ['CPU of PostgreSQL', (turn) => turn.childrenUs],
      ['time, p50', (turn) => turn.p50Ms],
    ];
    return {
      findings: ['first', 'middle'].flatMap((place) => {
        const scenario = `GraphQL, the ${place} page of ${PAGE} of ${MANY} stored responses`;
        const cpuUs = figureOf(`${place} of ${MANY}`, (turn) => turn.childrenUs);
        return [
          {
            scenario,
            figure: 'CPU of PostgreSQL',
            goal: CPU_GOAL,
            unit: 'µs',
            measured: spreadOf(rounds.kept, cpuUs),
          },
          ...figures.map(([name, figure]) => ({
            scenario,
            figure: `${name}, times the same of ${FEW}`,
            goal: GOAL,
            unit: '×',
            measured: ratio(place, figure),
          })),
        ];
      }),
      details: [{ scenario: 'pages', rounds }],
    };
  } finally {
    for (const { gateway } of started) await gateway.stop();
  }
}
