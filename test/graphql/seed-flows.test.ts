import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { collect, connectWs, createHttpClient } from './support/client.js';

/** The twins of test/rest/seed-flows.test.ts: the same 14 flows through the other door. */
describe('seed flows over GraphQL', () => {
  let server: TestApp;
  let graphql: ReturnType<typeof createHttpClient>;
  beforeAll(async () => {
    server = await startTestApp();
    graphql = createHttpClient(server);
  });
  afterAll(() => server.stop());

  const model = 'gpt-oss-120b';
  const CREATE = `
    mutation ($input: CreateResponseInput!) {
      createResponse(input: $input) {
        response {
          id status model outputText promptVersion instructions usage { totalTokens }
          output { type } previousResponse { id } prompt { id name }
        }
        userErrors { code field message }
      }
    }`;
  const create = async (input: Record<string, unknown>) => {
    const { createResponse } = await graphql.data(CREATE, { input: { model, store: true, ...input } });
    expect(createResponse.userErrors).toEqual([]);
    return createResponse.response;
  };

  describe('responses', () => {
    it('creates a basic response', async () => {
      const response = await create({
        input: { text: 'Hello, how are you?' },
        instructions: 'You are a helpful assistant.',
      });
      expect(response).toMatchObject({ status: 'COMPLETED', model: 'local-extractive-1' });
      expect(response.id).toMatch(/^resp_/);
      expect(response.output.length).toBeGreaterThan(0);
      expect(response.usage.totalTokens).toBeGreaterThan(0);
    });

    it('completes with file_search and no vector store', async () => {
      const response = await create({
        input: { text: 'What is in the knowledge base about AI?' },
        tools: [{ fileSearch: {} }],
      });
      expect(response.status).toBe('COMPLETED');
      expect(response.output.map((item: { type: string }) => item.type)).toEqual(['file_search_call', 'message']);
    });

    it('answers a search over several named stores with completed or failed', async () => {
      const response = await create({
        input: { text: 'Search across all knowledge bases' },
        tools: [{ fileSearch: { vectorStoreIds: ['kb1', 'kb2', 'kb3'] } }],
      });
      expect(['COMPLETED', 'FAILED']).toContain(response.status);
    });

    it('chains responses, and the model knows the whole history', async () => {
      const first = await create({ input: { text: 'My name is Alice.' } });
      const second = await create({ input: { text: 'What is my name?' }, previousResponseId: first.id });
      expect(second.previousResponse.id).toBe(first.id);
      expect(second.outputText).toContain('My name is Alice.');
    });

    it('gives a stored response back', async () => {
      const { id, outputText } = await create({ input: { text: 'Test message' } });
      const data = await graphql.data('query ($id: ID!) { response(id: $id) { id status outputText } }', { id });
      expect(data.response).toEqual({ id, status: 'COMPLETED', outputText });
    });

    it('uses a prompt named in the request', async () => {
      const made = await graphql.data(
        'mutation ($input: CreatePromptInput!) { createPrompt(input: $input) { prompt { id } userErrors { code } } }',
        {
          input: {
            name: 'test-agent',
            displayName: 'Test Agent',
            instructions: 'You are a test assistant.',
            model,
            tools: [{ webSearch: {} }],
          },
        },
      );
      const response = await create({ input: { text: 'Hello' }, prompt: { id: 'test-agent' } });
      expect(response).toMatchObject({
        status: 'COMPLETED',
        instructions: 'You are a test assistant.',
        promptVersion: 1,
        prompt: { id: made.createPrompt.prompt.id, name: 'test-agent' },
      });
    });

    it('takes an unreasonably large maxOutputTokens', async () => {
      const response = await create({ input: { text: 'Generate a very long response' }, maxOutputTokens: 100_000 });
      expect(response.status).toBe('COMPLETED');
    });

    it('streams what a mutation started to a subscription', async () => {
      const { id, status } = await create({ input: { text: 'Count from 1 to 5' }, store: false, stream: true });
      expect(status).toBe('IN_PROGRESS');
      const socket = connectWs(server.url, { authorization: `Bearer ${server.key}` });
      const query = `subscription ($id: ID!) {
        responseEvents(id: $id) { type sequenceNumber ... on OutputTextDeltaEvent { delta } }
      }`;
      const results = await collect(socket.iterate({ query, variables: { id } }));
      await socket.dispose();
      const events = results.map(({ data }) => data.responseEvents);
      const deltas = events.map(({ delta }) => delta ?? '');
      expect(deltas.join('')).toBe('1, 2, 3, 4, 5');
      expect(events.at(-1).type).toBe('response.completed');
    });
  });

  describe('conversations', () => {
    const createConversation = async () => {
      const data = await graphql.data(
        'mutation { createConversation(input: {}) { conversation { id items { nodes { id } } } userErrors { code } } }',
      );
      return data.createConversation.conversation;
    };

    it('creates a conversation', async () => {
      const conversation = await createConversation();
      expect(conversation.id).toMatch(/^conv_/);
      expect(conversation.items.nodes).toEqual([]);
    });

    it('lists conversations', async () => {
      const { id } = await createConversation();
      const data = await graphql.data('{ conversations(first: 1) { nodes { id } pageInfo { hasNextPage } } }');
      expect(data.conversations).toEqual({ nodes: [{ id }], pageInfo: { hasNextPage: true } });
    });

    it('adds items to a conversation', async () => {
      const { id } = await createConversation();
      const data = await graphql.data(
        `mutation ($input: AddConversationItemsInput!) {
          addConversationItems(input: $input) {
            items { id type } conversation { items { nodes { id } } } userErrors { code }
          }
        }`,
        { input: { conversationId: id, items: [{ message: { role: 'USER', content: { text: 'Hello' } } }] } },
      );
      expect(data.addConversationItems.items).toHaveLength(1);
      expect(data.addConversationItems.conversation.items.nodes).toEqual([
        { id: data.addConversationItems.items[0].id },
      ]);
    });
  });

  describe('prompts', () => {
    const PROMPT = 'id name displayName instructions temperature version tools { type }';

    it('creates a prompt', async () => {
      const data = await graphql.data(
        `mutation ($input: CreatePromptInput!) { createPrompt(input: $input) { prompt { ${PROMPT} } userErrors { code } } }`,
        {
          input: {
            name: 'test-prompt-unique',
            displayName: 'Test Prompt',
            instructions: 'You are a helpful assistant.',
            model,
            temperature: 0.7,
            tools: [{ webSearch: {} }],
          },
        },
      );
      expect(data.createPrompt.prompt).toMatchObject({
        name: 'test-prompt-unique',
        displayName: 'Test Prompt',
        temperature: 0.7,
        version: 1,
        tools: [{ type: 'web_search' }],
      });
    });

    it('lists prompts', async () => {
      const data = await graphql.data('{ prompts(first: 10) { nodes { name } } }');
      expect(data.prompts.nodes).toContainEqual({ name: 'test-prompt-unique' });
    });

    it('updates a prompt as a new version', async () => {
      const { createPrompt } = await graphql.data(
        `mutation { createPrompt(input: { name: "update-test", displayName: "Update Test", instructions: "Original instructions" }) { prompt { id } } }`,
      );
      const data = await graphql.data(
        `mutation ($input: UpdatePromptInput!) { updatePrompt(input: $input) { prompt { ${PROMPT} } userErrors { code } } }`,
        { input: { id: createPrompt.prompt.id, instructions: 'Updated instructions' } },
      );
      expect(data.updatePrompt.prompt).toMatchObject({
        instructions: 'Updated instructions',
        displayName: 'Update Test',
        version: 2,
      });
    });
  });
});
