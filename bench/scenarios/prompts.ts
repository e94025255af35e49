import type pg from 'pg';
import { askGateway, type Contenders, ownContender, PEERS_MISSING } from '../contenders.js';
import { contest, cpu, rate, ratio, workOf } from '../contest.js';
import { databaseUrl, withDatabase } from '../database.js';
import { sentencesOf } from '../knowledge.js';
import type { Detail, Finding } from '../report.js';
import { type RoundsOptions, spreadOfValues } from '../rounds.js';
import type { Setting } from '../setting.js';
import { modelOf } from '../tokens.js';

const KIBIBYTES = 300;
const CLIENTS = 16;
const REQUESTS = 320;
const STORED = 'stored';

/** Prompts as long as a book's chapter, stored: against a peer that stores nothing, and in bytes of the write-ahead log. */
export async function measurePrompts(
  setting: Setting,
  contenders: Contenders,
  options: RoundsOptions,
): Promise<{ findings: Finding[]; details: Detail[] }> {
  const stored = ownContender(setting, STORED, askGateway());
  const asked = [...contenders.named('bare', 'nginx', 'Portkey'), stored];
  const question = { model: modelOf(0), prompt: textOf(KIBIBYTES * 1024) };
  const manner = { clients: CLIENTS, count: REQUESTS };
  for (const one of asked) await setting.load.run(workOf(one, question, manner));
  const rounds = await contest(setting, asked, question, manner, options);

  const logged = await withDatabase(await databaseUrl(setting.gateway.dataDir), async (client) => {
    const shares: number[] = [];
    for (let round = 0; round < options.rounds; round += 1) {
      const before = await logPosition(client);
      await setting.load.run(workOf(stored, question, manner));
      shares.push((await logPosition(client)).minus(before) / (REQUESTS * question.prompt.length));
    }
    return spreadOfValues(shares);
  });
  const scenario = `stored create, prompts of ${KIBIBYTES} KiB, ${CLIENTS} clients`;
  const peers: Finding[] = [
    {
      scenario,
      figure: 'requests/s, times those of Portkey storing nothing',
      goal: 1,
      isLeast: true,
      unit: '×',
      measured: ratio(rounds, rate, STORED, 'Portkey'),
    },
  ];
  return {
    findings: [
      ...(PEERS_MISSING === null ? peers : []),
      { scenario, figure: 'CPU, times bare', goal: null, unit: '×', measured: ratio(rounds, cpu, STORED, 'bare') },
      { scenario, figure: 'bytes of write-ahead log per byte of prompt', goal: 2, unit: '', measured: logged },
    ],
    details: [{ scenario: `prompts of ${KIBIBYTES} KiB`, rounds }],
  };
}

/** A text with words as often as texts have them, so that compressing it does what it would do to a real one. */
function textOf(length: number): string {
  const [text = ''] = sentencesOf(1, Math.ceil(length / 50));
  if (text.length < length) throw new Error('Sentences are shorter than they were.');
  return text.slice(0, length);
}

interface Position {
  /** Bytes between. */
  minus(earlier: Position): number;
  bytes: number;
}

async function logPosition(client: pg.Client): Promise<Position> {
  const { rows } = await client.query<{ bytes: string }>(`select pg_current_wal_insert_lsn() - '0/0' as bytes`);
  const bytes = Number(rows[0]?.bytes);
  return { bytes, minus: (earlier) => bytes - earlier.bytes };
}
