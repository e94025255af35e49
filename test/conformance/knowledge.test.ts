import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { startTestApp, type TestApp } from '../support/app.js';
import { docx, pdf } from '../support/documents.js';

const texts: Record<string, string> = {
  'lighthouse.md': `# The lighthouse of Aldern\n\nThe lighthouse was built in 1871 from granite. Its keeper lights the lamp at dusk. The lamp can be seen from thirty miles away.`,
  'bakery.txt':
    'The bakery opens at six in the morning. Rye bread costs four crowns. On Sundays the bakery stays closed.',
  'ferry.html':
    '<!doctype html><html><head><title>Ferry</title></head><body><p>The ferry to the island leaves every two hours. Dogs travel free of charge.</p></body></html>',
};

describe('the official SDK with files and vector stores', () => {
  let server: TestApp;
  let client: OpenAI;
  beforeAll(async () => {
    server = await startTestApp();
    client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
  });
  afterAll(() => server.stop());

  const uploads = (named: Record<string, string | Buffer>) =>
    Promise.all(Object.entries(named).map(([name, content]) => toFile(Buffer.from(content as string), name)));
  const store = async (named: Record<string, string | Buffer> = texts) => {
    const made = await client.vectorStores.create({ name: 'test' });
    await client.vectorStores.fileBatches.uploadAndPoll(
      made.id,
      { files: await uploads(named) },
      { pollIntervalMs: 50 },
    );
    return made.id;
  };

  it('drives a store from its making to its end', async () => {
    const made = await client.vectorStores.create({
      name: 'Town',
      metadata: { a: 'b' },
      expires_after: { anchor: 'last_active_at', days: 7 },
    });
    expect(made).toMatchObject({
      object: 'vector_store',
      name: 'Town',
      status: 'completed',
      usage_bytes: 0,
      metadata: { a: 'b' },
      expires_after: { anchor: 'last_active_at', days: 7 },
      file_counts: { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total: 0 },
    });
    expect(made.expires_at).toBe((made.last_active_at ?? 0) + 7 * 86_400);

    const file = await client.vectorStores.files.uploadAndPoll(
      made.id,
      await toFile(Buffer.from(texts['bakery.txt'] as string), 'bakery.txt'),
      { pollIntervalMs: 50 },
    );
    expect(file).toMatchObject({
      object: 'vector_store.file',
      status: 'completed',
      last_error: null,
      vector_store_id: made.id,
      chunking_strategy: { type: 'static', static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 } },
    });
    expect(file.usage_bytes).toBeGreaterThan(100);
    const content = await client.vectorStores.files.content(file.id, { vector_store_id: made.id });
    expect(content.data).toEqual([{ type: 'text', text: texts['bakery.txt'] }]);

    const changed = await client.vectorStores.files.update(file.id, {
      vector_store_id: made.id,
      attributes: { kind: 'shop', rank: 3, open: true },
    });
    expect(changed.attributes).toEqual({ kind: 'shop', rank: 3, open: true });
    const renamed = await client.vectorStores.update(made.id, { name: 'City', expires_after: null, metadata: null });
    expect(renamed).toMatchObject({
      name: 'City',
      expires_after: null,
      metadata: {},
      file_counts: { completed: 1, total: 1 },
    });
    expect(renamed.usage_bytes).toBe(file.usage_bytes);

    const found = await client.vectorStores.search(made.id, { query: 'How much is rye bread?' });
    expect(found.data[0]).toMatchObject({
      filename: 'bakery.txt',
      file_id: file.id,
      attributes: changed.attributes,
      content: [{ type: 'text', text: texts['bakery.txt'] }],
    });

    expect(await client.vectorStores.files.delete(file.id, { vector_store_id: made.id })).toMatchObject({
      deleted: true,
    });
    expect((await client.vectorStores.search(made.id, { query: 'rye bread' })).data).toEqual([]);
    expect(await client.files.retrieve(file.id)).toMatchObject({ id: file.id });
    expect(await client.vectorStores.delete(made.id)).toEqual({
      id: made.id,
      object: 'vector_store.deleted',
      deleted: true,
    });
    await expect(client.vectorStores.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
  });

  it('drives batches: uploadAndPoll, lists, pages, files that fail beside those that do not', async () => {
    const { id } = await client.vectorStores.create({});
    const batch = await client.vectorStores.fileBatches.uploadAndPoll(
      id,
      {
        files: await uploads({
          ...texts,
          'tower.pdf': pdf(['Nothing.', 'The tower has 199 steps.']),
          'school.docx': docx('School', ['The school teaches navigation.']),
          'scan.pdf': pdf(['']),
          'photo.png': Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
        }),
      },
      { pollIntervalMs: 50 },
    );
    expect(batch).toMatchObject({
      object: 'vector_store.files_batch',
      status: 'completed',
      file_counts: { completed: 5, failed: 2, total: 7, in_progress: 0 },
    });
    const failed = await client.vectorStores.fileBatches.listFiles(batch.id, { vector_store_id: id, filter: 'failed' });
    expect(failed.data.map(({ last_error }) => last_error?.code).sort()).toEqual(['invalid_file', 'unsupported_file']);
    for (const { last_error } of failed.data) expect(last_error?.message.length).toBeGreaterThan(20);
    const listed: string[] = [];
    for await (const file of client.vectorStores.files.list(id, { limit: 2, order: 'asc' })) listed.push(file.id);
    expect(new Set(listed).size).toBe(7);
    expect(await client.vectorStores.retrieve(id)).toMatchObject({
      status: 'completed',
      file_counts: { completed: 5, failed: 2, total: 7 },
    });
    const answer = await client.vectorStores.search(id, { query: 'how many steps does the tower have' });
    expect(answer.data[0]?.filename).toBe('tower.pdf');
  });

  it('searches with filters, thresholds, limits, several questions and a rewritten one', async () => {
    const { id } = await client.vectorStores.create({});
    const files = await Promise.all(
      Object.entries(texts).map(async ([name, text]) =>
        client.files.create({ file: await toFile(Buffer.from(text), name), purpose: 'assistants' }),
      ),
    );
    await client.vectorStores.fileBatches.createAndPoll(
      id,
      {
        files: files.map((file, n) => ({
          file_id: file.id,
          attributes: { name: file.filename, n, even: n % 2 === 0 },
        })),
      } as never,
      { pollIntervalMs: 50 },
    );
    const names = async (filters?: object) =>
      (await client.vectorStores.search(id, { query: 'the', filters: filters as never, max_num_results: 50 })).data
        .map(({ filename }) => filename)
        .sort();
    const all = Object.keys(texts).sort();
    expect((await names()).length).toBe(3);
    const [a, b, c] = files.map(({ filename }) => filename) as [string, string, string];
    const cases: [filter: object, expected: string[]][] = [
      [{ type: 'eq', key: 'name', value: a }, [a]],
      [{ type: 'eq', key: 'n', value: '0' }, []],
      [{ type: 'ne', key: 'name', value: a }, [b, c]],
      [{ type: 'ne', key: 'missing', value: 1 }, all],
      [{ type: 'gt', key: 'n', value: 0 }, [b, c]],
      [{ type: 'gte', key: 'n', value: 1 }, [b, c]],
      [{ type: 'lt', key: 'n', value: 1 }, [a]],
      [{ type: 'lte', key: 'n', value: 1 }, [a, b]],
      [{ type: 'gt', key: 'name', value: 0 }, []],
      [{ type: 'eq', key: 'even', value: true }, [a, c]],
      [{ type: 'in', key: 'n', value: [0, 2] }, [a, c]],
      [{ type: 'nin', key: 'name', value: [a] }, [b, c]],
      [
        {
          type: 'and',
          filters: [
            { type: 'eq', key: 'even', value: true },
            { type: 'gt', key: 'n', value: 0 },
          ],
        },
        [c],
      ],
      [
        {
          type: 'or',
          filters: [
            { type: 'eq', key: 'n', value: 0 },
            { type: 'and', filters: [{ type: 'eq', key: 'n', value: 1 }] },
          ],
        },
        [a, b],
      ],
      [{ type: 'eq', key: "n' or 1=1 --", value: "'; drop table files; --" }, []],
    ];
    for (const [filter, expected] of cases)
      expect([filter, await names(filter)]).toEqual([filter, [...expected].sort()]);

    const limited = await client.vectorStores.search(id, { query: ['bakery', 'ferry'], max_num_results: 2 });
    expect(limited.data.map(({ filename }) => filename).sort()).toEqual(['bakery.txt', 'ferry.html']);
    const near = await client.vectorStores.search(id, {
      query: 'dogs on the ferry',
      ranking_options: { score_threshold: 0.4 },
    });
    expect(near.data.map(({ filename }) => filename)).toEqual(['ferry.html']);
    for (const { score } of near.data) expect(score).toBeGreaterThanOrEqual(0.4);
    // The SDK's page shows the results only.
    const { body: rewritten } = await server.rest('POST', `/vector_stores/${id}/search`, {
      query: 'Can you please tell me what rye bread costs?',
      rewrite_query: true,
    });
    expect(rewritten.search_query).toEqual(['rye bread costs']);
    expect(rewritten.data[0]?.filename).toBe('bakery.txt');
  });

  it.each<[what: string, body: object, code: string | null, param: string]>([
    ['no query', {}, 'missing_required_parameter', 'query'],
    ['an empty query', { query: ' ' }, 'empty_string', 'query'],
    ['a NUL in the query', { query: 'a\0b' }, 'invalid_value', 'query'],
    ['a NUL in one of its queries', { query: ['a', 'b\0'] }, 'invalid_value', 'query[1]'],
    [
      'a NUL in a filter',
      { query: 'x', filters: { type: 'eq', key: 'a', value: '\0' } },
      'invalid_value',
      'filters.value',
    ],
    [
      'a NUL in a filter by list',
      { query: 'x', filters: { type: 'in', key: 'a', value: ['b', '\0'] } },
      'invalid_value',
      'filters.value[1]',
    ],
    ['too many results', { query: 'x', max_num_results: 51 }, 'integer_above_max_value', 'max_num_results'],
    [
      'an unknown operator',
      { query: 'x', filters: { type: 'like', key: 'a', value: 'b' } },
      'invalid_value',
      'filters.type',
    ],
    [
      'a filter without a key',
      { query: 'x', filters: { type: 'eq', value: 'b' } },
      'missing_required_parameter',
      'filters.key',
    ],
    [
      'a bad filter inside another',
      { query: 'x', filters: { type: 'and', filters: [{ type: 'eq', key: 'a', value: null }] } },
      'invalid_type',
      'filters.filters[0].value',
    ],
    [
      'weights of nothing',
      { query: 'x', ranking_options: { hybrid_search: { embedding_weight: 0, text_weight: 0 } } },
      'invalid_value',
      'ranking_options.hybrid_search',
    ],
    [
      'a threshold above 1',
      { query: 'x', ranking_options: { score_threshold: 2 } },
      'decimal_above_max_value',
      'ranking_options.score_threshold',
    ],
  ])('refuses a search with %s', async (_what, body, code, param) => {
    const { id } = await client.vectorStores.create({});
    expect(await server.rest('POST', `/vector_stores/${id}/search`, body)).toMatchObject({
      status: 400,
      body: { error: { code, param } },
    });
  });

  it.each(['name', 'description'])('refuses a store with a NUL in its %s', async (member) => {
    const { id } = await client.vectorStores.create({});
    for (const path of ['/vector_stores', `/vector_stores/${id}`])
      expect(await server.rest('POST', path, { [member]: 'a\0' })).toMatchObject({
        status: 400,
        body: { error: { code: 'invalid_value', param: member } },
      });
  });

  it('refuses what cannot be attached, and attaches nothing then', async () => {
    const { id } = await client.vectorStores.create({});
    const file = await client.files.create({
      file: await toFile(Buffer.from('Some words.'), 'a.txt'),
      purpose: 'assistants',
    });
    const unknown = `file_${'0'.repeat(32)}`;
    const cases: [path: string, body: object, status: number, param: string][] = [
      ['files', { file_id: unknown }, 404, 'file_id'],
      ['files', { file_id: 'nonsense' }, 404, 'file_id'],
      [
        'files',
        {
          file_id: file.id,
          chunking_strategy: { type: 'static', static: { max_chunk_size_tokens: 100, chunk_overlap_tokens: 51 } },
        },
        400,
        'chunking_strategy.static.chunk_overlap_tokens',
      ],
      ['files', { file_id: file.id, attributes: { a: { b: 1 } } }, 400, 'attributes.a'],
      ['file_batches', { file_ids: [file.id], files: [{ file_id: file.id }] }, 400, 'files'],
      ['file_batches', {}, 400, 'file_ids'],
      ['file_batches', { file_ids: [file.id, unknown] }, 404, 'file_ids[1]'],
    ];
    for (const [path, body, status, param] of cases)
      expect([body, await server.rest('POST', `/vector_stores/${id}/${path}`, body)]).toMatchObject([
        body,
        { status, body: { error: { param } } },
      ]);
    expect(await server.rest('POST', '/vector_stores', { file_ids: [unknown] })).toMatchObject({
      status: 404,
      body: { error: { param: 'file_ids[0]' } },
    });
    expect((await client.vectorStores.retrieve(id)).file_counts.total).toBe(0);
  });

  it('answers from several stores with file_search, with citations that are right, streamed or not', async () => {
    const [first, second] = [
      await store({ 'lighthouse.md': texts['lighthouse.md'] as string }),
      await store({ 'bakery.txt': texts['bakery.txt'] as string }),
    ];
    const request = {
      model: 'local',
      input: 'When does the bakery open?',
      tools: [{ type: 'file_search' as const, vector_store_ids: [first, second] }],
      include: ['file_search_call.results' as const],
    };
    const check = (response: OpenAI.Responses.Response) => {
      const [call, message] = response.output as [
        OpenAI.Responses.ResponseFileSearchToolCall,
        OpenAI.Responses.ResponseOutputMessage,
      ];
      expect(call).toMatchObject({
        type: 'file_search_call',
        status: 'completed',
        queries: ['When does the bakery open?'],
      });
      expect(call.results?.[0]).toMatchObject({ filename: 'bakery.txt', text: texts['bakery.txt'] });
      const [part] = message.content as [OpenAI.Responses.ResponseOutputText];
      expect(part.text).toContain('The bakery opens at six in the morning.');
      const citations = part.annotations as OpenAI.Responses.ResponseOutputText.FileCitation[];
      expect(citations.length).toBeGreaterThan(0);
      for (const citation of citations) {
        expect(citation).toMatchObject({
          type: 'file_citation',
          file_id: call.results?.[0]?.file_id,
          filename: 'bakery.txt',
        });
        expect(citation.index).toBeGreaterThan(0);
        expect(citation.index).toBeLessThanOrEqual(part.text.length);
      }
    };
    const answer = await client.responses.create(request);
    check(answer);
    expect(((await client.responses.retrieve(answer.id)).output[0] as { results: unknown }).results).toBeNull();
    check(await client.responses.retrieve(answer.id, { include: ['file_search_call.results'] }));

    const types: string[] = [];
    const stream = client.responses.stream(request);
    for await (const event of stream) types.push(event.type);
    check((await stream.finalResponse()) as never);
    expect(types.filter((type) => type.includes('file_search'))).toEqual([
      'response.file_search_call.in_progress',
      'response.file_search_call.searching',
      'response.file_search_call.completed',
    ]);
  });

  it('says that the sources do not say, without stores named searches all, and fails on unknown ones', async () => {
    await store({ 'ferry.html': texts['ferry.html'] as string });
    const tools = [{ type: 'file_search' }] as never;
    const all = await client.responses.create({ model: 'local', input: 'Do dogs travel free on the ferry?', tools });
    expect(all.output_text).toContain('Dogs travel free of charge.');
    const odd = await client.responses.create({ model: 'local', input: 'Do dogs\0 travel free on the ferry?', tools });
    expect(odd).toMatchObject({ status: 'completed', error: null });
    const none = await client.responses.create({
      model: 'local',
      input: 'Who painted the ceiling of the opera in Vienna?',
      tools,
    });
    expect(none.output_text).toBe("The sources don't say.");
    const unknown = await server.rest('POST', '/responses', {
      model: 'local',
      input: 'x',
      tools: [{ type: 'file_search', vector_store_ids: [`vs_${'0'.repeat(32)}`] }],
    });
    expect(unknown).toMatchObject({
      status: 200,
      body: { status: 'failed', output: [{ type: 'file_search_call', status: 'failed' }] },
    });
    expect(unknown.body.error.message).toContain('vs_000');
  });

  it('keeps projects apart, whatever is asked of them', async () => {
    const id = await store({ 'secret.txt': 'The secret word of the project is kumquat.' });
    const [file] = (await client.vectorStores.files.list(id)).data;
    const key = await server.createForeignKey();
    const foreign = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: key, maxRetries: 0 });
    const theirs = await foreign.vectorStores.create({});
    for (const [method, path, body] of [
      ['GET', `/vector_stores/${id}`],
      ['POST', `/vector_stores/${id}`, { name: 'x' }],
      ['DELETE', `/vector_stores/${id}`],
      ['POST', `/vector_stores/${id}/search`, { query: 'kumquat' }],
      ['GET', `/vector_stores/${id}/files`],
      ['GET', `/vector_stores/${id}/files/${file?.id}`],
      ['GET', `/vector_stores/${id}/files/${file?.id}/content`],
      ['POST', `/vector_stores/${id}/files/${file?.id}/cancel`],
      ['DELETE', `/vector_stores/${id}/files/${file?.id}`],
      ['GET', `/vector_stores/${theirs.id}/files/${file?.id}`],
      ['POST', `/vector_stores/${theirs.id}/files`, { file_id: file?.id }],
      ['POST', `/vector_stores/${theirs.id}/file_batches`, { file_ids: [file?.id] }],
    ] as [string, string, object?][])
      expect([path, (await server.rest(method, path, body, key)).status]).toEqual([path, 404]);
    expect((await foreign.vectorStores.list()).data.map((each) => each.id)).toEqual([theirs.id]);
    const asked = await foreign.responses.create({
      model: 'local',
      input: 'What is the secret word of the project?',
      tools: [{ type: 'file_search' }] as never,
    });
    expect(asked.output_text).toBe("The sources don't say.");
    const named = await server.rest(
      'POST',
      '/responses',
      { model: 'local', input: 'x', tools: [{ type: 'file_search', vector_store_ids: [id] }] },
      key,
    );
    expect(named.body.status).toBe('failed');
  });

  it('cancels what is not done, and expires stores', async () => {
    const { id } = await client.vectorStores.create({});
    const long = 'Every sentence of this text is another one to embed, and takes its time. '.repeat(4000);
    const batch = await client.vectorStores.fileBatches.create(id, {
      file_ids: (
        await Promise.all(
          (
            await uploads({ 'long.txt': long, 'longer.txt': `${long} ${long}` })
          ).map((file) => client.files.create({ file, purpose: 'assistants' })),
        )
      ).map((file) => file.id),
    });
    expect(batch).toMatchObject({ status: 'in_progress', file_counts: { in_progress: 2 } });
    await sleep(500);
    const cancelled = await client.vectorStores.fileBatches.cancel(batch.id, { vector_store_id: id });
    expect(cancelled).toMatchObject({ status: 'cancelled', file_counts: { in_progress: 0, cancelled: 2 } });
    await sleep(500);
    expect(
      await server.sql(
        'select count(*)::int as n from vector_store_files where store_id = (select id from vector_stores order by id desc limit 1) and status <> $1',
        ['cancelled'],
      ),
    ).toEqual([{ n: 0 }]);

    await client.vectorStores.update(id, { expires_after: { anchor: 'last_active_at', days: 1 } });
    await server.sql(
      `update vector_stores set last_active_at = now() - interval '2 days' where id = (select id from vector_stores order by id desc limit 1)`,
    );
    expect((await client.vectorStores.retrieve(id)).status).toBe('expired');
    await expect(client.vectorStores.search(id, { query: 'x' })).rejects.toMatchObject({ status: 400 });
  });
});
