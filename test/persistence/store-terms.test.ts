import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';

/** The number of chunks that hold a word is counted as files come and go; BM25 builds on it. */
describe('terms of stores', () => {
  let server: TestApp;
  beforeAll(async () => {
    server = await startTestApp();
  });
  afterAll(() => server.stop());

  const upload = async (text: string): Promise<string> => {
    const form = new FormData();
    form.append('purpose', 'assistants');
    form.append('file', new Blob([text]), 'text.txt');
    const headers = { authorization: `Bearer ${server.key}` };
    const sent = await fetch(`${server.url}/api/v1/files`, { method: 'POST', headers, body: form });
    return ((await sent.json()) as { id: string }).id;
  };
  const makeStore = async (files: readonly string[]): Promise<string> => {
    const { body } = await server.rest('POST', '/vector_stores', { file_ids: files });
    for (let n = 0; n < 400; n += 1) {
      const { body: now } = await server.rest('GET', `/vector_stores/${body.id}`);
      if (now.status === 'completed') return body.id;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error('The store was not ready in time.');
  };

  /** What is counted, and what a count of the chunks gives. */
  const counts = async () => {
    const counted = await server.sql<{ store_id: string; lexeme: string; chunks: number }>(
      'select store_id, lexeme, chunks from store_terms where chunks <> 0 order by store_id, lexeme',
    );
    const real = await server.sql<{ store_id: string; lexeme: string; chunks: number }>(
      `select c.store_id, k.lexeme collate "C" as lexeme, count(*)::int as chunks
       from chunks c join vector_store_files vf using (project_id, store_id, file_id)
       cross join lateral unnest(tsvector_to_array(c.tsv)) as k(lexeme)
       where vf.status = 'completed' group by 1, 2 order by 1, 2`,
    );
    return { counted, real };
  };

  it('are those of the chunks after files came, were taken out, and were deleted with and without their store', async () => {
    const files = await Promise.all([
      upload('The red fox ran to the river.'),
      upload('A red house at the river, a red door.'),
      upload('Foxes live in dens.'),
    ]);
    const [first, second] = [await makeStore(files), await makeStore(files.slice(0, 2))];
    const look = async () => {
      const { counted, real } = await counts();
      expect(counted).toEqual(real);
      return counted.filter(({ lexeme }) => lexeme === 'red').map(({ chunks }) => chunks);
    };
    expect(await look()).toEqual([2, 2]);
    await server.rest('DELETE', `/vector_stores/${first}/files/${files[0]}`);
    expect((await look()).sort()).toEqual([1, 2]);
    await server.rest('DELETE', `/files/${files[1]}`);
    expect(await look()).toEqual([1]);
    await server.rest('DELETE', `/vector_stores/${second}`);
    expect(await look()).toEqual([]);
    expect((await counts()).counted.length).toBeGreaterThan(0);
  });

  it('of other stores change nothing', async () => {
    const mine = await makeStore([await upload('Blue whales sing in the deep.'), await upload('Whales are large.')]);
    const search = async () =>
      (await server.rest('POST', `/vector_stores/${mine}/search`, { query: 'blue whales' })).body.data.map(
        ({ score }: { score: number }) => score,
      );
    const before = await search();
    await makeStore([await upload('Blue blue blue.'), await upload('A blue sky.'), await upload('Blue ink.')]);
    expect(await search()).toEqual(before);
    expect(before).toHaveLength(2);
  });
});
