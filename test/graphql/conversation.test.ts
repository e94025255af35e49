import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { startTestApp, type TestApp } from '../support/app.js';
import { createHttpClient } from './support/client.js';

let app: TestApp;
let http: ReturnType<typeof createHttpClient>;

beforeAll(async () => {
  app = await startTestApp();
  http = createHttpClient(app);
});
afterAll(() => app.stop());

const CREATE = `mutation Create($input: CreateConversationInput!) {
  createConversation(input: $input) { conversation { id createdAt metadata items { nodes { id type } } } userErrors { code field } }
}`;
const ADD = `mutation Add($id: ID!, $items: [InputItem!]!) {
  addConversationItems(input: { conversationId: $id, items: $items }) {
    conversation { id } items { __typename id ... on Message { role text } } userErrors { code field }
  }
}`;
const ITEMS = `query Items($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  conversation(id: $id) {
    items(first: $first, after: $after, last: $last, before: $before) {
      edges { cursor } nodes { id ... on Message { text } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}`;
const ASK = `mutation Ask($id: ID!, $text: String!) {
  createResponse(input: { model: "local", conversationId: $id, input: { text: $text } }) {
    response { id outputText conversation { id } } userErrors { code field }
  }
}`;

const message = (text: string, role = 'USER') => ({ message: { role, content: { text } } });
const createConversation = async (input: object = {}) =>
  (await http.data(CREATE, { input })).createConversation.conversation;

