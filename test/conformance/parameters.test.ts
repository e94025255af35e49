import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CreateResponseBody } from '../../src/services/responses/create-response.schema.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

/** Every parameter of `POST /responses`: what of it reaches the upstream, what the response shows, which values are refused. */
let upstream: Upstream;
let server: TestApp;
beforeAll(async () => {
  upstream = await startUpstream();
  server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null } });
});
afterAll(async () => {
  await server.stop();
  await upstream.close();
});

type Members = Record<string, unknown>;

interface Row {
  /** What a REST body carries beside `model` and `input`. */
  send: Members;
  /** The same as a GraphQL input. */
  graphql: Members;
  /** Members of the upstream's chat body; undefined: it must not be there. */
  upstream?: Members;
  /** Members of the response object. */
  shows?: Members;
  /** Bad values of REST: the body's members, the code, the param. */
  bad?: [Members, string | null, string][];
}

const fn = (name: string) => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
});
const two = [fn('look'), fn('ask')];
const gqlTwo = two.map(({ type: _type, ...rest }) => ({ function: rest }));
const schema = {
  type: 'object',
  properties: { n: { type: 'integer' } },
  required: ['n'],
  additionalProperties: false,
};
const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']));
const toolNames = (names: string[]) =>
  names.map((name) => expect.objectContaining({ function: expect.objectContaining({ name }) }));

