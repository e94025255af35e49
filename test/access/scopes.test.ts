import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allScopes } from '../../src/domain/scope.js';
import { operations } from '../../src/services/access/operations.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { graphqlCalls, restCalls } from './support/every-operation.js';

let server: TestApp;
beforeAll(async () => {
  server = await startTestApp();
});
afterAll(() => server.stop());

const calls = [...restCalls(), ...graphqlCalls()];

describe('scopes', () => {
  it('the table has a row for every operation, and no other', () => {
    expect(new Set(calls.map(({ operation }) => operation))).toEqual(new Set(Object.keys(operations)));
  });

  it('what reads takes a scope to read, what writes one to write, and administration its own', () => {
    const odd = calls.filter(({ operation, isWrite }) => {
      const scope = operations[operation as keyof typeof operations];
      return scope?.includes(':') === true && scope.endsWith(isWrite ? ':read' : ':write');
    });
    // A search and a count are asked with a body, and change nothing.
    expect(new Set(odd.map(({ operation }) => operation))).toEqual(new Set(['searchVectorStores', 'inputTokens']));
  });

  it.each(allScopes)('a key with %s alone may do what it says, and nothing else', async (scope) => {
    const key = await server.createKey({ scopes: [scope] });
    const wrong: string[] = [];
    for (const { title, operation, run } of calls) {
      const needed: string | null = operations[operation as keyof typeof operations];
      const mayRun =
        needed === null ||
        needed === scope ||
        (needed === 'admin' && scope === 'operator') ||
        needed.split(':')[1] === scope;
      const { status, code, message } = await run(server, key);
      const isRefused = status === 403 && message?.includes('lacks the scope') === true;
      if (isRefused === mayRun) wrong.push(`${title}: ${status} ${code}`);
      if (isRefused && message !== `This key lacks the scope '${needed}'.`) wrong.push(`${title}: ${message}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('a graph reaches no further than its key', () => {
  const ask = async (key: string, query: string) => {
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return (await answer.json()) as { data: Record<string, unknown>; errors?: { extensions: { code: string } }[] };
  };

  it('from a response to its conversation, its prompt, what came before it and what it was asked', async () => {
    const { body: conversation } = await server.rest('POST', '/conversations', {});
    const { body: response } = await server.rest('POST', '/responses', {
      model: 'local-script',
      input: 'say:hi',
      conversation: conversation.id,
    });
    const reader = await server.createKey({ scopes: ['responses:read'] });
    const own = await ask(reader, `{ response(id: "${response.id}") { id inputItems { nodes { id } } } }`);
    expect(own.errors).toBeUndefined();
    const far = await ask(reader, `{ response(id: "${response.id}") { id conversation { id } } }`);
    expect(far.data).toEqual({ response: { id: response.id, conversation: null } });
    expect(far.errors?.[0]?.extensions.code).toBe('permission_denied');
    const back = await server.createKey({ scopes: ['conversations:read'] });
    const list = await ask(
      back,
      `{ conversation(id: "${conversation.id}") { items { nodes { id } } responses { nodes { id } } } }`,
    );
    expect(list.errors?.map(({ extensions }) => extensions.code)).toEqual(['permission_denied']);
  });

  it('a key that may only write does not read by writing', async () => {
    const writer = await server.createKey({ scopes: ['write'] });
    const first = await ask(
      writer,
      'mutation { createResponse(input: { model: "local-script", input: { text: "say:hi" } }) { response { id outputText } } }',
    );
    const { id, outputText } = (first.data as { createResponse: { response: { id: string; outputText: string } } })
      .createResponse.response;
    expect(outputText).toBe('Done.');
    const second = await ask(
      writer,
      `mutation { createResponse(input: { model: "local-script", input: { text: "say:hi" }, previousResponseId: "${id}" }) { response { inputItems { nodes { id } } } } }`,
    );
    expect(second.errors?.[0]?.extensions.code).toBe('permission_denied');
    const third = await ask(writer, `{ node(id: "${id}") { id } }`);
    expect(third.errors?.[0]?.extensions.code).toBe('permission_denied');
  });
});
