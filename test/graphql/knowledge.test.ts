import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { print } from 'graphql';
import {
  AskDocumentsDocument,
  CreateFileDocument,
  CreateVectorStoreDocument,
  SearchVectorStoresDocument,
  WatchVectorStoreDocument,
} from '../generated/graphql.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { collect, connectWs, createHttpClient } from './support/client.js';

describe('vector stores over GraphQL', () => {
  let app: TestApp;
  let http: ReturnType<typeof createHttpClient>;
  beforeAll(async () => {
    app = await startTestApp();
    http = createHttpClient(app);
  });
  afterAll(() => app.stop());

  const file = async (text: string): Promise<string> =>
    (await http.typed(CreateFileDocument, { text })).createFile.file?.id ?? '';
  const watch = async (id: string) => {
    const ws = connectWs(app.url, { authorization: `Bearer ${app.key}` });
    const states = await collect(ws.iterate({ query: print(WatchVectorStoreDocument), variables: { id } }));
    await ws.dispose();
    return states.map(({ data }) => data?.vectorStoreProgress);
  };
  const store = async (texts: string[]): Promise<string> => {
    const { createVectorStore } = await http.typed(CreateVectorStoreDocument, {
      fileIds: await Promise.all(texts.map(file)),
    });
    expect(createVectorStore.userErrors).toEqual([]);
    const id = createVectorStore.vectorStore?.id ?? '';
    await watch(id);
    return id;
  };

  it('are made, watched until they are done, searched and asked by the example operations', async () => {
    const fileIds = [
      await file('# Ferry\n\nThe ferry leaves every two hours.'),
      await file('\u0001\u0002\u0003\u0004'.repeat(50)),
    ];
    const { createVectorStore } = await http.typed(CreateVectorStoreDocument, { fileIds });
    expect(createVectorStore).toMatchObject({
      userErrors: [],
      vectorStore: { status: 'IN_PROGRESS', fileCounts: { inProgress: 2, total: 2 } },
    });
    const id = createVectorStore.vectorStore?.id ?? '';
    const states = await watch(id);
    expect(states.at(-1)).toMatchObject({
      status: 'COMPLETED',
      fileCounts: { inProgress: 0, completed: 1, failed: 1, total: 2 },
    });
    const byId = new Map(states.at(-1).files.nodes.map((node: { id: string }) => [node.id, node]));
    expect(byId.get(fileIds[0])).toMatchObject({ status: 'COMPLETED', progress: 1, error: null });
    expect(byId.get(fileIds[1])).toMatchObject({ status: 'FAILED', error: { code: 'UNSUPPORTED_FILE' } });

    const { searchVectorStores } = await http.typed(SearchVectorStoresDocument, {
      question: 'How often does the ferry leave?',
      ids: [id],
    });
    expect(searchVectorStores.results).toMatchObject([
      { filename: 'notes.md', text: '# Ferry\n\nThe ferry leaves every two hours.', page: null },
    ]);
    const { createResponse } = await http.typed(AskDocumentsDocument, {
      question: 'How often does the ferry leave?',
      ids: [id],
    });
    expect(createResponse.response?.outputText).toContain('The ferry leaves every two hours.');
    expect(JSON.stringify(createResponse.response?.output)).toContain(fileIds[0]);
  });

  it('take every change that REST takes, and show the same', async () => {
    const id = await store(['One fine day.']);
    const added = await file('Two fine days.');
    const data = await http.data(
      `mutation M($id: ID!, $file: ID!) {
        addVectorStoreFiles(input: { vectorStoreId: $id, files: [{ fileId: $file, attributes: { n: 2 }, chunking: { maxTokens: 100, overlapTokens: 10 } }] }) {
          batch { id status fileCounts { total } } userErrors { code } }
        updateVectorStore(input: { id: $id, name: "Renamed", expiresAfterDays: 3, metadata: { a: "b" } }) {
          vectorStore { name metadata expiresAfterDays expiresAt embeddingModel searchNote } userErrors { code } }
        updateVectorStoreFile(input: { vectorStoreId: $id, fileId: $file, attributes: { n: 3 } }) {
          file { attributes chunking { maxTokens overlapTokens } file { filename } } userErrors { code } }
      }`,
      { id, file: added },
    );
    expect(data.addVectorStoreFiles).toMatchObject({ userErrors: [], batch: { fileCounts: { total: 1 } } });
    expect(data.updateVectorStore.vectorStore).toMatchObject({
      name: 'Renamed',
      metadata: { a: 'b' },
      expiresAfterDays: 3,
      embeddingModel: 'local-embedding-2',
      searchNote: null,
    });
    expect(data.updateVectorStoreFile.file).toEqual({
      attributes: { n: 3 },
      chunking: { maxTokens: 100, overlapTokens: 10 },
      file: { filename: 'notes.md' },
    });
    await watch(id);
    const read = await http.data(
      `query Q($id: ID!, $file: ID!, $batch: ID!) {
        vectorStore(id: $id) { files(first: 1) { nodes { id } pageInfo { hasNextPage } } }
        vectorStores(first: 10) { nodes { id files(first: 5) { nodes { id file { id } } } } }
        vectorStoreFiles(vectorStoreId: $id, status: COMPLETED, first: 5) { nodes { id } }
        vectorStoreFile(vectorStoreId: $id, fileId: $file) { status usageBytes chunkCount }
        vectorStoreFileBatch(vectorStoreId: $id, id: $batch) { status }
        vectorStoreFileContent(vectorStoreId: $id, fileId: $file) { texts next }
        node(id: $id) { __typename id }
        searchVectorStores(input: { queries: ["fine days"], filter: { and: [{ compare: { key: "n", operator: GTE, value: 3 } }] }, weights: { embedding: 1, text: 1 }, scoreThreshold: 0.1 }) {
          results { fileId vectorStoreId startOffset endOffset attributes } }
      }`,
      { id, file: added, batch: data.addVectorStoreFiles.batch.id },
    );
    expect(read.vectorStore.files).toEqual({ nodes: [{ id: added }], pageInfo: { hasNextPage: true } });
    expect(read.vectorStoreFiles.nodes).toHaveLength(2);
    expect(read.vectorStoreFile).toMatchObject({ status: 'COMPLETED', chunkCount: 1 });
    expect(read.vectorStoreFileBatch.status).toBe('COMPLETED');
    expect(read.vectorStoreFileContent).toEqual({ texts: ['Two fine days.'], next: null });
    expect(read.node).toEqual({ __typename: 'VectorStore', id });
    expect(read.searchVectorStores.results).toEqual([
      { fileId: added, vectorStoreId: id, startOffset: 0, endOffset: 14, attributes: { n: 3 } },
    ]);

    const gone = await http.data(
      `mutation M($id: ID!, $file: ID!) {
        removeVectorStoreFile(vectorStoreId: $id, fileId: $file) { deletedId }
        deleteVectorStore(id: $id) { deletedId }
      }`,
      { id, file: added },
    );
    expect(gone).toEqual({ removeVectorStoreFile: { deletedId: added }, deleteVectorStore: { deletedId: id } });
    const after = await http.run('query Q($id: ID!) { vectorStore(id: $id) { id } }', { id });
    expect(after.errors?.map(({ message }) => message)).toEqual([`'${id}' was not found.`]);
  });

  it('say what is wrong with an input, and where', async () => {
    const { createVectorStore } = await http.data(
      'mutation { createVectorStore(input: { name: "x", expiresAfterDays: 0 }) { vectorStore { id } userErrors { code } } }',
    );
    expect(createVectorStore).toEqual({ vectorStore: null, userErrors: [{ code: 'integer_below_min_value' }] });
    const unknown = await http.data(
      `mutation M($ids: [ID!]) { createVectorStore(input: { fileIds: $ids }) { userErrors { field } } }`,
      { ids: [`file_${'0'.repeat(32)}`] },
    );
    expect(unknown.createVectorStore.userErrors).toEqual([{ field: 'fileIds[0]' }]);
    const search = await http.run(
      '{ searchVectorStores(input: { queries: ["x"], maxNumResults: 500 }) { results { filename } } }',
    );
    expect(search.errors).toMatchObject([
      { message: "Invalid 'maxNumResults': the most allowed is 50.", extensions: { param: 'maxNumResults' } },
    ]);
  });
});
