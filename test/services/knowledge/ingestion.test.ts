import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { startUpstream, type Upstream, type UpstreamRequest } from '../../support/upstream.js';

const DIMENSIONS = 8;

/** Vectors by letters: enough to tell texts apart, and the same every time. */
const vectorOf = (text: string): number[] => {
  const vector = new Array<number>(DIMENSIONS).fill(0.01);
  for (const letter of text.toLowerCase()) {
    const at = letter.charCodeAt(0) % DIMENSIONS;
    vector[at] = (vector[at] ?? 0) + 1;
  }
  return vector;
};

describe('ingestion', () => {
  let server: TestApp;
  let upstream: Upstream;
  let answer: (request: UpstreamRequest) => object | undefined;
  const embedding =
    (dimensions = DIMENSIONS) =>
    (request: UpstreamRequest) => {
      const input = request.body?.input as string[];
      return {
        body: {
          object: 'list',
          data: input.map((text, index) => ({
            object: 'embedding',
            index,
            embedding: vectorOf(text).slice(0, dimensions),
          })),
          usage: { prompt_tokens: 1, total_tokens: 1 },
        },
      };
    };
  const start = (embeddingModel: string, databaseUrl?: string) =>
    startTestApp({
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      config: {
        providers: [{ id: 'vendor', base_url: upstream.url }],
        models: [
          { name: 'embed-a', provider: 'vendor' },
          { name: 'embed-b', provider: 'vendor' },
          { name: '*', provider: 'local' },
        ],
        knowledge: { embedding_model: embeddingModel, max_project_chunks: 40, max_project_vector_stores: 6 },
      },
    });
  beforeAll(async () => {
    answer = embedding();
    upstream = await startUpstream((request) => answer(request) as never);
    server = await start('embed-a');
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });

  const upload = async (text: string, to = server): Promise<string> => {
    const form = new FormData();
    form.append('purpose', 'assistants');
    form.append('file', new Blob([text]), 'text.txt');
    const sent = await fetch(`${to.url}/api/v1/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${to.key}` },
      body: form,
    });
    return ((await sent.json()) as { id: string }).id;
  };
  const settled = async (store: string, file: string, to = server) => {
    for (let n = 0; n < 600; n += 1) {
      const { body } = await to.rest('GET', `/vector_stores/${store}/files/${file}`);
      if (body.status !== 'in_progress') return body;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error('The file was not settled in time.');
  };
  const make = async (to = server): Promise<string> => (await to.rest('POST', '/vector_stores', {})).body.id;
  const attach = async (store: string, text: string, to = server) => {
    const file = await upload(text, to);
    expect((await to.rest('POST', `/vector_stores/${store}/files`, { file_id: file })).status).toBe(200);
    return settled(store, file, to);
  };

  it('takes vectors from the configured upstream, and records whose they are', async () => {
    const store = await make();
    expect((await server.rest('GET', `/vector_stores/${store}`)).body.search).toMatchObject({
      embedding_model: 'embed-a',
      embedding_dimensions: null,
    });
    expect(await attach(store, 'Some words to be embedded.')).toMatchObject({ status: 'completed' });
    expect((await server.rest('GET', `/vector_stores/${store}`)).body.search).toEqual({
      mode: 'hybrid',
      note: null,
      embedding_model: 'embed-a',
      embedding_dimensions: DIMENSIONS,
    });
    expect(upstream.requests.at(-1)?.body).toMatchObject({
      model: 'embed-a',
      input: ['text. Some words to be embedded.'],
    });
    const found = await server.rest('POST', `/vector_stores/${store}/search`, { query: 'words' });
    expect(found.body.data).toHaveLength(1);
  });

  it('tries again when the upstream fails, and says so at last', async () => {
    const store = await make();
    let failures = 3;
    answer = (request) =>
      failures-- > 0 ? { status: 500, body: { error: { message: 'down' } } } : embedding()(request);
    expect(await attach(store, 'Patience is rewarded.')).toMatchObject({ status: 'completed' });
    answer = embedding();
  });

  it('refuses vectors of another length, and of another model', async () => {
    const store = await make();
    await attach(store, 'The first file decides.');
    answer = embedding(4);
    const shorter = await attach(store, 'The second one differs.');
    expect(shorter).toMatchObject({
      status: 'failed',
      last_error: { code: 'server_error', message: expect.stringContaining('8 dimensions') },
    });
    answer = embedding();

    const other = await start('embed-b', server.databaseUrl);
    try {
      const file = await upload('A third file.', other);
      const { body } = await other.rest('POST', `/vector_stores/${store}/files`, { file_id: file });
      expect(body.error).toMatchObject({ code: 'unsupported_value', message: expect.stringContaining("'embed-a'") });
      // It is still searched, by words, and says so.
      const found = await other.rest('POST', `/vector_stores/${store}/search`, { query: 'first file' });
      expect(found.body.data).toHaveLength(1);
      expect((await other.rest('GET', `/vector_stores/${store}`)).body.search).toMatchObject({
        mode: 'degraded',
        note: expect.stringContaining("'embed-b'"),
      });
    } finally {
      await other.stop();
    }
  });

  it('keeps to the quotas of the project, and gives back what is removed', async () => {
    const used = async () =>
      (
        await server.sql<{ chunks: number; stores: number }>(
          'select chunks::int, stores::int from knowledge_usage where project_id = $1',
          [server.projectId],
        )
      )[0];
    const store = await make();
    const before = await used();
    const long = 'Sentence after sentence fills the store with more chunks than it may hold. '.repeat(3000);
    const refused = await attach(store, long);
    expect(refused).toMatchObject({ status: 'failed', last_error: { message: expect.stringContaining('40 chunks') } });
    expect(await used()).toEqual(before);
    expect(
      await server.sql(
        'select count(*)::int as n from chunks where file_id = (select file_id from vector_store_files where status = $1 order by id desc limit 1)',
        ['failed'],
      ),
    ).toEqual([{ n: 0 }]);

    const fits = await attach(store, 'Sentence after sentence. '.repeat(800));
    expect(fits.status).toBe('completed');
    expect((await used())?.chunks).toBeGreaterThan((before?.chunks ?? 0) + 3);
    await server.rest('DELETE', `/files/${fits.id}`);
    expect(await used()).toEqual(before);
    expect((await server.rest('POST', `/vector_stores/${store}/search`, { query: 'sentence' })).body.data).toEqual([]);

    const answers = await Promise.all(Array.from({ length: 8 }, () => server.rest('POST', '/vector_stores', {})));
    expect((await used())?.stores).toBe(6);
    expect(answers.find(({ status }) => status !== 200)).toMatchObject({
      status: 429,
      body: { error: { code: 'insufficient_quota' } },
    });
  });

  it('takes up files whose jobs were lost', async () => {
    const [row] = await server.sql<{ id: string }>('select id from vector_stores order by id limit 1');
    const store = `vs_${row?.id.replaceAll('-', '')}`;
    const file = await upload('Nobody was told of this one.');
    await server.sql(
      `insert into vector_store_files (project_id, store_id, file_id, id, status, max_chunk_tokens, chunk_overlap_tokens, created_at)
       values ($1, $2, $3, gen_random_uuid(), 'in_progress', 800, 400, now() - interval '5 minutes')`,
      [server.projectId, row?.id, file.slice(5).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')],
    );
    await server.app.container.recoverIngestion();
    expect(await settled(store, file)).toMatchObject({ status: 'completed' });
  });
});

