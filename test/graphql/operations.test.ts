import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { print } from 'graphql';
import {
  AskInConversationDocument,
  AskPromptDocument,
  AskPromptVersionDocument,
  ContinueChainDocument,
  CreateConversationDocument,
  CreateFileDocument,
  CreatePromptDocument,
  CreateWebhookEndpointDocument,
  FirstAnswerDocument,
  FollowConversationDocument,
  type FollowConversationSubscription,
  FollowStreamDocument,
  ListEverythingElseDocument,
  ListFilesDocument,
  ListResponsesDocument,
  ReadConversationDocument,
  ReadPromptVersionsDocument,
  ReadWebhookDeliveriesDocument,
  ResumeStreamDocument,
  RevisePromptDocument,
  StartChainDocument,
  StartStreamDocument,
  UsageByModelDocument,
  WhoAmIDocument,
} from '../generated/graphql.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { collect, connectWs, createHttpClient } from './support/client.js';

let app: TestApp;
let http: ReturnType<typeof createHttpClient>;

beforeAll(async () => {
  app = await startTestApp();
  http = createHttpClient(app);
});
afterAll(() => app.stop());

describe('the example operations do what they say', () => {
  it('first answer', async () => {
    const { createResponse } = await http.typed(FirstAnswerDocument, {});
    expect(createResponse.userErrors).toEqual([]);
    expect(createResponse.response).toMatchObject({ status: 'COMPLETED', outputText: expect.stringContaining('84') });
  });

  it('chain', async () => {
    const first = await http.typed(StartChainDocument, {});
    const previousResponseId = first.createResponse.response?.id ?? '';
    const { createResponse } = await http.typed(ContinueChainDocument, { previousResponseId });
    expect(createResponse.response?.outputText).toContain('Alice');
  });

  it('conversation', async () => {
    const { createConversation } = await http.typed(CreateConversationDocument, { metadata: { a: 'b' } });
    const id = createConversation.conversation?.id ?? '';
    await http.typed(AskInConversationDocument, { conversationId: id });
    const { conversation } = await http.typed(ReadConversationDocument, { id });
    expect(conversation?.items.nodes.map(({ type }) => type)).toEqual(['message', 'message']);
    expect(conversation?.responses.nodes).toHaveLength(1);
    const ws = connectWs(app.url, { authorization: `Bearer ${app.key}` });
    const told: string[] = [];
    for await (const { data } of ws.iterate<FollowConversationSubscription>({
      query: print(FollowConversationDocument),
      variables: { id, after: '0' },
    })) {
      if (data) told.push(data.conversationEvents.__typename);
      if (told.filter((name) => name === 'ConversationItemAddedEvent').length === 2) break;
    }
    expect(told[0]).toBe('ConversationResponseStartedEvent');
    await ws.dispose();
  });

  it('webhook', async () => {
    const { createWebhookEndpoint } = await http.typed(CreateWebhookEndpointDocument, { url: 'https://example.com/' });
    expect(createWebhookEndpoint).toMatchObject({ signingSecret: expect.any(String), userErrors: [] });
    const id = createWebhookEndpoint.webhookEndpoint?.id ?? '';
    const { webhookEndpoint } = await http.typed(ReadWebhookDeliveriesDocument, { id });
    expect(webhookEndpoint).toMatchObject({ enabled: true, deliveries: { nodes: [] } });
  });

  it('prompt', async () => {
    const { createPrompt } = await http.typed(CreatePromptDocument, {});
    const { createResponse } = await http.typed(AskPromptDocument, {});
    expect(createResponse.userErrors).toEqual([]);
    expect(createResponse.response).toMatchObject({ promptVersion: 1, prompt: { name: 'greeter' } });

    const { updatePrompt } = await http.typed(RevisePromptDocument, { id: createPrompt.prompt?.id ?? '' });
    expect(updatePrompt.prompt?.version).toBe(2);
    const older = await http.typed(AskPromptVersionDocument, {});
    expect(older.createResponse.response?.promptVersion).toBe(1);
    const { prompt } = await http.typed(ReadPromptVersionsDocument, {});
    expect(prompt?.versions.nodes.map(({ version }) => version)).toEqual([2, 1]);
  });

  it('stream', async () => {
    const { createResponse } = await http.typed(StartStreamDocument, { text: 'Count from 1 to 5.' });
    expect(createResponse.response?.status).toBe('IN_PROGRESS');
    const ws = connectWs(app.url, { authorization: `Bearer ${app.key}` });
    const variables = { id: createResponse.response?.id };
    const events = await collect(ws.iterate({ query: print(FollowStreamDocument), variables }));
    expect(events.at(-1)?.data?.responseEvents).toMatchObject({
      __typename: 'ResponseCompletedEvent',
      response: { status: 'COMPLETED', outputText: expect.stringContaining('5') },
    });
    const resumed = await collect(
      ws.iterate({ query: print(ResumeStreamDocument), variables: { ...variables, after: events.length - 3 } }),
    );
    const numbers = (some: typeof events) =>
      some.map(({ data }) => (data as { responseEvents: { sequenceNumber: number } }).responseEvents.sequenceNumber);
    expect(numbers(resumed)).toEqual(numbers(events).slice(-2));
    await ws.dispose();
  });

  it('usage', async () => {
    await http.typed(FirstAnswerDocument, {});
    const { usage } = await http.typed(UsageByModelDocument, {});
    expect(usage.nodes).toContainEqual(
      expect.objectContaining({ model: 'local-extractive-1', outputTokens: expect.stringMatching(/^[1-9]\d*$/) }),
    );
    const { viewer } = await http.typed(WhoAmIDocument, {});
    expect(viewer).toMatchObject({ key: { scopes: expect.arrayContaining(['admin']) }, project: { name: 'default' } });
  });

  it('file', async () => {
    const { createFile } = await http.typed(CreateFileDocument, { text: '# Notes' });
    expect(createFile.userErrors).toEqual([]);
    const { files } = await http.typed(ListFilesDocument, {});
    expect(files.nodes).toMatchObject([{ id: createFile.file?.id, filename: 'notes.md', bytes: '7' }]);
  });

  it('list', async () => {
    const { responses } = await http.typed(ListResponsesDocument, { first: 2 });
    expect(responses.nodes).toHaveLength(2);
    expect(responses.pageInfo.hasNextPage).toBe(true);
    const { models, prompts } = await http.typed(ListEverythingElseDocument, {});
    expect(models.length).toBeGreaterThan(0);
    expect(prompts.nodes).toMatchObject([{ name: 'greeter', version: 2 }]);
  });
});
