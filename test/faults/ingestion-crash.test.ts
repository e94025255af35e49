import { rmSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, makeTemporaryFolder } from '../support/postgres.js';
import { startServerProcess } from '../support/process.js';

const KEY = 'sk-antiphon-ingestion-crash-test';

it('a file whose process is killed is indexed by the next one, behind the vectors that were written', async () => {
  const database = await createTestDatabase();
  const folder = makeTemporaryFolder();
  const environment = {
    DATABASE_URL: database.url,
    DATA_DIR: folder,
    ANTIPHON_SECRET: 'a secret of the test',
    ANTIPHON_API_KEY: KEY,
  };
  const sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  const state = async () =>
    (
      await sql.query<{ status: string; window_count: number; embedded_windows: number }>(
        'select status, window_count, embedded_windows from vector_store_files',
      )
    ).rows[0];
  const blocks = async () =>
    (
      await sql.query<{ id: string; position: number; windows: number }>(
        'select id, position, cardinality(starts) as windows from window_blocks order by position',
      )
    ).rows;
  const until = async (isDone: () => Promise<boolean>): Promise<void> => {
    // Vectors are made at the least priority: beside others they may wait long for a core.
    const deadline = Date.now() + 240_000;
    while (!(await isDone())) {
      if (Date.now() > deadline) throw new Error(`Waited in vain: ${JSON.stringify(await state())}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  let server = await startServerProcess(environment);
  try {
    const call = async (path: string, body: FormData | object) => {
      const isForm = body instanceof FormData;
      const answer = await fetch(`${server.url}/api/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}`, ...(isForm ? {} : { 'content-type': 'application/json' }) },
        body: isForm ? body : JSON.stringify(body),
      });
      // biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
      return (await answer.json()) as any;
    };
    const text = Array.from({ length: 700 }, (_, n) => `Fact number ${n}: the ship called number ${n} carries salt.`);
    const form = new FormData();
    form.append('purpose', 'assistants');
    form.append('file', new Blob([text.join('\n')]), 'facts.txt');
    const file = await call('/files', form);
    const store = await call('/vector_stores', { file_ids: [file.id] });
    await until(async () => ((await state())?.embedded_windows ?? 0) > 0);
    await server.end('SIGKILL');
    const before = await blocks();
    expect((await state())?.status).toBe('in_progress');
    expect(before.length).toBeGreaterThan(0);

    server = await startServerProcess(environment);
    await until(async () => (await state())?.status === 'completed');
    const after = await blocks();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.reduce((sum, { windows }) => sum + windows, 0)).toBe((await state())?.window_count);
    const found = await call(`/vector_stores/${store.id}/search`, { query: 'Which ship carries salt: number 577?' });
    expect(found.data[0].content[0].text).toContain('Fact number 577:');
  } finally {
    await server.end('SIGTERM');
    await sql.end();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 600_000);
