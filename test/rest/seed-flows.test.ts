import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';

/** The 14 flows of the seed contract, each as it was asked for. Their GraphQL twins: test/graphql/seed-flows.test.ts. */
describe('seed flows over REST', () => {
  let server: TestApp;
  beforeAll(async () => {
    server = await startTestApp();
  });
  afterAll(() => server.stop());

  const model = 'gpt-oss-120b';

  describe('responses', () => {
    it('creates a basic response', async () => {
      const { status, body } = await server.rest('POST', '/responses', {
        model,
        input: 'Hello, how are you?',
        instructions: 'You are a helpful assistant.',
        store: true,
      });
      expect(status).toBe(200);
      expect(body).toMatchObject({ object: 'response', status: 'completed', model: 'local-extractive-1' });
      expect(body.id).toMatch(/^resp_/);
      expect(body.output.length).toBeGreaterThan(0);
      expect(body.usage.total_tokens).toBeGreaterThan(0);
    });

    it('completes with file_search and no vector store', async () => {
      const { status, body } = await server.rest('POST', '/responses', {
        model,
        input: 'What is in the knowledge base about AI?',
        tools: [{ type: 'file_search' }],
        store: true,
      });
      expect(status).toBe(200);
      expect(body.status).toBe('completed');
      expect(body.output.map((item: { type: string }) => item.type)).toEqual(['file_search_call', 'message']);
    });

    it('answers a search over several named stores with completed or failed', async () => {
      const { status, body } = await server.rest('POST', '/responses', {
        model,
        input: 'Search across all knowledge bases',
        tools: [{ type: 'file_search', vector_store_ids: ['kb1', 'kb2', 'kb3'] }],
        store: true,
      });
      expect(status).toBe(200);
      expect(['completed', 'failed']).toContain(body.status);
    });

    it('chains responses, and the model knows the whole history', async () => {
      const first = await server.rest('POST', '/responses', { model, input: 'My name is Alice.', store: true });
      expect(first.status).toBe(200);
      const second = await server.rest('POST', '/responses', {
        model,
        input: 'What is my name?',
        previous_response_id: first.body.id,
        store: true,
      });
      expect(second.status).toBe(200);
      expect(second.body.previous_response_id).toBe(first.body.id);
      expect(second.body.output[0].content[0].text).toContain('My name is Alice.');
    });

    it('gives a stored response back', async () => {
      const created = await server.rest('POST', '/responses', { model, input: 'Test message', store: true });
      const { status, body } = await server.rest('GET', `/responses/${created.body.id}`);
      expect(status).toBe(200);
      expect(body).toEqual(created.body);
    });

    it('uses a prompt named in the request', async () => {
      const prompt = await server.rest('POST', '/prompts', {
        name: 'test-agent',
        display_name: 'Test Agent',
        instructions: 'You are a test assistant.',
        model,
        tools: [{ type: 'web_search' }],
      });
      expect(prompt.status).toBe(201);
      const { status, body } = await server.rest('POST', '/responses', {
        model,
        input: 'Hello',
        prompt: { id: 'test-agent' },
        store: true,
      });
      expect(status).toBe(200);
      expect(body.status).toBe('completed');
      expect(body.prompt).toEqual({ id: prompt.body.id, version: '1', variables: {} });
      expect(body.instructions).toBe('You are a test assistant.');
    });

    it('answers an unreasonably large max_tokens with 200 or 429', async () => {
      const { status, body } = await server.rest('POST', '/responses', {
        model,
        input: 'Generate a very long response',
        max_tokens: 100_000,
        store: true,
      });
      expect(status).toBe(200);
      expect(body.max_output_tokens).toBe(100_000);
    });

    it('streams when the query says so', async () => {
      const answer = await fetch(`${server.url}/api/v1/responses?stream=true`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, input: 'Count from 1 to 5', store: false }),
      });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      const lines = (await answer.text()).split('\n').filter((line) => line.startsWith('data:'));
      expect(lines.at(-1)).toBe('data: [DONE]');
      const deltas = lines.flatMap((line) => {
        const event = line === 'data: [DONE]' ? {} : JSON.parse(line.slice(5));
        return event.type === 'response.output_text.delta' ? [event.delta] : [];
      });
      expect(deltas.join('')).toBe('1, 2, 3, 4, 5');
    });
  });

  describe('conversations', () => {
    it('creates a conversation', async () => {
      const { status, body } = await server.rest('POST', '/conversations', {});
      expect(status).toBe(201);
      expect(body).toMatchObject({ object: 'conversation', items: [] });
      expect(body.id).toMatch(/^conv_/);
    });

    it('lists conversations', async () => {
      const created = await server.rest('POST', '/conversations', {});
      const { status, body } = await server.rest('GET', '/conversations');
      expect(status).toBe(200);
      expect(body.object).toBe('list');
      expect(body.data[0].id).toBe(created.body.id);
    });

    it('adds items to a conversation', async () => {
      const created = await server.rest('POST', '/conversations', {});
      const { status, body } = await server.rest('POST', `/conversations/${created.body.id}/items`, {
        items: [{ type: 'message', role: 'user', content: 'Hello' }],
      });
      expect(status).toBe(200);
      expect(body.items).toHaveLength(1);
      expect(body).toMatchObject({ object: 'list', data: body.items, first_id: body.items[0].id, has_more: false });
    });
  });

  describe('prompts', () => {
    it('creates a prompt', async () => {
      const { status, body } = await server.rest('POST', '/prompts', {
        name: 'test-prompt-unique',
        display_name: 'Test Prompt',
        instructions: 'You are a helpful assistant.',
        model,
        temperature: 0.7,
        tools: [{ type: 'web_search' }],
      });
      expect(status).toBe(201);
      expect(body).toMatchObject({
        name: 'test-prompt-unique',
        display_name: 'Test Prompt',
        temperature: 0.7,
        version: 1,
      });
    });

    it('lists prompts', async () => {
      const { status, body } = await server.rest('GET', '/prompts');
      expect(status).toBe(200);
      expect(body.object).toBe('list');
      expect(body.data.map((prompt: { name: string }) => prompt.name)).toContain('test-prompt-unique');
    });

    it('updates a prompt as a new version', async () => {
      const created = await server.rest('POST', '/prompts', {
        name: 'update-test',
        display_name: 'Update Test',
        instructions: 'Original instructions',
        model,
      });
      const { status, body } = await server.rest('PUT', `/prompts/${created.body.id}`, {
        instructions: 'Updated instructions',
      });
      expect(status).toBe(200);
      expect(body).toMatchObject({ instructions: 'Updated instructions', display_name: 'Update Test', version: 2 });
    });
  });
});
