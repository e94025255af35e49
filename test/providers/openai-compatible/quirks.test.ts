import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LackableParameter, StructuredOutput } from '../../../src/domain/upstream.js';
import { adaptRequest, lacksNothing } from '../../../src/providers/openai-compatible/adapt-request.js';
import { chatDialect } from '../../../src/providers/openai-compatible/chat-dialect.js';
import { createThinkTags } from '../../../src/providers/openai-compatible/think-tags.js';
import type { ModelRequest, ModelStreamPart } from '../../../src/providers/provider.js';
import { chatAnswer, chatChunk } from '../../support/upstream-answers.js';
import { modelRequest, textOfParts } from './support.js';

const call = { providerId: 'up', model: 'm', secrets: [] };

/** What a stream of these deltas is read as. */
function read(quirks: Parameters<typeof chatDialect>[0], ...deltas: object[]): ModelStreamPart[] {
  const reader = chatDialect(quirks).createReader(call, () => new Set());
  const out: ModelStreamPart[] = [];
  for (const delta of deltas) reader.event(JSON.stringify(chatChunk(delta as Record<string, unknown>)), '', out);
  reader.event(JSON.stringify(chatChunk({}, 'stop')), '', out);
  reader.event('[DONE]', '', out);
  return out;
}

const thoughtOf = (parts: readonly ModelStreamPart[]): string =>
  parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('');

describe('names of reasoning', () => {
  it.each<[string, object]>([
    ['reasoning_content', { reasoning_content: 'Hm.' }],
    ['reasoning', { reasoning: 'Hm.' }],
    ['both with the same text', { reasoning: 'Hm.', reasoning_content: 'Hm.' }],
    ['reasoning_details', { reasoning_details: [{ type: 'reasoning.text', text: 'Hm.' }] }],
    [
      'reasoning_details beside the plain member',
      { reasoning: 'Hm.', reasoning_details: [{ type: 'reasoning.text', text: 'Hm.' }] },
    ],
    [
      'summaries, encrypted ones left out',
      {
        reasoning_details: [
          { type: 'reasoning.encrypted', data: 'xyz' },
          { type: 'reasoning.summary', summary: 'Hm.' },
        ],
      },
    ],
    ['parts of the content', { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] }] }],
  ])('%s', (_, delta) => {
    const parts = read({}, delta, { content: 'Yes.' });
    expect(thoughtOf(parts)).toBe('Hm.');
    expect(textOfParts(parts)).toBe('Yes.');
  });
});

describe('think tags', () => {
  it.each([
    ['<think>Let me see.</think>Yes.', 'Let me see.', 'Yes.'],
    ['\n<think>\nLet me see.\n</think>\n\nYes.', 'Let me see.', 'Yes.'],
    ['<think></think>Yes.', '', 'Yes.'],
    ['<think>1 < 2 </ thinking', '1 < 2 </ thinking', ''],
    ['Yes, <think> is a tag.', '', 'Yes, <think> is a tag.'],
    ['<thinking>no</thinking>', '', '<thinking>no</thinking>'],
    ['<thi', '', '<thi'],
    ['<think>a</think>b<think>c</think>', 'a', 'b<think>c</think>'],
  ])('%j, cut anywhere', (written, thought, text) => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: written.length }), { maxLength: 8 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), written.length];
        const tags = createThinkTags();
        const pieces = edges.slice(1).map((edge, i) => tags.take(written.slice(edges[i], edge)));
        expect(pieces.map((piece) => piece.thought).join('')).toBe(thought);
        expect(pieces.map((piece) => piece.text).join('') + tags.end()).toBe(text);
      }),
    );
  });

  it('count only where the provider says so', () => {
    const written = { content: '<think>Hm.</think>Yes.' };
    expect(textOfParts(read({}, written))).toBe('<think>Hm.</think>Yes.');
    const parts = read({ thinkTags: true }, written);
    expect([thoughtOf(parts), textOfParts(parts)]).toEqual(['Hm.', 'Yes.']);
    const reader = chatDialect({ thinkTags: true }).createReader(call, () => new Set());
    const whole: ModelStreamPart[] = [];
    reader.whole(JSON.stringify(chatAnswer({ model: 'm', messages: [] }, { text: written.content })), whole);
    expect([thoughtOf(whole), textOfParts(whole)]).toEqual(['Hm.', 'Yes.']);
  });
});

