import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { createHttpClient } from '../graphql/support/client.js';
import { startTestApp, type TestApp } from '../support/app.js';

const MAX_FILE = 3 * 1024 * 1024;

describe('files', () => {
  let server: TestApp;
  let client: OpenAI;
  let http: ReturnType<typeof createHttpClient>;
  beforeAll(async () => {
    server = await startTestApp({
      config: { knowledge: { max_file_bytes: MAX_FILE, max_project_bytes: 2 * MAX_FILE, max_project_files: 8 } },
    });
    client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
    http = createHttpClient(server);
  });
  afterAll(() => server.stop());

  const upload = async (form: FormData, key = server.key) => {
    const answer = await fetch(`${server.url}/api/v1/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: form,
    });
    // biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
    return { status: answer.status, body: (await answer.json()) as any };
  };
  const form = (fields: Record<string, string>, file?: [content: string, name: string]): FormData => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.append(name, value);
    if (file !== undefined) data.append('file', new Blob([file[0]]), file[1]);
    return data;
  };
  const onDisk = () => readdirSync(server.filesDir, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());

  it('are uploaded, read, listed and deleted by the official SDK', async () => {
    const content = 'Grüße, world\n'.repeat(1000);
    const file = await client.files.create({
      file: await toFile(Buffer.from(content), 'grüße.txt'),
      purpose: 'assistants',
    });
    expect(file).toMatchObject({
      object: 'file',
      filename: 'grüße.txt',
      purpose: 'assistants',
      status: 'processed',
      bytes: Buffer.byteLength(content),
      sha256: createHash('sha256').update(content).digest('hex'),
    });
    expect(file.id).toMatch(/^file_[0-9a-f]{32}$/);
    expect(await client.files.retrieve(file.id)).toEqual(file);
    expect(await client.files.waitForProcessing(file.id)).toEqual(file);
    const raw = await client.files.content(file.id);
    expect(await raw.text()).toBe(content);
    expect(raw.headers.get('x-content-type-options')).toBe('nosniff');
    expect(raw.headers.get('content-disposition')).toContain("filename*=UTF-8''gr%C3%BC%C3%9Fe.txt");

    const other = await client.files.create({
      file: await toFile(Buffer.from('x'), 'b.txt'),
      purpose: 'user_data',
      expires_after: { anchor: 'created_at', seconds: 3600 },
    });
    expect((other.expires_at ?? 0) - other.created_at).toBe(3600);
    const seen: string[] = [];
    for await (const each of client.files.list({ limit: 1 })) seen.push(each.id);
    expect(seen).toEqual([other.id, file.id]);
    const filtered = await client.files.list({ purpose: 'user_data' });
    expect(filtered.data.map(({ id }) => id)).toEqual([other.id]);

    expect(await client.files.delete(file.id)).toEqual({ id: file.id, object: 'file', deleted: true });
    await expect(client.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 });
    await client.files.delete(other.id);
    expect(onDisk()).toEqual([]);
  });

  it.each([
    ['no purpose', form({}, ['x', 'a.txt']), 400, 'missing_required_parameter', 'purpose'],
    ['an unknown purpose', form({ purpose: 'fun' }, ['x', 'a.txt']), 400, 'invalid_value', 'purpose'],
    ['no file', form({ purpose: 'assistants' }), 400, 'missing_required_parameter', 'file'],
    [
      'an expiry that is too short',
      form({ purpose: 'assistants', 'expires_after[seconds]': '60' }, ['x', 'a.txt']),
      400,
      'integer_below_min_value',
      'expires_after.seconds',
    ],
    [
      'a file that is too large',
      form({ purpose: 'assistants' }, ['x'.repeat(MAX_FILE + 1), 'a.txt']),
      413,
      'file_too_large',
      'file',
    ],
  ])('refuse %s and keep nothing of it', async (_what, data, status, code, param) => {
    const answer = await upload(data);
    expect(answer).toMatchObject({ status, body: { error: { code, param } } });
    expect(onDisk()).toEqual([]);
  });

  it('refuse bodies that are no multipart, or end in the middle', async () => {
    expect(await server.rest('POST', '/files', { purpose: 'assistants' })).toMatchObject({
      status: 415,
      body: { error: { code: 'unsupported_media_type' } },
    });
    const answer = await fetch(`${server.url}/api/v1/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'multipart/form-data; boundary=b' },
      body: '--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc',
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'invalid_multipart' } });
    expect(onDisk()).toEqual([]);
  });

  it('never leave their folder, whatever they are called', async () => {
    const { status, body } = await upload(form({ purpose: 'assistants' }, ['x', '../../etc/passwd']));
    expect(status).toBe(200);
    expect(body.filename).toBe('passwd');
    expect(onDisk().map((file) => path.relative(server.filesDir, file.parentPath).split(path.sep).length)).toEqual([1]);
    await client.files.delete(body.id);
  });

  it('stay within the quota of the project, also when they come together', async () => {
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, n) => upload(form({ purpose: 'assistants' }, ['x', `${n}.txt`]))),
    );
    expect(results.filter(({ status }) => status === 200)).toHaveLength(8);
    const refused = results.find(({ status }) => status !== 200);
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'insufficient_quota' } } });
    for await (const file of client.files.list()) await client.files.delete(file.id);
    expect(await server.sql('select files::int, bytes::int from knowledge_usage')).toEqual([{ files: 0, bytes: 0 }]);
    expect(onDisk()).toEqual([]);
  });

  it('belong to their project alone', async () => {
    const mine = await client.files.create({
      file: await toFile(Buffer.from('secret'), 'a.txt'),
      purpose: 'assistants',
    });
    const key = await server.createForeignKey();
    for (const [method, where] of [
      ['GET', ''],
      ['GET', '/content'],
      ['DELETE', ''],
    ] as const) {
      const answer = await server.rest(method, `/files/${mine.id}${where}`, undefined, key);
      expect(answer).toMatchObject({ status: 404, body: { error: { message: `'${mine.id}' was not found.` } } });
    }
    expect((await server.rest('GET', '/files', undefined, key)).body.data).toEqual([]);
    expect((await http.run('query Q($id: ID!) { node(id: $id) { id } }', { id: mine.id }, key)).data).toEqual({
      node: null,
    });
    await client.files.delete(mine.id);
  });

  it('are gone once they have expired, and are swept', async () => {
    const { id } = await client.files.create({ file: await toFile(Buffer.from('x'), 'a.txt'), purpose: 'assistants' });
    await server.sql(`update files set expires_at = now() - interval '1 second'`);
    await expect(client.files.retrieve(id)).rejects.toMatchObject({ status: 404 });
    expect((await client.files.list()).data).toEqual([]);
    await server.app.services.files.sweepExpired();
    expect(await server.sql('select id from files')).toEqual([]);
    expect(onDisk()).toEqual([]);
  });

  it('are the same over GraphQL', async () => {
    const { createFile } = await http.data(
      `mutation { createFile(input: { filename: "a.md", purpose: ASSISTANTS, text: "# Hi" }) {
         file { id filename purpose bytes contentUrl expiresAt } userErrors { code } } }`,
    );
    expect(createFile).toMatchObject({
      userErrors: [],
      file: { filename: 'a.md', purpose: 'ASSISTANTS', bytes: '4', expiresAt: null },
    });
    const raw = await fetch(`${server.url}${createFile.file.contentUrl}`, {
      headers: { authorization: `Bearer ${server.key}` },
    });
    expect(await raw.text()).toBe('# Hi');
    const { files, node } = await http.data(
      'query Q($id: ID!) { files(first: 5, purpose: ASSISTANTS) { nodes { id } } node(id: $id) { __typename id } }',
      { id: createFile.file.id },
    );
    expect(files.nodes).toEqual([{ id: createFile.file.id }]);
    expect(node).toEqual({ __typename: 'File', id: createFile.file.id });
    const refused = await http.data(
      'mutation { createFile(input: { filename: "a", purpose: VISION, base64: "%" }) { userErrors { code field } } }',
    );
    expect(refused.createFile.userErrors).toEqual([{ code: 'invalid_value', field: 'base64' }]);
    const gone = await http.data('mutation D($id: ID!) { deleteFile(id: $id) { deletedId } }', {
      id: createFile.file.id,
    });
    expect(gone.deleteFile.deletedId).toBe(createFile.file.id);
  });
});
