import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

/** Answers that have to be JSON: what is promised is checked, whatever the upstream does. */
let upstream: Upstream;
let server: TestApp;
let client: OpenAI;
beforeAll(async () => {
  upstream = await startUpstream(({ body }) =>
    body?.model === 'slow-to-check' ? { text: JSON.stringify({ a: `${'a'.repeat(40)}!` }) } : undefined,
  );
  server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null } });
  client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, degrees: { type: 'integer', minimum: -90 } },
  required: ['city', 'degrees'],
  additionalProperties: false,
};
const format = (members: object = {}) => ({ type: 'json_schema', name: 'weather', schema, strict: true, ...members });
const create = (body: object) =>
  server.rest('POST', '/responses', { model: 'test-model', input: 'As JSON, please', ...body });
const answered = async (text: string, formatAsked: object, more: object = {}) => {
  upstream.enqueue({ text, ...more });
  return (await create({ text: { format: formatAsked } })).body;
};

describe('an answer', () => {
  it('that follows the schema completes, and the SDK parses it', async () => {
    upstream.enqueue({ text: '{"city":"Paris","degrees":21}' });
    const Weather = z.object({ city: z.string(), degrees: z.number().int() });
    const parsed = await client.responses.parse({
      model: 'test-model',
      input: 'How is it?',
      text: { format: zodTextFormat(Weather, 'weather') },
    });
    expect(parsed.output_parsed).toEqual({ city: 'Paris', degrees: 21 });
  });

  it.each([
    ['is no JSON', 'It is warm.', /not JSON/],
    ['lacks a property', '{"city":"Paris"}', /must have required property 'degrees'/],
    ['has one too many', '{"city":"Paris","degrees":1,"wind":2}', /must NOT have additional properties/],
    ['has a wrong value', '{"city":"Paris","degrees":-100}', /\/degrees must be >= -90/],
  ])('that %s fails the response; what was said is kept and paid', async (_what, text, message) => {
    const body = await answered(text, format());
    expect(body).toMatchObject({ status: 'failed', error: { code: 'server_error' } });
    expect(body.error.message).toMatch(message);
    expect(body.output[0].content[0].text).toBe(text);
    expect(body.usage.output_tokens).toBeGreaterThan(0);
    expect((await server.rest('GET', `/responses/${body.id}`)).body).toEqual(body);
  });

  it('is not checked where nothing was promised: strict is off, it was cut, it refuses, it calls', async () => {
    expect(await answered('warm', format({ strict: false }))).toMatchObject({ status: 'completed' });
    expect(await answered('{"ci', format(), { finishReason: 'length' })).toMatchObject({ status: 'incomplete' });
    expect(await answered('', format(), { refusal: 'No.' })).toMatchObject({ status: 'completed' });
    upstream.enqueue({ toolCalls: [{ name: 'look', arguments: '{}' }] });
    const { body } = await create({ text: { format: format() }, tools: [{ type: 'function', name: 'look' }] });
    expect(body).toMatchObject({ status: 'completed', output: [{ type: 'function_call' }] });
  });

  it('as json_object is any object', async () => {
    expect(await answered('{"a":[1]}', { type: 'json_object' })).toMatchObject({ status: 'completed' });
    expect(await answered('[1]', { type: 'json_object' })).toMatchObject({ status: 'failed' });
    expect(await answered('{"a":', { type: 'json_object' })).toMatchObject({ status: 'failed' });
  });

  it('ends a stream with response.failed, after everything that was said', async () => {
    upstream.enqueue({ text: 'warm' });
    const stream = await client.responses.create({
      model: 'test-model',
      input: 'Hello',
      stream: true,
      text: { format: { type: 'json_schema', name: 'weather', schema, strict: true } },
    });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types.slice(-2)).toEqual(['response.output_item.done', 'response.failed']);
  });
});