describe('what an upstream lacks', () => {
  const without = (parameter: LackableParameter, request: Partial<ModelRequest>) =>
    adaptRequest(modelRequest(request), { ...lacksNothing, parameters: new Set([parameter]) });
  const fn = { name: 'f', description: null, parameters: null, strict: null };

  it.each<[LackableParameter, Partial<ModelRequest>]>([
    ['temperature', { temperature: 0 }],
    ['top_p', { topP: 0.1 }],
    ['presence_penalty', { presencePenalty: 1 }],
    ['frequency_penalty', { frequencyPenalty: 1 }],
    ['top_logprobs', { logprobs: 0 }],
    ['reasoning', { reasoningEffort: 'low' }],
    ['reasoning', { reasoningSummary: 'auto' }],
    ['text.verbosity', { verbosity: 'low' }],
    ['tools', { functions: [fn] }],
    ['tool_choice', { functions: [fn], toolChoice: 'required' }],
    ['tool_choice', { functions: [fn], toolChoice: { type: 'function', name: 'f' } }],
  ])('is refused where the answer depends on it: %s', (parameter, request) => {
    expect(() => without(parameter, request)).toThrow(
      expect.objectContaining({ status: 400, code: 'unsupported_parameter', param: parameter }),
    );
    expect(without(parameter, {})).toEqual(modelRequest());
  });

  it.each<[LackableParameter, Partial<ModelRequest>, Partial<ModelRequest>]>([
    ['parallel_tool_calls', { parallelToolCalls: false }, { parallelToolCalls: null }],
    ['service_tier', { serviceTier: 'flex' }, { serviceTier: null }],
    ['safety_identifier', { safetyIdentifier: 'x' }, { safetyIdentifier: null }],
    ['user', { user: 'x' }, { user: null }],
    ['prompt_cache_key', { promptCacheKey: 'x' }, { promptCacheKey: null }],
    ['prompt_cache_retention', { promptCacheRetention: '24h' }, { promptCacheRetention: null }],
    ['tool_choice', { functions: [fn], toolChoice: 'none' }, { functions: [], toolChoice: 'auto' }],
  ])('is left out where it is advice, or seen to here: %s', (parameter, request, expected) => {
    expect(without(parameter, request)).toEqual(modelRequest({ ...request, ...expected }));
  });

  const schema = { type: 'object', properties: { city: { type: 'string' } } };
  const jsonSchema = { type: 'json_schema' as const, name: 'place', schema, description: 'A place.' };

  it.each<[StructuredOutput, ModelRequest['format'], ModelRequest['format'], boolean]>([
    ['json_schema', jsonSchema, jsonSchema, false],
    ['json_object', jsonSchema, { type: 'json_object' }, true],
    ['none', jsonSchema, { type: 'text' }, true],
    ['json_object', { type: 'json_object' }, { type: 'json_object' }, false],
    ['none', { type: 'json_object' }, { type: 'text' }, true],
    ['none', { type: 'text' }, { type: 'text' }, false],
  ])('of structured output is asked for in words: %s, %j', (structuredOutput, format, sent, inWords) => {
    const adapted = adaptRequest(modelRequest({ format, instructions: 'Be brief.' }), {
      ...lacksNothing,
      structuredOutput,
    });
    expect(adapted.format).toEqual(sent);
    expect(adapted.instructions === 'Be brief.').toBe(!inWords);
    expect(adapted.instructions).toMatch(/^Be brief\./);
    if (inWords && format.type === 'json_schema') {
      expect(adapted.instructions).toContain(JSON.stringify(schema));
      expect(adapted.instructions).toContain('A place.');
    }
  });

  it('nothing changes for an upstream that lacks nothing', () => {
    const request = modelRequest({ temperature: 1, format: jsonSchema });
    expect(adaptRequest(request, lacksNothing)).toBe(request);
  });

  it('a stream is not asked for usage where that is unknown', () => {
    const bodyOf = (streamUsage: boolean) =>
      chatDialect({ streamUsage }).toRequest(call, modelRequest({ stream: true }));
    expect(bodyOf(true)).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(bodyOf(false)).toMatchObject({ stream: true });
    expect(bodyOf(false)).not.toHaveProperty('stream_options');
  });
});