const ROWS: Record<string, Row[]> = {
  model: [
    {
      send: { model: 'another-model' },
      graphql: { model: 'another-model' },
      upstream: { model: 'another-model' },
      shows: { model: 'another-model' },
      bad: [
        [{ model: 7 }, 'invalid_type', 'model'],
        [{ model: '' }, 'empty_string', 'model'],
        [{ model: undefined }, 'missing_required_parameter', 'model'],
      ],
    },
  ],
  input: [
    {
      send: {
        input: [
          { role: 'developer', content: 'Be brief.' },
          { role: 'user', content: 'Hi' },
        ],
      },
      graphql: {
        input: {
          items: [
            { message: { role: 'DEVELOPER', content: { text: 'Be brief.' } } },
            { message: { content: { text: 'Hi' } } },
          ],
        },
      },
      upstream: {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hi' },
        ],
      },
      bad: [
        [{ input: undefined }, 'missing_required_parameter', 'input'],
        [{ input: null }, 'missing_required_parameter', 'input'],
        [{ input: [] }, 'empty_array', 'input'],
        [{ input: [{ type: 'message', role: 'judge', content: 'x' }] }, 'invalid_value', 'input[0].role'],
        [{ input: [{ type: 'function_call_output', call_id: 'c1', output: 'x' }] }, null, 'input'],
        [{ input: [{ type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' }] }, null, 'input'],
      ],
    },
    { send: { input: '' }, graphql: { input: { text: '' } }, upstream: { messages: [{ role: 'user', content: '' }] } },
  ],
  instructions: [
    {
      send: { instructions: 'Be brief.' },
      graphql: { instructions: 'Be brief.' },
      upstream: {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hello' },
        ],
      },
      shows: { instructions: 'Be brief.' },
      bad: [[{ instructions: 1 }, 'invalid_type', 'instructions']],
    },
  ],
  previous_response_id: [
    {
      send: { previous_response_id: null },
      graphql: { previousResponseId: null },
      shows: { previous_response_id: null },
      bad: [
        [{ previous_response_id: 'resp_nothing' }, 'previous_response_not_found', 'previous_response_id'],
        [{ previous_response_id: `resp_${'0'.repeat(32)}` }, 'previous_response_not_found', 'previous_response_id'],
        [
          { previous_response_id: 'resp_1', conversation: 'conv_1' },
          'mutually_exclusive_parameters',
          'previous_response_id',
        ],
      ],
    },
  ],
  conversation: [
    {
      send: { conversation: null },
      graphql: { conversationId: null },
      shows: { conversation: null },
      bad: [[{ conversation: 5 }, 'invalid_type', 'conversation']],
    },
  ],
  prompt: [
    {
      send: { prompt: null },
      graphql: { prompt: null },
      shows: { prompt: null },
      bad: [[{ prompt: {} }, 'missing_required_parameter', 'prompt.id']],
    },
  ],
  tools: [
    {
      send: { tools: two },
      graphql: { tools: gqlTwo },
      upstream: { tools: toolNames(['look', 'ask']), parallel_tool_calls: true },
      shows: { tools: two.map((tool) => ({ ...tool, strict: true, description: null })) },
      bad: [
        [{ tools: [{ type: 'function', name: 'a b' }] }, 'invalid_value', 'tools[0].name'],
        [{ tools: [{ type: 'teleport' }] }, 'invalid_value', 'tools[0].type'],
        [{ tools: [fn('f'), fn('f')] }, 'invalid_value', 'tools[1].name'],
      ],
    },
  ],
  tool_choice: [
    {
      send: { tools: two, tool_choice: 'none' },
      graphql: { tools: gqlTwo, toolChoice: { mode: 'NONE' } },
      upstream: { tool_choice: 'none' },
      shows: { tool_choice: 'none' },
      bad: [
        [{ tool_choice: 'some' }, 'invalid_value', 'tool_choice'],
        [{ tool_choice: 'required' }, 'invalid_value', 'tool_choice'],
        [{ tool_choice: { type: 'function', name: 'f' } }, 'invalid_value', 'tool_choice'],
        [{ tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [] } }, 'empty_array', 'tool_choice.tools'],
        [{ tool_choice: { type: 'allowed_tools', mode: 'maybe', tools: [{}] } }, 'invalid_value', 'tool_choice.mode'],
      ],
    },
    {
      send: { tools: two, tool_choice: 'required' },
      graphql: { tools: gqlTwo, toolChoice: { mode: 'REQUIRED' } },
      upstream: { tool_choice: 'required' },
      shows: { tool_choice: 'required' },
    },
    {
      send: { tools: two, tool_choice: { type: 'function', name: 'look' } },
      graphql: { tools: gqlTwo, toolChoice: { function: 'look' } },
      upstream: { tool_choice: { type: 'function', function: { name: 'look' } } },
      shows: { tool_choice: { type: 'function', name: 'look' } },
    },
    {
      send: {
        tools: two,
        tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'ask' }] },
      },
      graphql: {
        tools: gqlTwo,
        toolChoice: {
          json: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'ask' }] },
        },
      },
      upstream: { tools: toolNames(['ask']), tool_choice: 'required' },
      shows: {
        tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'ask' }] },
      },
    },
    {
      send: { tools: [{ type: 'web_search' }], tool_choice: { type: 'web_search_preview' } },
      graphql: { tools: [{ webSearch: {} }], toolChoice: { json: { type: 'web_search_preview' } } },
      shows: { tool_choice: { type: 'web_search_preview' } },
    },
  ],
  parallel_tool_calls: [
    {
      send: { tools: two, parallel_tool_calls: false },
      graphql: { tools: gqlTwo, parallelToolCalls: false },
      upstream: { parallel_tool_calls: false },
      shows: { parallel_tool_calls: false },
      bad: [[{ parallel_tool_calls: 'no' }, 'invalid_type', 'parallel_tool_calls']],
    },
  ],
  max_tool_calls: [
    {
      send: { max_tool_calls: 3 },
      graphql: { maxToolCalls: 3 },
      shows: { max_tool_calls: 3 },
      bad: [
        [{ max_tool_calls: 0 }, 'integer_below_min_value', 'max_tool_calls'],
        [{ max_tool_calls: 1.5 }, 'invalid_type', 'max_tool_calls'],
      ],
    },
  ],
  max_output_tokens: [
    {
      send: { max_output_tokens: 16 },
      graphql: { maxOutputTokens: 16 },
      upstream: { max_tokens: 16 },
      shows: { max_output_tokens: 16 },
      bad: [
        [{ max_output_tokens: 15 }, 'integer_below_min_value', 'max_output_tokens'],
        [{ max_output_tokens: 20, max_tokens: 30 }, 'mutually_exclusive_parameters', 'max_tokens'],
      ],
    },
  ],
  max_tokens: [
    {
      send: { max_tokens: 16 },
      graphql: { maxOutputTokens: 16 },
      upstream: { max_tokens: 16 },
      shows: { max_output_tokens: 16 },
      bad: [[{ max_tokens: 1 }, 'integer_below_min_value', 'max_tokens']],
    },
  ],
  temperature: [
    {
      send: { temperature: 0.25 },
      graphql: { temperature: 0.25 },
      upstream: { temperature: 0.25 },
      shows: { temperature: 0.25 },
      bad: [
        [{ temperature: 2.1 }, 'decimal_above_max_value', 'temperature'],
        [{ temperature: -1 }, 'decimal_below_min_value', 'temperature'],
      ],
    },
    { send: {}, graphql: {}, upstream: { temperature: undefined }, shows: { temperature: 1 } },
  ],
  top_p: [
    {
      send: { top_p: 0.5 },
      graphql: { topP: 0.5 },
      upstream: { top_p: 0.5 },
      shows: { top_p: 0.5 },
      bad: [[{ top_p: 1.5 }, 'decimal_above_max_value', 'top_p']],
    },
  ],
  top_logprobs: [
    {
      send: { top_logprobs: 3 },
      graphql: { topLogprobs: 3 },
      upstream: { logprobs: true, top_logprobs: 3 },
      shows: { top_logprobs: 3 },
      bad: [
        [{ top_logprobs: 21 }, 'integer_above_max_value', 'top_logprobs'],
        [{ top_logprobs: -1 }, 'integer_below_min_value', 'top_logprobs'],
      ],
    },
    { send: {}, graphql: {}, upstream: { logprobs: undefined, top_logprobs: undefined }, shows: { top_logprobs: 0 } },
  ],
  presence_penalty: [
    {
      send: { presence_penalty: -1 },
      graphql: { presencePenalty: -1 },
      upstream: { presence_penalty: -1 },
      shows: { presence_penalty: -1 },
      bad: [[{ presence_penalty: 3 }, 'decimal_above_max_value', 'presence_penalty']],
    },
  ],
  frequency_penalty: [
    {
      send: { frequency_penalty: 1.5 },
      graphql: { frequencyPenalty: 1.5 },
      upstream: { frequency_penalty: 1.5 },
      shows: { frequency_penalty: 1.5 },
      bad: [[{ frequency_penalty: -3 }, 'decimal_below_min_value', 'frequency_penalty']],
    },
  ],
  text: [
    {
      send: { text: { verbosity: 'low' } },
      graphql: { text: { verbosity: 'LOW' } },
      upstream: { verbosity: 'low', response_format: undefined },
      shows: { text: { format: { type: 'text' }, verbosity: 'low' } },
      bad: [
        [{ text: { verbosity: 'loud' } }, 'invalid_value', 'text.verbosity'],
        [{ text: { format: { type: 'xml' } } }, 'invalid_value', 'text.format.type'],
        [{ text: { format: { type: 'json_schema', schema } } }, 'missing_required_parameter', 'text.format.name'],
        [{ text: { format: { type: 'json_schema', name: 'a b', schema } } }, 'invalid_value', 'text.format.name'],
        [{ text: { format: { type: 'json_schema', name: 'n' } } }, 'missing_required_parameter', 'text.format.schema'],
      ],
    },
    {
      send: { text: { format: { type: 'json_schema', name: 'n', schema } } },
      graphql: { text: { format: { jsonSchema: { name: 'n', schema } } } },
      upstream: { response_format: { type: 'json_schema', json_schema: { name: 'n', schema } }, verbosity: undefined },
      shows: { text: { format: { type: 'json_schema', name: 'n', schema }, verbosity: 'medium' } },
    },
  ],
  reasoning: [
    {
      send: { reasoning: { effort: 'low', summary: 'auto' } },
      graphql: { reasoning: { effort: 'LOW', summary: 'AUTO' } },
      upstream: { reasoning_effort: 'low' },
      shows: { reasoning: { effort: 'low', summary: 'auto' } },
      bad: [
        [{ reasoning: { effort: 'huge' } }, 'invalid_value', 'reasoning.effort'],
        [{ reasoning: { summary: 'long' } }, 'invalid_value', 'reasoning.summary'],
        [{ reasoning: { context: 'none' } }, 'invalid_value', 'reasoning.context'],
        [{ reasoning: { mode: 'pro' } }, 'unsupported_value', 'reasoning.mode'],
      ],
    },
    {
      send: { reasoning: { generate_summary: 'concise', context: 'all_turns', mode: 'standard' } },
      graphql: { reasoning: { summary: 'CONCISE', context: 'all_turns', mode: 'standard' } },
      shows: { reasoning: { effort: null, summary: 'concise', context: 'all_turns', mode: 'standard' } },
    },
  ],
  include: [
    {
      send: { include: ['message.output_text.logprobs'] },
      graphql: { include: ['message.output_text.logprobs'] },
      upstream: { logprobs: true, top_logprobs: undefined },
      bad: [
        [{ include: ['everything'] }, 'invalid_value', 'include[0]'],
        [{ include: 'file_search_call.results' }, 'invalid_type', 'include'],
      ],
    },
  ],
  context_management: [
    {
      send: { context_management: [{ type: 'compaction', compact_threshold: 50_000 }] },
      graphql: { contextManagement: { compactThreshold: 50_000 } },
      upstream: { context_management: undefined },
      bad: [
        [{ context_management: [{ type: 'magic' }] }, 'invalid_value', 'context_management[0].type'],
        [
          { context_management: [{ type: 'compaction', compact_threshold: 0 }] },
          'integer_below_min_value',
          'context_management[0].compact_threshold',
        ],
      ],
    },
  ],
  truncation: [
    {
      send: { truncation: 'auto' },
      graphql: { truncation: 'AUTO' },
      shows: { truncation: 'auto' },
      bad: [[{ truncation: 'middle' }, 'invalid_value', 'truncation']],
    },
  ],
  store: [
    {
      send: { store: true },
      graphql: { store: true },
      shows: { store: true },
      bad: [[{ store: 'yes' }, 'invalid_type', 'store']],
    },
  ],
  stream: [
    { send: { stream: false }, graphql: { stream: false }, bad: [[{ stream: 'yes' }, 'invalid_type', 'stream']] },
  ],
  stream_options: [
    {
      send: { stream_options: null },
      graphql: { streamOptions: null },
      bad: [
        [{ stream_options: { include_obfuscation: true } }, 'unsupported_parameter', 'stream_options'],
        [
          { stream: true, stream_options: { include_obfuscation: 1 } },
          'invalid_type',
          'stream_options.include_obfuscation',
        ],
      ],
    },
  ],
  background: [
    {
      send: { background: false },
      graphql: { background: false },
      shows: { background: false },
      bad: [[{ background: true, store: false }, 'unsupported_value', 'background']],
    },
  ],
  metadata: [
    {
      send: { metadata: { topic: 'x' } },
      graphql: { metadata: { topic: 'x' } },
      upstream: { metadata: undefined },
      shows: { metadata: { topic: 'x' } },
      bad: [
        [{ metadata: keys(17) }, 'object_above_max_properties', 'metadata'],
        [{ metadata: { ['k'.repeat(65)]: 'v' } }, 'property_name_above_max_length', `metadata.${'k'.repeat(65)}`],
        [{ metadata: { k: 'v'.repeat(513) } }, 'string_above_max_length', 'metadata.k'],
        [{ metadata: { k: 5 } }, 'invalid_type', 'metadata.k'],
      ],
    },
    { send: { metadata: keys(16) }, graphql: { metadata: keys(16) }, shows: { metadata: keys(16) } },
  ],
  service_tier: [
    {
      send: { service_tier: 'flex' },
      graphql: { serviceTier: 'FLEX' },
      upstream: { service_tier: 'flex' },
      shows: { service_tier: 'flex' },
      bad: [[{ service_tier: 'warp' }, 'invalid_value', 'service_tier']],
    },
    { send: {}, graphql: {}, upstream: { service_tier: undefined }, shows: { service_tier: 'default' } },
  ],
  safety_identifier: [
    {
      send: { safety_identifier: 'u-hash' },
      graphql: { safetyIdentifier: 'u-hash' },
      upstream: { safety_identifier: 'u-hash' },
      shows: { safety_identifier: 'u-hash' },
      bad: [[{ safety_identifier: 'x'.repeat(129) }, 'string_above_max_length', 'safety_identifier']],
    },
  ],
  prompt_cache_key: [
    {
      send: { prompt_cache_key: 'k' },
      graphql: { promptCacheKey: 'k' },
      upstream: { prompt_cache_key: 'k' },
      shows: { prompt_cache_key: 'k' },
      bad: [[{ prompt_cache_key: 'x'.repeat(65) }, 'string_above_max_length', 'prompt_cache_key']],
    },
  ],
  prompt_cache_retention: [
    {
      send: { prompt_cache_retention: '24h' },
      graphql: { promptCacheRetention: '24h' },
      upstream: { prompt_cache_retention: '24h' },
      shows: { prompt_cache_retention: '24h' },
      bad: [[{ prompt_cache_retention: '1y' }, 'invalid_value', 'prompt_cache_retention']],
    },
  ],
  prompt_cache_options: [
    {
      send: { prompt_cache_options: { mode: 'implicit', ttl: '30m' } },
      graphql: { promptCacheOptions: { mode: 'implicit', ttl: '30m' } },
      upstream: { prompt_cache_options: undefined },
      bad: [
        [{ prompt_cache_options: { mode: 'explicit' } }, 'unsupported_value', 'prompt_cache_options.mode'],
        [{ prompt_cache_options: { ttl: '12h' } }, 'unsupported_value', 'prompt_cache_options.ttl'],
        [{ prompt_cache_options: { prewarm: true } }, 'unsupported_parameter', 'prompt_cache_options.prewarm'],
        [
          { prompt_cache_options: { comparison_response_id: 'resp_1' } },
          'unsupported_parameter',
          'prompt_cache_options.comparison_response_id',
        ],
      ],
    },
  ],
  moderation: [
    {
      send: { moderation: null },
      graphql: { moderation: null },
      bad: [[{ moderation: { model: 'm' } }, 'unsupported_parameter', 'moderation']],
    },
  ],
  image: [
    {
      send: { image: { context_compression: 'auto' } },
      graphql: { image: { context_compression: 'auto' } },
      bad: [
        [{ image: { context_compression: 'enabled' } }, 'unsupported_value', 'image.context_compression'],
        [{ image: { context_compression: 'some' } }, 'invalid_value', 'image.context_compression'],
      ],
    },
  ],
  access_programs: [
    {
      send: { access_programs: { cyber: 'standard' } },
      graphql: { accessPrograms: { cyber: 'standard' } },
      bad: [[{ access_programs: { cyber: 'none' } }, 'invalid_value', 'access_programs.cyber']],
    },
  ],
  user: [
    {
      send: { user: 'u1' },
      graphql: { user: 'u1' },
      upstream: { user: 'u1', safety_identifier: undefined },
      shows: { user: 'u1' },
      bad: [[{ user: 'x'.repeat(513) }, 'string_above_max_length', 'user']],
    },
  ],
};

