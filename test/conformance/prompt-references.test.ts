import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';

/** What a request says of a prompt is honoured, or refused by name. */
let server: TestApp;
let id: string;
beforeAll(async () => {
  server = await startTestApp();
  const made = await server.rest('POST', '/prompts', {
    name: 'guide',
    model: 'local',
    instructions: 'Speak {{language}} about {{ topic }}.',
    variables: { language: 'English', tone: 'kind' },
  });
  id = made.body.id;
});
afterAll(() => server.stop());

const ask = (prompt: object) => server.rest('POST', '/responses', { input: 'Hello', prompt });

it('fills variables by value, by part and by default', async () => {
  const { body } = await ask({ id: 'guide', variables: { topic: { type: 'input_text', text: 'trees' }, tone: 'dry' } });
  expect(body).toMatchObject({ instructions: 'Speak English about trees.', prompt: { id, version: '1' } });
});

describe('refuses', () => {
  it.each<[string, object, number, string | null, string]>([
    ['an unknown prompt', { id: 'nobody' }, 404, null, 'prompt.id'],
    ['an unknown version', { id: 'guide', version: '7' }, 404, null, 'prompt.version'],
    ['a missing variable', { id: 'guide' }, 400, 'missing_required_parameter', 'prompt.variables.topic'],
    [
      'an undeclared one',
      { id: 'guide', variables: { topic: 'x', mood: 'y' } },
      400,
      'unknown_parameter',
      'prompt.variables.mood',
    ],
    ['one of no type', { id: 'guide', variables: { topic: 5 } }, 400, 'invalid_type', 'prompt.variables.topic'],
    [
      'an image as one',
      { id: 'guide', variables: { topic: { type: 'input_image', image_url: 'https://example.com/a.png' } } },
      400,
      'unsupported_value',
      'prompt.variables.topic',
    ],
  ])('%s', async (_what, prompt, status, code, param) => {
    const answer = await ask(prompt);
    expect({ status: answer.status, error: answer.body.error }).toMatchObject({ status, error: { code, param } });
  });

  it('an update that changes nothing, over both doors, and writes no version', async () => {
    for (const body of [{}, { instruction: 'misspelt' }]) {
      const answer = await server.rest('PUT', `/prompts/${id}`, body);
      expect({ status: answer.status, code: answer.body.error.code }).toEqual({
        status: 400,
        code: 'missing_required_parameter',
      });
    }
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `mutation Nothing($id: ID!) { updatePrompt(input: { id: $id }) { prompt { id } userErrors { code } } }`,
        variables: { id },
      }),
    });
    expect(await answer.json()).toMatchObject({
      data: { updatePrompt: { prompt: null, userErrors: [{ code: 'missing_required_parameter' }] } },
    });
    expect((await server.rest('GET', `/prompts/${id}`)).body.version).toBe(1);
  });
});
