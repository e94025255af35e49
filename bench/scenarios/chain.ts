import pg from 'pg';
import { parsePublicId } from '../../src/domain/ids.js';
import { withTypes } from '../../src/persistence/database.js';
import { findRunningDatabase } from '../../src/persistence/embedded/running-database.js';
import { createResponseRepository } from '../../src/persistence/repositories/response.repository.js';
import { cpuNs } from '../processor.js';
import { type Finding, once } from '../report.js';
import { spreadOfValues } from '../rounds.js';
import { API_KEY, type Setting } from '../setting.js';

const TURNS = 200;
const ROUNDS = 9;
const READS = 20;

/**
 * What a continued conversation of two hundred turns costs to read, against one plain fetch of the same rows. Both run in
 * this process on one connection, in turns.
 */
export async function measureChain(setting: Setting): Promise<Finding[]> {
  const url = await findRunningDatabase(setting.gateway.dataDir);
  if (url === null) throw new Error('The gateway has no embedded database.');
  let last: string | null = null;
  for (let turn = 0; turn < TURNS; turn += 1) last = await ask(setting.gateway.port, last);
  const responseId = parsePublicId('response', last ?? '') ?? '';

  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const sql = withTypes(client);
    const place = await sql.query<{ project_id: string; thread_id: string; output_end: number }>(
      'select project_id, thread_id, output_end from responses where id = $1',
      [responseId],
    );
    const { project_id: projectId, thread_id: threadId, output_end: end } = place.rows[0] as (typeof place.rows)[0];
    let statements = 0;
    const counted = {
      query: ((text, values) => {
        statements += 1;
        return sql.query(text, values);
      }) as typeof sql.query,
    };
    const responses = createResponseRepository(counted);
    const chain = async (): Promise<number> => {
      const context = await responses.findParentContext({ projectId, endUser: null }, responseId);
      return context?.items.length ?? 0;
    };
    const fetch = async (): Promise<number> => {
      const { rows } = await sql.query<{ payload: string }>(
        'select payload from items where project_id = $1 and thread_id = $2 and position < $3 order by position',
        [projectId, threadId, end],
      );
      return rows.map(({ payload }) => JSON.parse(payload)).length;
    };
    if ((await chain()) !== (await fetch())) throw new Error('The chain is not what lies in its thread.');
    statements = 0;
    await chain();
    const perRead = statements;

    const ratios: number[] = [];
    const cpuUs: number[] = [];
    const backend = await sql.query<{ pid: number }>('select pg_backend_pid() as pid');
    const { pid } = backend.rows[0] as { pid: number };
    for (let round = 0; round < ROUNDS; round += 1) {
      const order = round % 2 === 0 ? [chain, fetch] : [fetch, chain];
      const took = new Map<unknown, number>();
      for (const read of order) {
        const startMs = performance.now();
        const startNs = cpuNs(pid);
        for (let count = 0; count < READS; count += 1) await read();
        took.set(read, performance.now() - startMs);
        if (read === chain) cpuUs.push((cpuNs(pid) - startNs) / READS / 1000);
      }
      ratios.push((took.get(chain) as number) / (took.get(fetch) as number));
    }
    const scenario = `history of ${TURNS} turns`;
    return [
      {
        scenario,
        figure: 'SQL statements',
        goal: 1,
        unit: '',
        measured: once(perRead),
      },
      {
        scenario,
        figure: 'CPU of PostgreSQL',
        goal: 350,
        unit: 'µs',
        measured: spreadOfValues(cpuUs),
      },
      {
        scenario,
        figure: 'time per item, times a plain fetch of the rows',
        goal: 2,
        unit: '×',
        measured: spreadOfValues(ratios),
      },
    ];
  } finally {
    await client.end();
  }
}

async function ask(port: number, previous: string | null): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', input: 'And then?', ...(previous && { previous_response_id: previous }) }),
  });
  const { id } = (await answer.json()) as { id?: string };
  if (id === undefined) throw new Error(`A turn of the chain answered ${answer.status}.`);
  return id;
}