const rows = Object.entries(ROWS).flatMap(([name, list]) => list.map((row, index) => ({ name, index, ...row })));

const CREATE = `mutation ($input: CreateResponseInput!) {
  createResponse(input: $input) { response { id } userErrors { code field message } }
}`;

async function graphql(query: string, variables: Members): Promise<Members> {
  const answer = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await answer.json()) as { data: Members; errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}

function expectUpstream(expected: Members): void {
  const body = upstream.requests.at(-1)?.body as Members;
  for (const [member, value] of Object.entries(expected))
    expect({ [member]: body[member] }).toEqual({ [member]: value });
}

it('has a row for every parameter the schema knows', () => {
  const known = Object.keys(CreateResponseBody.shape);
  expect(known.filter((name) => ROWS[name] === undefined)).toEqual([]);
});

describe.each(rows)('$name #$index', ({ send, graphql: input, upstream: reached = {}, shows = {}, bad = [] }) => {
  it('over REST: reaches the upstream, shows in the response and when it is read again', async () => {
    const { status, body } = await server.rest('POST', '/responses', { model: 'test-model', input: 'Hello', ...send });
    expect({ status, error: body.error }).toEqual({ status: 200, error: null });
    expectUpstream(reached);
    expect(body).toMatchObject(shows);
    expect((await server.rest('GET', `/responses/${body.id}`)).body).toEqual(body);
  });

  it('over GraphQL: the same', async () => {
    const data = await graphql(CREATE, { input: { model: 'test-model', input: { text: 'Hello' }, ...input } });
    const { response, userErrors } = data.createResponse as { response: { id: string } | null; userErrors: unknown };
    expect(userErrors).toEqual([]);
    expectUpstream(reached);
    expect((await server.rest('GET', `/responses/${response?.id}`)).body).toMatchObject(shows);
  });

  if (bad.length > 0)
    it.each(bad)('refuses %j with %s at %s', async (members, code, param) => {
      const { status, body } = await server.rest('POST', '/responses', {
        model: 'test-model',
        input: 'Hello',
        ...members,
      });
      expect({ status, error: body.error }).toMatchObject({
        status: 400,
        error: { type: 'invalid_request_error', code, param },
      });
    });
});

it('access programs that nobody has: 403', async () => {
  const { status, body } = await server.rest('POST', '/responses', {
    model: 'test-model',
    input: 'Hello',
    access_programs: { cyber: 'daybreak_red' },
  });
  expect({ status, code: body.error.code }).toEqual({ status: 403, code: 'permission_denied' });
});
