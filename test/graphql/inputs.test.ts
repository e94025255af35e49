import { describe, expect, it } from '@jest/globals';
import { toFieldPath } from '../../src/graphql/inputs/field-path.js';
import type { CreateResponseInput } from '../../src/graphql/inputs/response.input.js';
import { toCreateResponseBody, toItem, toPart, toPromptBody, toTool } from '../../src/graphql/inputs/to-body.js';

describe('inputs become request bodies of the API', () => {
  it('maps every parameter to its name', () => {
    const input: CreateResponseInput = {
      model: 'm',
      input: { text: 'Hi' },
      instructions: 'Be kind.',
      previousResponseId: 'resp_1',
      conversationId: 'conv_1',
      prompt: { id: 'greeter', version: 2, variables: { place: 'Lisbon' } },
      tools: [{ fileSearch: {} }],
      toolChoice: { function: 'f' },
      store: true,
      stream: false,
      background: false,
      maxOutputTokens: 100,
      temperature: 0.5,
      topP: 0.9,
      metadata: { a: 'b' },
      parallelToolCalls: false,
      maxToolCalls: 3,
      text: { format: { jsonSchema: { name: 'n', schema: {}, strict: true } }, verbosity: 'low' },
      reasoning: { effort: 'low', summary: 'auto' },
      topLogprobs: 2,
      presencePenalty: 1,
      frequencyPenalty: -1,
      include: ['file_search_call.results'],
      truncation: 'auto',
      serviceTier: 'flex',
      safetyIdentifier: 's',
      promptCacheKey: 'p',
      user: 'u',
    };
    expect(toCreateResponseBody(input)).toEqual({
      model: 'm',
      input: 'Hi',
      instructions: 'Be kind.',
      previous_response_id: 'resp_1',
      conversation: 'conv_1',
      prompt: { id: 'greeter', version: 2, variables: { place: 'Lisbon' } },
      tools: [{ type: 'file_search' }],
      tool_choice: { type: 'function', name: 'f' },
      store: true,
      stream: false,
      background: false,
      max_output_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      metadata: { a: 'b' },
      parallel_tool_calls: false,
      max_tool_calls: 3,
      text: { format: { type: 'json_schema', name: 'n', schema: {}, strict: true }, verbosity: 'low' },
      reasoning: { effort: 'low', summary: 'auto' },
      top_logprobs: 2,
      presence_penalty: 1,
      frequency_penalty: -1,
      include: ['file_search_call.results'],
      truncation: 'auto',
      service_tier: 'flex',
      safety_identifier: 's',
      prompt_cache_key: 'p',
      user: 'u',
    });
  });

  it('leaves out what was not given and keeps null', () => {
    expect(toCreateResponseBody({ model: null })).toEqual({ model: null });
    expect(toPromptBody({ id: 'pmpt_1', instructions: null })).toEqual({ instructions: null });
  });

  it.each([
    [{ message: { role: 'user', content: { text: 'Hi' } } }, { type: 'message', role: 'user', content: 'Hi' }],
    [
      { message: { role: 'user', content: { parts: [{ text: 'Hi' }, { image: { imageUrl: 'data:,' } }] } } },
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'Hi' },
          { type: 'input_image', image_url: 'data:,' },
        ],
      },
    ],
    [
      { functionCall: { callId: 'c', name: 'f', arguments: '{}' } },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
    ],
    [
      { functionCallOutput: { callId: 'c', output: { text: '' } } },
      { type: 'function_call_output', call_id: 'c', output: '' },
    ],
    [{ itemReference: 'msg_1' }, { type: 'item_reference', id: 'msg_1' }],
    [{ json: { type: 'compaction', encrypted_content: 'x' } }, { type: 'compaction', encrypted_content: 'x' }],
  ])('maps the item %j', (input, body) => {
    expect(toItem(input)).toEqual(body);
  });

  it.each([
    [{ outputText: 'said' }, { type: 'output_text', text: 'said' }],
    [{ refusal: 'no' }, { type: 'refusal', refusal: 'no' }],
    [{ file: { fileId: 'file_1', filename: 'a.txt' } }, { type: 'input_file', file_id: 'file_1', filename: 'a.txt' }],
    [{ json: { type: 'input_audio' } }, { type: 'input_audio' }],
  ])('maps the part %j', (input, body) => {
    expect(toPart(input)).toEqual(body);
  });

  it.each([
    [
      { function: { name: 'f', parameters: { type: 'object' } } },
      { type: 'function', name: 'f', parameters: { type: 'object' } },
    ],
    [
      { fileSearch: { vectorStoreIds: ['vs_1'], maxNumResults: 5, filters: null } },
      { type: 'file_search', vector_store_ids: ['vs_1'], max_num_results: 5, filters: null },
    ],
    [{ fileSearch: { vectorStoreIds: null } }, { type: 'file_search' }],
    [{ webSearch: { searchContextSize: 'low' } }, { type: 'web_search', search_context_size: 'low' }],
    [{ json: { type: 'mcp' } }, { type: 'mcp' }],
  ])('maps the tool %j', (input, body) => {
    expect(toTool(input)).toEqual(body);
  });
});

describe('faults name their place in the input', () => {
  it.each([
    ['previous_response_id', {}, 'previousResponseId'],
    ['conversation', { conversationId: 'x', store: true }, 'conversationId'],
    ['prompt.id', { prompt: { id: 'x' } }, 'prompt.id'],
    [
      'prompt.variables.first_name',
      { prompt: { id: 'x', variables: { first_name: 1 } } },
      'prompt.variables.first_name',
    ],
    ['metadata.snake_key', { metadata: { snake_key: 1 } }, 'metadata.snake_key'],
    ['tools[0].name', { tools: [{ function: { name: '' } }] }, 'tools[0].function.name'],
    [
      'tools[1].max_num_results',
      { tools: [{}, { fileSearch: { maxNumResults: 0 } }] },
      'tools[1].fileSearch.maxNumResults',
    ],
    ['tools[0].type', { tools: [{ json: { type: 'x' } }] }, 'tools[0].json.type'],
    ['input[0].role', { input: { items: [{ json: { type: 'message' } }] } }, 'input.items[0].json.role'],
    [
      'input[0].call_id',
      { input: { items: [{ json: { type: 'function_call_output' } }] } },
      'input.items[0].json.call_id',
    ],
    [
      'input[0].content[1].image_url',
      { input: { items: [{ json: { content: [{}, { image_url: 5 }] } }] } },
      'input.items[0].json.content[1].image_url',
    ],
    [
      'input[1].content[0].image_url',
      { input: { items: [{}, { message: { role: 'user', content: { parts: [{ image: { imageUrl: '' } }] } } }] } },
      'input.items[1].message.content.parts[0].image.imageUrl',
    ],
    [
      'text.format.name',
      { text: { format: { jsonSchema: { name: '' } } }, store: true },
      'text.format.jsonSchema.name',
    ],
    ['max_output_tokens', { maxOutputTokens: 1 }, 'maxOutputTokens'],
    ['input', { input: { text: '' }, store: true }, 'input'],
  ])('%s', (param, input, field) => {
    expect(toFieldPath(param, input)).toBe(field);
  });

  it('says nothing where the fault has no place', () => {
    expect(toFieldPath(null, {})).toBeNull();
  });
});
