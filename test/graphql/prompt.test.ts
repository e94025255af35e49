import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { createHttpClient } from './support/client.js';

let app: TestApp;
let http: ReturnType<typeof createHttpClient>;

beforeAll(async () => {
  app = await startTestApp();
  http = createHttpClient(app);
});
afterAll(() => app.stop());

const FIELDS = `id name displayName instructions model temperature variables version metadata
  tools { __typename type ... on FunctionTool { name parameters } ... on WebSearchTool { searchContextSize } }`;
const CREATE = `mutation Create($input: CreatePromptInput!) { createPrompt(input: $input) { prompt { ${FIELDS} } userErrors { code field } } }`;
const UPDATE = `mutation Update($input: UpdatePromptInput!) { updatePrompt(input: $input) { prompt { ${FIELDS} } userErrors { code field } } }`;
const ASK = `mutation Ask($prompt: PromptReferenceInput!) {
  createResponse(input: { prompt: $prompt, input: { text: "What are you?" } }) {
    response { instructions model promptVersion prompt { id name version } } userErrors { code field }
  }
}`;

describe('prompts', () => {
  it('keep every version, and responses say which one they used', async () => {
    const { prompt } = (
      await http.data(CREATE, {
        input: {
          name: 'guide',
          displayName: 'City guide',
          instructions: 'You show people around {{city}}.',
          model: 'local',
          temperature: 0.5,
          tools: [
            { function: { name: 'look_up', parameters: { type: 'object' } } },
            { webSearch: { searchContextSize: 'LOW' } },
          ],
          variables: { city: 'Lisbon' },
          metadata: { team: 'travel' },
        },
      })
    ).createPrompt;
    expect(prompt).toMatchObject({
      id: expect.stringMatching(/^pmpt_/),
      name: 'guide',
      displayName: 'City guide',
      temperature: 0.5,
      variables: { city: 'Lisbon' },
      version: 1,
      metadata: { team: 'travel' },
      tools: [
        { __typename: 'FunctionTool', type: 'function', name: 'look_up', parameters: { type: 'object' } },
        { __typename: 'WebSearchTool', type: 'web_search', searchContextSize: 'low' },
      ],
    });

    const second = (await http.data(UPDATE, { input: { id: prompt.id, instructions: 'You are {{city}} itself.' } }))
      .updatePrompt.prompt;
    expect(second).toMatchObject({
      version: 2,
      instructions: 'You are {{city}} itself.',
      displayName: 'City guide',
      temperature: 0.5,
    });
    const third = (await http.data(UPDATE, { input: { id: prompt.id, displayName: null } })).updatePrompt.prompt;
    expect(third).toMatchObject({ version: 3, displayName: null, instructions: 'You are {{city}} itself.' });

    const current = (await http.data(ASK, { prompt: { id: 'guide', variables: { city: 'Porto' } } })).createResponse;
    expect(current).toMatchObject({
      response: {
        instructions: 'You are Porto itself.',
        promptVersion: 3,
        prompt: { id: prompt.id, name: 'guide', version: 3 },
      },
      userErrors: [],
    });
    const older = (await http.data(ASK, { prompt: { id: prompt.id, version: 1 } })).createResponse;
    expect(older.response).toMatchObject({
      instructions: 'You show people around Lisbon.',
      promptVersion: 1,
      prompt: { version: 3 },
    });

    const VERSIONS = `query Versions($id: ID!, $first: Int, $after: String) {
      prompt(by: { id: $id }) { versions(first: $first, after: $after) { nodes { version instructions } pageInfo { hasNextPage endCursor } } }
    }`;
    const page = (await http.data(VERSIONS, { id: prompt.id, first: 2 })).prompt.versions;
    expect(page.nodes.map(({ version }: { version: number }) => version)).toEqual([3, 2]);
    const rest = (await http.data(VERSIONS, { id: prompt.id, after: page.pageInfo.endCursor })).prompt.versions;
    expect(rest.nodes).toEqual([{ version: 1, instructions: 'You show people around {{city}}.' }]);
    expect(rest.pageInfo.hasNextPage).toBe(false);
  });

  it('are found by name, listed and deleted', async () => {
    const { prompt } = (await http.data(CREATE, { input: { name: 'short-lived' } })).createPrompt;
    expect(prompt).toMatchObject({ tools: [], instructions: null, version: 1 });
    expect((await http.data(`{ prompt(by: { name: "short-lived" }) { id } }`)).prompt).toEqual({ id: prompt.id });
    expect((await http.data(`{ prompts { nodes { id } } }`)).prompts.nodes).toContainEqual({ id: prompt.id });
    const DELETE = `mutation Delete($id: ID!) { deletePrompt(id: $id) { deletedId userErrors { code } } }`;
    expect((await http.data(DELETE, { id: prompt.id })).deletePrompt).toEqual({ deletedId: prompt.id, userErrors: [] });
    expect((await http.run(`{ prompt(by: { name: "short-lived" }) { id } }`)).errors?.[0]?.extensions.code).toBe(
      'not_found',
    );
  });

  it('take an id where an id is asked for', async () => {
    await http.data(CREATE, { input: { name: 'named' } });
    for (const query of [
      `{ prompt(by: { id: "named" }) { id } }`,
      `mutation { deletePrompt(id: "named") { deletedId } }`,
    ])
      expect((await http.run(query)).errors?.[0]?.extensions.code).toBe('not_found');
  });

  it('tell a request which variable is missing', async () => {
    await http.data(CREATE, {
      input: { name: 'strict', model: 'local', instructions: 'Speak {{language}}.', variables: { language: null } },
    });
    expect((await http.data(ASK, { prompt: { id: 'strict' } })).createResponse).toEqual({
      response: null,
      userErrors: [{ code: 'missing_required_parameter', field: 'prompt.variables.language' }],
    });
  });
});
