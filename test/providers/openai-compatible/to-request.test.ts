import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '../../../src/domain/errors.js';
import type { Item } from '../../../src/domain/item.js';
import type { ToolChoice } from '../../../src/domain/tool.js';
import { toMessages } from '../../../src/providers/openai-compatible/to-messages.js';
import { defaultQuirks, toRequest } from '../../../src/providers/openai-compatible/to-request.js';
import type { ModelFunction } from '../../../src/providers/provider.js';
import { modelRequest } from './support.js';

const messagesOf = (items: Item[], dialect = {}) => toMessages(null, items, { ...defaultQuirks, ...dialect });
const user = (content: unknown): Item => ({ type: 'message', role: 'user', content }) as Item;
const call = (callId: string, args = '{"a":1}'): Item => ({
  type: 'function_call',
  call_id: callId,
  name: 'look',
  arguments: args,
});
const output = (callId: string, value: unknown): Item =>
  ({ type: 'function_call_output', call_id: callId, output: value }) as Item;
const toolCall = (id: string, args = '{"a":1}') => ({
  id,
  type: 'function',
  function: { name: 'look', arguments: args },
});
const said = (text: string): Item => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [] }],
});

describe('toMessages', () => {
  const table: [string, Item[], unknown[]][] = [
    ['a string stays a string', [user('hi')], [{ role: 'user', content: 'hi' }]],
    ['one text part becomes a string', [user([{ type: 'input_text', text: 'hi' }])], [{ role: 'user', content: 'hi' }]],
    [
      'several parts stay parts',
      [
        user([
          { type: 'input_text', text: 'look' },
          { type: 'input_image', image_url: 'https://x.test/a.png', detail: 'low' },
          { type: 'input_image', image_url: 'data:image/png;base64,AA', detail: 'auto' },
          { type: 'input_image', image_url: 'https://x.test/b.png', detail: 'original' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' },
          { type: 'input_audio', input_audio: { data: 'AA', format: 'mp3' } },
          { type: 'hologram', data: 'AA' },
        ]),
      ],
      [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'low' } },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
            { type: 'image_url', image_url: { url: 'https://x.test/b.png', detail: 'high' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' } },
            { type: 'input_audio', input_audio: { data: 'AA', format: 'mp3' } },
          ],
        },
      ],
    ],
    [
      'developer and system both speak as system, unknown roles as user',
      ['developer', 'system', 'critic'].map((role): Item => ({ type: 'message', role, content: role })),
      [
        { role: 'system', content: 'developer' },
        { role: 'system', content: 'system' },
        { role: 'user', content: 'critic' },
      ],
    ],
    [
      'assistant text is joined and a refusal is its words',
      [
        {
          type: 'message',
          role: 'assistant',
          content: [
            { type: 'output_text', text: 'one ', annotations: [] },
            { type: 'refusal', refusal: 'no' },
          ],
        },
      ],
      [{ role: 'assistant', content: 'one no' }],
    ],
    ['an assistant message without words is left out', [said(''), user('hi')], [{ role: 'user', content: 'hi' }]],
    [
      'text and calls of one turn become one assistant message',
      [said('Let me see.'), call('call_a'), call('call_b'), output('call_a', 'A'), output('call_b', 'B')],
      [
        { role: 'assistant', content: 'Let me see.', tool_calls: [toolCall('call_a'), toolCall('call_b')] },
        { role: 'tool', tool_call_id: 'call_a', content: 'A' },
        { role: 'tool', tool_call_id: 'call_b', content: 'B' },
      ],
    ],
    [
      'calls after an output are a new turn',
      [call('call_a'), output('call_a', 'A'), call('call_b', ''), output('call_b', 'B')],
      [
        { role: 'assistant', content: null, tool_calls: [toolCall('call_a')] },
        { role: 'tool', tool_call_id: 'call_a', content: 'A' },
        { role: 'assistant', content: null, tool_calls: [toolCall('call_b', '{}')] },
        { role: 'tool', tool_call_id: 'call_b', content: 'B' },
      ],
    ],
    [
      'images of tool outputs follow the outputs in a user message',
      [
        call('call_a'),
        call('call_b'),
        output('call_a', [
          { type: 'input_text', text: 'A1' },
          { type: 'input_image', image_url: 'https://x.test/a.png' },
          { type: 'input_text', text: 'A2' },
        ]),
        output('call_b', 'B'),
        user('and?'),
      ],
      [
        { role: 'assistant', content: null, tool_calls: [toolCall('call_a'), toolCall('call_b')] },
        { role: 'tool', tool_call_id: 'call_a', content: 'A1\nA2' },
        { role: 'tool', tool_call_id: 'call_b', content: 'B' },
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.test/a.png' } }] },
        { role: 'user', content: 'and?' },
      ],
    ],
    [
      'custom tools travel as functions with one input',
      [
        { type: 'custom_tool_call', call_id: 'call_c', name: 'sql', input: 'select 1' },
        { type: 'custom_tool_call_output', call_id: 'call_c', output: '1' },
      ],
      [
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'call_c', type: 'function', function: { name: 'sql', arguments: '{"input":"select 1"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_c', content: '1' },
      ],
    ],
    [
      'items that chat cannot carry are left out and do not split a turn',
      [
        { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'hm' }] },
        { type: 'file_search_call', status: 'completed', queries: [], results: null },
        call('call_a'),
        { type: 'reasoning', summary: [] },
        call('call_b'),
        { type: 'item_reference', id: 'msg_1' },
        { type: 'mcp_list_tools', tools: [] },
      ],
      [{ role: 'assistant', content: null, tool_calls: [toolCall('call_a'), toolCall('call_b')] }],
    ],
  ];
  it.each(table)('%s', (_, items, expected) => {
    expect(messagesOf(items)).toEqual(expected);
  });

  it('puts instructions first, and nothing when there are none', () => {
    expect(toMessages('Be brief.', [user('hi')], defaultQuirks)[0]).toEqual({ role: 'system', content: 'Be brief.' });
    expect(toMessages('', [], defaultQuirks)).toEqual([]);
  });

  it('speaks the dialect: developer role and raw reasoning', () => {
    const items: Item[] = [
      { type: 'message', role: 'developer', content: 'x' },
      { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'hm' }] },
      said('yes'),
      said('again'),
    ];
    expect(messagesOf(items, { developerRole: 'developer', reasoningField: 'reasoning_content' })).toEqual([
      { role: 'developer', content: 'x' },
      { role: 'assistant', content: 'yes', reasoning_content: 'hm' },
      { role: 'assistant', content: 'again' },
    ]);
  });

  it.each([
    ['an image by id', { type: 'input_image', file_id: 'file_1' }],
    ['a file by id', { type: 'input_file', file_id: 'file_1' }],
    ['a file by URL', { type: 'input_file', file_url: 'https://x.test/a.pdf' }],
  ])('refuses %s instead of dropping it', (_, part) => {
    expect(() => messagesOf([user([part])])).toThrow(GatewayError);
    expect(() => messagesOf([user([part])])).toThrow(
      expect.objectContaining({ code: 'unsupported_value', param: 'input' }),
    );
  });
});