describe('a schema', () => {
  const nested = (depth: number): object =>
    Array.from({ length: depth }).reduce<object>((inner) => ({ type: 'array', items: inner }), { type: 'string' });
  const loose = { type: 'object', properties: { a: { type: 'string' } } };
  const inner = { type: 'object', properties: { deep: loose }, required: ['deep'], additionalProperties: false };

  it.each<[string, object, RegExp]>([
    ['whose root is no object', format({ schema: { type: 'array', items: {} } }), /must be of type 'object'/],
    ['that allows other properties', format({ schema: loose }), /'additionalProperties' must be supplied/],
    ['that allows them deep inside', format({ schema: inner }), /properties\.deep/],
    ['with an optional property', format({ schema: { ...loose, additionalProperties: false } }), /'a' is missing/],
    ['that is none', format({ schema: { type: 'text' }, strict: false }), /must be equal to one of the allowed values/],
    ['that refers to nowhere', format({ schema: { $ref: '#/$defs/x' }, strict: false }), /can't resolve reference/],
    ['that refers elsewhere', format({ schema: { $ref: 'http://127.0.0.1/s' }, strict: false }), /can't resolve/],
    ['with a broken pattern', format({ schema: { pattern: '(' }, strict: false }), /Invalid regular expression/],
    ['that is too deep', format({ schema: nested(105), strict: false }), /nested more than 100 levels/],
    [
      'that is too large',
      format({ schema: { enum: Array.from({ length: 30_000 }, String) }, strict: false }),
      /20000 values/,
    ],
  ])('%s is refused', async (_what, formatAsked, message) => {
    const { status, body } = await create({ text: { format: formatAsked } });
    expect({ status, error: body.error }).toMatchObject({
      status: 400,
      error: { code: 'invalid_json_schema', param: 'text.format.schema', type: 'invalid_request_error' },
    });
    expect(body.error.message).toMatch(message);
  });

  it.each<[string, object]>([
    ['of an older draft', { $schema: 'http://json-schema.org/draft-07/schema#', type: 'array', items: [{}] }],
    ['that refers to itself', { type: 'object', properties: { next: { $ref: '#' } } }],
    ['with words of its own', { type: 'object', 'x-order': 1, format: 'made-up' }],
  ])('%s is taken when it is not strict', async (_what, taken) => {
    const { body } = await create({ text: { format: format({ schema: taken, strict: false }) } });
    expect(body.status).toBe('completed');
  });

  it('of a function is checked too', async () => {
    for (const fn of [
      { parameters: { type: 'array' } },
      { parameters: loose, strict: true },
      { parameters: { enum: Array.from({ length: 30_000 }, String) } },
    ]) {
      const { body } = await create({ tools: [{ type: 'function', name: 'f', ...fn }] });
      expect(body.error).toMatchObject({ code: 'invalid_function_parameters', param: 'tools[0].parameters' });
    }
    const { body } = await create({ tools: [{ type: 'function', name: 'f', parameters: loose }] });
    expect(body.tools[0].strict).toBe(false);
  });

  it('over GraphQL is refused at its place in the input', async () => {
    const query = `mutation ($input: CreateResponseInput!) { createResponse(input: $input) { userErrors { code field } } }`;
    const input = {
      model: 'test-model',
      input: { text: 'x' },
      text: { format: { jsonSchema: { name: 'n', schema: loose, strict: true } } },
    };
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { input } }),
    });
    expect(await answer.json()).toMatchObject({
      data: {
        createResponse: { userErrors: [{ code: 'invalid_json_schema', field: 'text.format.jsonSchema.schema' }] },
      },
    });
  });
});

it('json_object without a word of JSON is refused', async () => {
  const { status, body } = await create({ input: 'Hello', text: { format: { type: 'json_object' } } });
  expect({ status, error: body.error }).toMatchObject({ status: 400, error: { param: 'input', code: null } });
  expect(
    (await create({ input: 'Hello', instructions: 'Write json.', text: { format: { type: 'json_object' } } })).body
      .error,
  ).not.toMatchObject({ param: 'input' });
});

describe('hostile schemas', () => {
  const catastrophic = {
    type: 'object',
    properties: { a: { type: 'string', pattern: '^(a+)+$' } },
    required: ['a'],
    additionalProperties: false,
  };
  const endless = { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } };
  const wide = {
    anyOf: Array.from({ length: 4000 }, (_, n) => ({ properties: { [`p${n}`]: { pattern: `^(x${n}+)+$` } } })),
  };

  it('end in bounded time while everybody else goes on', async () => {
    const ended: string[] = [];
    const createAs = async (name: string, body: object) => {
      const answer = await create(body);
      ended.push(name);
      return answer;
    };
    const [pattern, loop, many, other] = await Promise.all([
      createAs('pattern', { model: 'slow-to-check', text: { format: format({ schema: catastrophic }) } }),
      createAs('loop', { text: { format: format({ schema: endless, strict: false }) } }),
      createAs('many', { text: { format: format({ schema: wide, strict: false }) } }),
      createAs('other', { input: 'Hello' }),
    ]);
    expect(pattern.body.status).toBe('failed');
    expect(pattern.body.error.message).toMatch(/takes too long/);
    expect([200, 400]).toContain(loop.status);
    expect([200, 400]).toContain(many.status);
    expect(other.status).toBe(200);
    // Matching here would have stalled it, too: for hours, if nothing stopped it.
    expect(ended.indexOf('other')).toBeLessThan(ended.indexOf('pattern'));
  });
});