describe('conversations', () => {
  it('are created with items and metadata, changed and deleted', async () => {
    const created = await createConversation({
      items: [message('Hi.'), message('Hello!', 'ASSISTANT')],
      metadata: { topic: 'a' },
    });
    expect(created).toMatchObject({
      id: expect.stringMatching(/^conv_/),
      metadata: { topic: 'a' },
      items: { nodes: [{ type: 'message' }, { type: 'message' }] },
    });
    const { updateConversation } = await http.data(
      `mutation Update($id: ID!) { updateConversation(input: { id: $id, metadata: { topic: "b" } }) { conversation { metadata } userErrors { code } } }`,
      { id: created.id },
    );
    expect(updateConversation).toEqual({ conversation: { metadata: { topic: 'b' } }, userErrors: [] });
    const { deleteConversation } = await http.data(
      `mutation Delete($id: ID!) { deleteConversation(id: $id) { deletedId userErrors { code } } }`,
      { id: created.id },
    );
    expect(deleteConversation).toEqual({ deletedId: created.id, userErrors: [] });
    expect((await http.run(ITEMS, { id: created.id })).errors?.[0]?.extensions.code).toBe('not_found');
  });

  it('give added items back in order, and page through them', async () => {
    const { id } = await createConversation();
    const { addConversationItems } = await http.data(ADD, {
      id,
      items: ['a', 'b', 'c', 'd', 'e'].map((text) => message(text)),
    });
    expect(addConversationItems).toMatchObject({ conversation: { id }, userErrors: [] });
    expect(addConversationItems.items.map(({ text }: { text: string }) => text)).toEqual(['a', 'b', 'c', 'd', 'e']);

    const page = async (args: object) => {
      const { items } = (await http.data(ITEMS, { id, ...args })).conversation;
      return { texts: items.nodes.map(({ text }: { text: string }) => text).join(''), ...items.pageInfo };
    };
    const first = await page({ first: 2 });
    expect(first).toMatchObject({ texts: 'ab', hasNextPage: true, hasPreviousPage: false });
    const second = await page({ first: 2, after: first.endCursor });
    expect(second).toMatchObject({ texts: 'cd', hasNextPage: true, hasPreviousPage: true });
    expect(await page({ last: 2, before: second.startCursor })).toMatchObject({ texts: 'ab', hasPreviousPage: false });
    expect(await page({ last: 2 })).toMatchObject({ texts: 'de', hasNextPage: false });
    const { errors } = await http.run(ITEMS, { id, after: 'msg_00000000000000000000000000000000' });
    expect(errors).toMatchObject([{ extensions: { code: 'invalid_value', param: 'after' } }]);
  });

  it('lose an item that is taken out', async () => {
    const { id, items } = await createConversation({ items: [message('stays'), message('goes')] });
    const { deleteConversationItem } = await http.data(
      `mutation Delete($id: ID!, $item: ID!) {
        deleteConversationItem(conversationId: $id, itemId: $item) { deletedId conversation { items { nodes { ... on Message { text } } } } }
      }`,
      { id, item: items.nodes[1].id },
    );
    expect(deleteConversationItem).toEqual({
      deletedId: items.nodes[1].id,
      conversation: { items: { nodes: [{ text: 'stays' }] } },
    });
  });

  it('remember what was said in them, and list their responses', async () => {
    const { id } = await createConversation();
    const first = (await http.data(ASK, { id, text: 'My name is Alice.' })).createResponse;
    const second = (await http.data(ASK, { id, text: 'What is my name?' })).createResponse;
    expect(second).toMatchObject({
      response: { conversation: { id }, outputText: expect.stringContaining('Alice') },
      userErrors: [],
    });
    const { conversation } = await http.data(
      `query Read($id: ID!) { conversation(id: $id) { items { nodes { ... on Message { role text } } } responses { nodes { id } } } }`,
      { id },
    );
    expect(conversation.items.nodes).toEqual([
      { role: 'USER', text: 'My name is Alice.' },
      { role: 'ASSISTANT', text: first.response.outputText },
      { role: 'USER', text: 'What is my name?' },
      { role: 'ASSISTANT', text: second.response.outputText },
    ]);
    expect(conversation.responses.nodes).toEqual([{ id: second.response.id }, { id: first.response.id }]);
  });

  it('let one run write at a time: the other is told so', async () => {
    const { id } = await createConversation();
    const { createResponse } = await http.data(
      `mutation Hold($id: ID!) { createResponse(input: { model: "local-script", conversationId: $id, background: true, input: { text: "@stall" } }) { response { id } } }`,
      { id },
    );
    expect((await http.data(ASK, { id, text: 'Me too.' })).createResponse).toEqual({
      response: null,
      userErrors: [{ code: 'conversation_locked', field: 'conversationId' }],
    });
    await http.data(`mutation Cancel($id: ID!) { cancelResponse(id: $id) { response { status } } }`, {
      id: createResponse.response.id,
    });
  });

  it('say which item of the input is wrong', async () => {
    const { id } = await createConversation();
    const items = [message('fine'), { json: { type: 'message', role: 'nobody', content: 'x' } }];
    expect((await http.data(ADD, { id, items })).addConversationItems).toEqual({
      conversation: null,
      items: [],
      userErrors: [{ code: 'invalid_value', field: 'items[1].json.role' }],
    });
    expect((await http.data(ADD, { id, items: [] })).addConversationItems.userErrors).toEqual([
      { code: 'empty_array', field: 'items' },
    ]);
  });
});

describe('look-ups per row', () => {
  it('a list of 50 responses with their text and conversation takes three statements', async () => {
    const conversations = await Promise.all(Array.from({ length: 10 }, () => createConversation()));
    await Promise.all(
      conversations.map(async ({ id }) => {
        for (let n = 0; n < 5; n += 1) await http.data(ASK, { id, text: `Question ${n}` });
      }),
    );
    const LIST = `{ responses(first: 50) { nodes { id outputText conversation { id metadata } } } }`;
    await http.data(LIST);
    const statements: string[] = [];
    const query = pg.Client.prototype.query;
    const spy = jest.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
      this: pg.Client,
      ...args: unknown[]
    ) {
      const [first] = args;
      const text = typeof first === 'string' ? first : String((first as { text?: string }).text);
      if (/\b(responses|conversations|items|prompts)\b/.test(text) && !/\bruns\b/.test(text)) statements.push(text);
      return Reflect.apply(query, this, args);
    } as never);
    const { responses } = await http.data(LIST);
    spy.mockRestore();
    expect(responses.nodes).toHaveLength(50);
    expect(
      new Set(responses.nodes.map(({ conversation }: { conversation: { id: string } }) => conversation.id)).size,
    ).toBe(10);
    expect(responses.nodes.every(({ outputText }: { outputText: string }) => outputText !== '')).toBe(true);
    expect(statements).toHaveLength(3);
  });
});