describe('toRequest', () => {
  const fn = (name: string): ModelFunction => ({ name, description: null, parameters: null, strict: null });
  const functions = ['look', 'file_search', 'web_search'].map(fn);
  const namesOf = (body: Record<string, unknown>): unknown[] =>
    ((body.tools ?? []) as { function: { name: string } }[]).map((tool) => tool.function.name);
  const forced = (name: string) => ({ type: 'function', function: { name } });

  it('sends nothing that was left open', () => {
    expect(toRequest(modelRequest({ stream: false }))).toEqual({
      model: 'test-model',
      messages: [{ role: 'user', content: 'hello there' }],
    });
  });

  it('asks for usage when it streams', () => {
    expect(toRequest(modelRequest())).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it('carries every sampling setting, zero included', () => {
    const body = toRequest(
      modelRequest({
        maxOutputTokens: 7,
        temperature: 0,
        topP: 0.5,
        presencePenalty: 0,
        frequencyPenalty: -1,
        reasoningEffort: 'low',
        verbosity: 'low',
        logprobs: 0,
        serviceTier: 'flex',
        safetyIdentifier: 's1',
        user: 'u1',
        promptCacheKey: 'k1',
        promptCacheRetention: '24h',
      }),
    );
    expect(body).toMatchObject({
      max_tokens: 7,
      temperature: 0,
      top_p: 0.5,
      presence_penalty: 0,
      frequency_penalty: -1,
      reasoning_effort: 'low',
      verbosity: 'low',
      logprobs: true,
      service_tier: 'flex',
      safety_identifier: 's1',
      user: 'u1',
      prompt_cache_key: 'k1',
      prompt_cache_retention: '24h',
    });
  });

  it('names the output limit as the dialect does', () => {
    const body = toRequest(modelRequest({ maxOutputTokens: 7 }), {
      ...defaultQuirks,
      maxTokensField: 'max_completion_tokens',
    });
    expect(body).toMatchObject({ max_completion_tokens: 7 });
    expect(body).not.toHaveProperty('max_tokens');
  });

  it('translates output formats', () => {
    expect(toRequest(modelRequest({ format: { type: 'json_object' } })).response_format).toEqual({
      type: 'json_object',
    });
    const schema = { type: 'object' };
    expect(toRequest(modelRequest({ format: { type: 'json_schema', name: 'n', schema } })).response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'n', schema },
    });
    expect(
      toRequest(modelRequest({ format: { type: 'json_schema', name: 'n', schema, description: 'd', strict: true } }))
        .response_format,
    ).toEqual({ type: 'json_schema', json_schema: { name: 'n', schema, description: 'd', strict: true } });
  });

  it('describes functions, giving those without parameters an empty object', () => {
    const parameters = { type: 'object', properties: { q: { type: 'string' } } };
    const body = toRequest(
      modelRequest({ functions: [fn('a'), { name: 'b', description: 'B', parameters, strict: true }] }),
    );
    expect(body.tools).toEqual([
      { type: 'function', function: { name: 'a', parameters: { type: 'object', properties: {} } } },
      { type: 'function', function: { name: 'b', description: 'B', parameters, strict: true } },
    ]);
  });

  const all = ['look', 'file_search', 'web_search'];
  const choices: [string, ToolChoice, unknown, string[]][] = [
    ['auto', 'auto', undefined, all],
    ['none', 'none', 'none', all],
    ['required', 'required', 'required', all],
    ['a function', { type: 'function', name: 'look' }, forced('look'), all],
    ['a custom tool', { type: 'custom', name: 'look' }, forced('look'), all],
    ['file search', { type: 'file_search' }, forced('file_search'), all],
    ['web search preview', { type: 'web_search_preview' }, forced('web_search'), all],
    ['dated web search preview', { type: 'web_search_preview_2025_03_11' }, forced('web_search'), all],
    ['a server without a tool name', { type: 'mcp', server_label: 's' }, 'required', all],
    [
      'an allowed subset',
      { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'look' }] },
      undefined,
      ['look'],
    ],
    [
      'a required subset with a hosted tool',
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'file_search' }] },
      'required',
      ['file_search'],
    ],
    ['an empty subset', { type: 'allowed_tools', mode: 'required', tools: [] }, undefined, []],
  ];
  it.each(choices)('forces %s', (_, toolChoice, expected, names) => {
    const isSubset = typeof toolChoice !== 'string' && toolChoice.type === 'allowed_tools';
    const allowedFunctions = isSubset ? new Set(names) : null;
    const body = toRequest(modelRequest({ functions, toolChoice, allowedFunctions, parallelToolCalls: false }));
    expect(body.tool_choice).toEqual(expected);
    expect(namesOf(body)).toEqual(names);
    expect(body.parallel_tool_calls).toBe(names.length > 0 ? false : undefined);
  });

  it('says nothing of tools when there are none', () => {
    const body = toRequest(modelRequest({ toolChoice: 'required' }));
    for (const member of ['tools', 'tool_choice', 'parallel_tool_calls']) expect(body).not.toHaveProperty(member);
  });
});
