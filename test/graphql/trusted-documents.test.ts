import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readTrustedDocuments } from '../../src/config/trusted-documents.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { collect, connectWs, createHttpClient } from './support/client.js';

/** The list that this project's own code generator writes. */
const FILE = 'test/generated/persisted-documents.json';
const documents = readTrustedDocuments([FILE]);
const [LIST_ID, LIST] = [...documents].find(([, text]) => text.startsWith('query') && !text.includes('$')) as [
  string,
  string,
];
const bare = (id: string) => id.replace('sha256:', '');
const persisted = (id: string) => ({ persistedQuery: { version: 1, sha256Hash: bare(id) } });

let app: TestApp;
let http: ReturnType<typeof createHttpClient>;
/** Has to use trusted documents. */
let bound: string;
const folder = mkdtempSync(path.join(tmpdir(), 'antiphon-trusted-'));
beforeAll(async () => {
  // The key has to exist before the server that binds it.
  const first = await startTestApp();
  const key = await first.createKey();
  const id = (await createHttpClient(first).data('{ viewer { key { id } } }', {}, key)).viewer.key.id;
  bound = key;
  app = await startTestApp({
    databaseUrl: first.databaseUrl,
    config: { graphql: { trusted_documents: { files: [FILE], required_for: [id] } } },
  });
  const { stop } = app;
  app.stop = async () => {
    await stop();
    await first.stop();
  };
  http = createHttpClient(app);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await app.stop();
});

const NOT_TRUSTED = [{ extensions: { code: 'document_not_trusted', status: 400, retryable: false } }];
const NOT_FOUND = [{ extensions: { code: 'document_not_found', status: 400 } }];

describe('trusted documents', () => {
  it.each([
    ['documentId', { documentId: LIST_ID }],
    ['documentId without its algorithm', { documentId: bare(LIST_ID) }],
    ['the persistedQuery extension', { extensions: persisted(LIST_ID) }],
    ['its text', { query: LIST }],
  ])('run when they are named by %s, for any key', async (_name, body) => {
    for (const key of [bound, app.key]) {
      const answer = await http.post(body, { key });
      expect(answer.body.errors).toBeUndefined();
      expect(answer.status).toBe(200);
    }
  });

  it('are the only ones a bound key may run, over HTTP, GET, event streams and sockets', async () => {
    const query = '{ viewer { key { id } } }';
    const headers = { authorization: `Bearer ${bound}` };
    expect(await http.post({ query }, { key: bound })).toMatchObject({ status: 400, body: { errors: NOT_TRUSTED } });
    // A text beside a trusted name is not that name's text, but the name's text is what runs.
    const named = await http.post({ query, documentId: LIST_ID }, { key: bound });
    expect(named.body.data).not.toHaveProperty('viewer');
    const get = await fetch(`${app.url}/graphql?query=${encodeURIComponent(query)}`, { headers });
    expect([get.status, await get.json()]).toMatchObject([400, { errors: NOT_TRUSTED }]);
    const stream = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { ...headers, accept: 'text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect([stream.status, await stream.json()]).toMatchObject([400, { errors: NOT_TRUSTED }]);
    const ws = connectWs(app.url, headers);
    await expect(collect(ws.iterate({ query }))).rejects.toMatchObject(NOT_TRUSTED);
    const [listed] = await collect(ws.iterate({ query: '', extensions: persisted(LIST_ID) }));
    expect(listed?.errors).toBeUndefined();
    await ws.dispose();
    expect((await http.post({ query }, { key: app.key })).status).toBe(200);
  });

  it('cannot be added by a client', async () => {
    const query = '{ __typename }';
    const extensions = persisted('0'.repeat(64));
    expect(await http.post({ query, extensions }, { key: bound })).toMatchObject({ body: { errors: NOT_TRUSTED } });
    expect(await http.post({ extensions }, { key: bound })).toMatchObject({ status: 400, body: { errors: NOT_FOUND } });
  });

  it('that are not there are told of', async () => {
    expect(await http.post({ documentId: 'sha256:0' })).toMatchObject({ status: 400, body: { errors: NOT_FOUND } });
  });

  it('can be required of everybody', async () => {
    const strict = await startTestApp({
      config: { graphql: { trusted_documents: { files: [FILE], required: true } } },
    });
    const { post } = createHttpClient(strict);
    expect((await post({ query: '{ __typename }' })).body.errors).toMatchObject(NOT_TRUSTED);
    expect((await post({ documentId: LIST_ID })).status).toBe(200);
    await strict.stop();
  });

  it('come from files that say what they should', () => {
    const file = path.join(folder, 'documents.json');
    for (const [text, why] of [
      ['{', /documents\.json: .*JSON/],
      ['[]', /expected an object of texts by id/],
      [JSON.stringify({ [LIST_ID]: '{ other }' }), /is another document elsewhere/],
    ] as const) {
      writeFileSync(file, text);
      expect(() => readTrustedDocuments([FILE, file])).toThrow(why);
    }
    expect(() => readTrustedDocuments([path.join(folder, 'absent.json')])).toThrow(/absent\.json/);
  });
});
