import pg from 'pg';
import { findRunningDatabase } from '../../src/persistence/embedded/running-database.js';
import { post } from '../gateway-api.js';
import { createRandom, fillStore, questionOf } from '../knowledge.js';
import { startWithEmbeddings } from '../knowledge-gateway.js';
import { rssMiB } from '../processor.js';
import { type Finding, once } from '../report.js';
import type { Setting } from '../setting.js';

const SIZES: { chunks: number; goal: number }[] = [
  { chunks: 10_000, goal: 30 },
  { chunks: 100_000, goal: 150 },
];
const WARMING = 100;
const SEARCHES = 100;

/** Search over REST, one at a time, each with another question. The embedding is that of a stand-in which takes no time. */
export async function measureSearch(setting: Setting): Promise<Finding[]> {
  const { gateway, dataDir } = await startWithEmbeddings(setting, 'search');
  const database = new pg.Client({ connectionString: (await findRunningDatabase(dataDir)) ?? '' });
  await database.connect();
  const findings: Finding[] = [];
  try {
    for (const { chunks, goal } of SIZES) {
      const { id } = await post<{ id: string }>(gateway.port, '/vector_stores', { name: `${chunks} chunks` });
      const { rows } = await database.query<{ project_id: string; id: string }>(
        'select project_id, id from vector_stores order by id desc limit 1',
      );
      await fillStore(database, rows[0]?.project_id ?? '', rows[0]?.id ?? '', chunks);
      const random = createRandom(chunks + 1);
      const search = () => post(gateway.port, `/vector_stores/${id}/search`, { query: questionOf(random) });
      const firstMs = await timed(search);
      for (let n = 0; n < WARMING; n += 1) await search();
      const times: number[] = [];
      for (let n = 0; n < SEARCHES; n += 1) times.push(await timed(search));
      times.sort((a, b) => a - b);
      findings.push({
        scenario: `search in ${chunks} chunks of 800 tokens`,
        figure: 'end to end without the embedding, p50',
        goal,
        unit: 'ms',
        measured: once(times[SEARCHES / 2] as number),
        note: `p95 ${Math.round(times[SEARCHES * 0.95] as number)} ms; the first ${Math.round(firstMs)} ms; gateway ${Math.round(rssMiB(gateway.pid))} MiB`,
      });
    }
  } finally {
    await database.end();
    await gateway.stop();
  }
  return findings;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
