import pg from 'pg';
import { findRunningDatabase } from '../../src/persistence/embedded/running-database.js';
import type { Work } from '../load.js';
import { GATEWAY_CORE, startHelper } from '../processes.js';
import type { Detail, Finding } from '../report.js';
import { alternate, figureOf, type RoundsOptions, spreadOf } from '../rounds.js';
import type { Setting } from '../setting.js';
import { createWork, headers } from './create.js';

const PAGE = 50;
const CLIENTS = 16;
const REQUESTS = 2000;
const QUERY = `query List { responses(first: ${PAGE}) { nodes { id status model createdAt background } } }`;

const listWork = (port: number, count = REQUESTS): Work => ({
  port,
  path: '/graphql',
  headers,
  body: JSON.stringify({ query: QUERY }),
  clients: CLIENTS,
  count,
});

/** A list over GraphQL, against graphql-js that does nothing but run it over the same rows. */
export async function measureLists(
  setting: Setting,
  options: RoundsOptions,
): Promise<{ findings: Finding[]; details: Detail[] }> {
  const { gateway, load, measure } = setting;
  await load.run(createWork(gateway.port, {}, CLIENTS, 2 * PAGE));
  const url = (await findRunningDatabase(gateway.dataDir)) ?? '';
  const database = new pg.Client({ connectionString: url });
  await database.connect();
  await database.query('analyze responses');
  await database.end();
  const bare = await startHelper('./bare-graphql.ts', GATEWAY_CORE, [url]);
  try {
    for (const port of [gateway.port, bare.port]) await load.run(listWork(port, 2 * REQUESTS));
    const rounds = await alternate(
      [
        { name: 'bare graphql-js', turn: () => measure(bare.pid, listWork(bare.port), REQUESTS) },
        { name: 'gateway', turn: () => measure(gateway.pid, listWork(gateway.port), REQUESTS) },
      ],
      options,
    );
    const cpuOf = (name: string) => figureOf(name, (turn) => turn.cpuUs);
    return {
      findings: [
        {
          scenario: `GraphQL list of ${PAGE} responses with 5 fields`,
          figure: 'CPU, times bare graphql-js',
          goal: 1.5,
          unit: '×',
          measured: spreadOf(rounds.kept, (round) => cpuOf('gateway')(round) / cpuOf('bare graphql-js')(round)),
        },
      ],
      details: [{ scenario: 'lists', rounds }],
    };
  } finally {
    await bare.stop();
  }
}