describe('ingestion without its embedding model', () => {
  it('goes on with words alone, and says so', async () => {
    const server = await startTestApp({ builtInCommand: { file: process.execPath, args: ['-e', 'process.exit(1)'] } });
    try {
      const made = (await server.rest('POST', '/vector_stores', {})).body.id;
      const form = new FormData();
      form.append('purpose', 'assistants');
      form.append('file', new Blob(['The harbour master wears a red coat.']), 'a.txt');
      const file = (await (
        await fetch(`${server.url}/api/v1/files`, {
          method: 'POST',
          headers: { authorization: `Bearer ${server.key}` },
          body: form,
        })
      ).json()) as { id: string };
      await server.rest('POST', `/vector_stores/${made}/files`, { file_id: file.id });
      let store = (await server.rest('GET', `/vector_stores/${made}`)).body;
      for (let n = 0; n < 400 && store.status !== 'completed'; n += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        store = (await server.rest('GET', `/vector_stores/${made}`)).body;
      }
      expect(store).toMatchObject({
        file_counts: { completed: 1 },
        search: { mode: 'degraded', note: expect.stringContaining('words only') },
      });
      const found = await server.rest('POST', `/vector_stores/${made}/search`, { query: 'harbour master' });
      expect(found.body.data[0].content[0].text).toBe('The harbour master wears a red coat.');
    } finally {
      await server.stop();
    }
  });
});
