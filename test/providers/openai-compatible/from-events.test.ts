import { describe, expect, it } from '@jest/globals';
import { ChatReader } from '../../../src/providers/openai-compatible/from-events.js';
import type { ModelStreamPart } from '../../../src/providers/provider.js';
import { chatChunk } from '../../support/upstream-answers.js';
import { typesOf } from './support.js';

const call = { providerId: 'test', model: 'test-model', secrets: [] };

/** Reads chunks (strings as they are, anything else as JSON) and the stream's end. */
function read(events: readonly unknown[], taken: readonly string[] = []): ModelStreamPart[] {
  const out: ModelStreamPart[] = [];
  const reader = new ChatReader(call, () => new Set(taken));
  for (const event of events) reader.event(typeof event === 'string' ? event : JSON.stringify(event), '', out);
  reader.end(out);
  return out;
}

function readWhole(body: unknown): ModelStreamPart[] {
  const out: ModelStreamPart[] = [];
  new ChatReader(call, () => new Set()).whole(JSON.stringify(body), out);
  return out;
}

const delta = (members: Record<string, unknown>) => chatChunk(members);
const stop = chatChunk({}, 'stop');
const finish = (reason: string) => ({ type: 'finish', reason, model: 'test-model' });
const toolDelta = (...entries: Record<string, unknown>[]) => delta({ tool_calls: entries });
const usage = { inputTokens: 3, cachedInputTokens: 1, outputTokens: 5, reasoningTokens: 2 };
const wireUsage = {
  prompt_tokens: 3,
  completion_tokens: 5,
  total_tokens: 8,
  prompt_tokens_details: { cached_tokens: 1 },
  completion_tokens_details: { reasoning_tokens: 2 },
};

/** The calls as a client would put them together. */
function callsOf(parts: readonly ModelStreamPart[]): { callId: string; name: string; arguments: string }[] {
  const calls: { callId: string; name: string; arguments: string }[] = [];
  for (const part of parts) {
    if (part.type === 'tool-call') {
      expect(part.index).toBe(calls.length);
      calls.push({ callId: part.callId, name: part.name, arguments: '' });
    }
    if (part.type === 'tool-call-arguments') {
      const target = calls[part.index];
      if (target === undefined) throw new Error('arguments before their call');
      target.arguments += part.delta;
    }
  }
  return calls;
}

describe('createChatReader on text', () => {
  const table: [string, unknown[], unknown[]][] = [
    ['text', [delta({ role: 'assistant', content: '' }), delta({ content: 'a' }), stop], [{ type: 'text', text: 'a' }]],
    ['null content', [delta({ content: null }), stop], []],
    ['refusal', [delta({ refusal: 'no' }), stop], [{ type: 'refusal', text: 'no' }]],
    ['reasoning_content', [delta({ reasoning_content: 'hm' }), stop], [{ type: 'reasoning', text: 'hm' }]],
    ['reasoning', [delta({ reasoning: 'hm' }), stop], [{ type: 'reasoning', text: 'hm' }]],
    [
      'both reasoning names, once',
      [delta({ reasoning: 'hm', reasoning_content: 'hm' }), stop],
      [{ type: 'reasoning', text: 'hm' }],
    ],
    [
      'content in parts',
      [
        delta({
          content: [
            { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
            { type: 'text', text: 'a' },
          ],
        }),
        stop,
      ],
      [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'a' },
      ],
    ],
    [
      'empty choices between',
      [{ ...delta({}), choices: [] }, delta({ content: 'a' }), stop],
      [{ type: 'text', text: 'a' }],
    ],
    [
      'only the first choice',
      [{ ...delta({}), choices: [{ index: 1, delta: { content: 'b' } }] }, delta({ content: 'a' }), stop],
      [{ type: 'text', text: 'a' }],
    ],
  ];
  it.each(table)('reads %s', (_, events, expected) => {
    expect(read([...events, '[DONE]'])).toEqual([...expected, finish('stop')]);
  });

  it.each([
    ['nested', { type: 'url_citation', url_citation: { url: 'u', title: 't', start_index: 0, end_index: 2 } }],
    ['flat', { type: 'url_citation', url: 'u', title: 't', start_index: 0, end_index: 2 }],
  ])('flattens a %s url citation', (_, annotation) => {
    expect(read([delta({ annotations: [annotation] }), stop])[0]).toEqual({
      type: 'annotation',
      annotation: { type: 'url_citation', url: 'u', title: 't', start_index: 0, end_index: 2 },
    });
  });

  it('flattens a file citation and puts one without a position at the end of the text so far', () => {
    const cite = (members: object) => delta({ annotations: [{ type: 'file_citation', file_citation: members }] });
    const parts = read([
      delta({ content: 'four' }),
      cite({ file_id: 'f', filename: 'n', index: 2 }),
      cite({ file_id: 'f', filename: 'n' }),
      stop,
    ]);
    expect(parts.slice(1, 3)).toEqual([
      { type: 'annotation', annotation: { type: 'file_citation', file_id: 'f', filename: 'n', index: 2 } },
      { type: 'annotation', annotation: { type: 'file_citation', file_id: 'f', filename: 'n', index: 4 } },
    ]);
  });
});

describe('createChatReader on usage and the end', () => {
  it.each([
    [
      'in a last chunk without choices',
      [delta({ content: 'a' }), stop, { ...stop, choices: [], usage: wireUsage }, '[DONE]'],
    ],
    ['on the finishing chunk', [delta({ content: 'a' }), { ...stop, usage: wireUsage }, '[DONE]']],
    [
      'on every chunk, of which the last counts',
      [
        { ...delta({ content: 'a' }), usage: { prompt_tokens: 3, completion_tokens: 1 } },
        { ...stop, usage: wireUsage },
      ],
    ],
  ])('reports usage once, just before the end: %s', (_, events) => {
    expect(read(events)).toEqual([{ type: 'text', text: 'a' }, { type: 'usage', usage }, finish('stop')]);
  });

  it('reports no usage when the upstream counts nothing', () => {
    expect(typesOf(read([{ ...delta({ content: 'a' }), usage: null }, stop, '[DONE]']))).toEqual(['text', 'finish']);
  });

  it('reads nonsense counts as 0', () => {
    const parts = read([
      { ...stop, usage: { prompt_tokens: -1, completion_tokens: 1.5, prompt_tokens_details: null } },
    ]);
    expect(parts[0]).toEqual({
      type: 'usage',
      usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 },
    });
  });

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['max_tokens', 'length'],
    ['content_filter', 'content_filter'],
    ['eos', 'stop'],
    ['tool_calls', 'stop'],
    ['constructor', 'stop'],
  ])('finish reason %s without tool calls is %s', (reason, expected) => {
    expect(read([delta({ content: 'a' }), chatChunk({}, reason), '[DONE]']).at(-1)).toEqual(finish(expected));
  });

  it.each([
    ['stop', 'tool_calls'],
    ['function_call', 'tool_calls'],
    ['tool_calls', 'tool_calls'],
    ['length', 'length'],
  ])('finish reason %s with a tool call is %s', (reason, expected) => {
    const parts = read([toolDelta({ index: 0, id: 'c', function: { name: 'f' } }), chatChunk({}, reason), '[DONE]']);
    expect(parts.at(-1)).toEqual(finish(expected));
  });

  it('accepts an end without [DONE] once a finish reason was given', () => {
    expect(read([delta({ content: 'a' }), stop]).at(-1)).toEqual(finish('stop'));
  });

  it('takes [DONE] without a finish reason as a stop', () => {
    expect(read([delta({ content: 'a' }), '[DONE]']).at(-1)).toEqual(finish('stop'));
  });

  it.each([
    ['an end without finish reason or [DONE]', [delta({ content: 'a' })]],
    ['no choice at all', [{ ...stop, choices: [] }, '[DONE]']],
    ['nothing', []],
    ['[DONE] alone', ['[DONE]']],
    ['half an event', [delta({ content: 'a' }), '{"choices":[{"del']],
    ['an event that is no object', ['7']],
    ['finish reason error', [delta({ content: 'a' }), chatChunk({}, 'error')]],
    ['finish reason abort', [delta({ content: 'a' }), chatChunk({}, 'abort')]],
    ['a tool call that never got a name', [toolDelta({ index: 0, id: 'c', function: { arguments: '{}' } }), stop]],
  ])('ends with one error part: %s', (_, events) => {
    const parts = read(events);
    expect(parts.at(-1)).toMatchObject({ type: 'error', error: { status: 502, code: 'server_error' } });
    expect(parts.filter((part) => part.type === 'error' || part.type === 'finish')).toHaveLength(1);
  });

  it.each([
    ['of the upstream itself', { error: { message: 'secret prompt', type: 'server_error' } }, 502, 'server_error'],
    ['overload', { error: { message: 'busy', code: 529 } }, 502, 'server_error'],
    ['rate limit', { error: { message: 'slow', code: 429 } }, 429, 'rate_limit_exceeded'],
    ['rate limit by word', { error: { message: 'slow', type: 'rate_limit_error' } }, 429, 'rate_limit_exceeded'],
    [
      'bad request',
      { error: { message: 'bad seed', code: 'bad_seed', type: 'invalid_request_error' } },
      400,
      'bad_seed',
    ],
    ['older vLLM', { object: 'error', message: 'bad', code: 400 }, 400, null],
    [
      'context',
      { error: { message: "This model's maximum context length is 10 tokens" } },
      400,
      'context_length_exceeded',
    ],
    ['credentials', { error: { message: 'bad key', code: 'invalid_api_key' } }, 503, 'server_error'],
    ['plain words', { error: 'boom' }, 502, 'server_error'],
  ])('maps an error object inside the stream: %s', (_, body, status, code) => {
    const parts = read([{ ...delta({ content: 'a' }), usage: wireUsage }, body, delta({ content: 'ignored' })]);
    expect(typesOf(parts)).toEqual(['text', 'usage', 'error']);
    expect(parts.at(-1)).toMatchObject({ error: { status, code } });
    expect(JSON.stringify(parts)).not.toContain('secret prompt');
  });
});

describe('createChatReader on tool calls', () => {
  const whole = { index: 0, id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"a":1}' } };
  const one = [{ callId: 'call_1', name: 'look', arguments: '{"a":1}' }];
  const table: [string, unknown[], unknown[]][] = [
    ['in one piece', [toolDelta(whole)], one],
    [
      'in pieces by index',
      [
        toolDelta({ index: 0, id: 'call_1', function: { name: 'look', arguments: '' } }),
        toolDelta({ index: 0, function: { arguments: '{"a"' } }),
        toolDelta({ index: 0, function: { arguments: ':1}' } }),
      ],
      one,
    ],
    [
      'with id and name repeated on every piece',
      [
        toolDelta({ index: 0, id: 'call_1', function: { name: 'look', arguments: '{"a"' } }),
        toolDelta({ index: 0, id: 'call_1', function: { name: 'look', arguments: ':1}' } }),
      ],
      one,
    ],
    [
      'with arguments before the name',
      [
        toolDelta({ index: 0, id: 'call_1', function: { arguments: '{"a"' } }),
        toolDelta({ index: 0, function: { name: 'look', arguments: ':1}' } }),
      ],
      one,
    ],
    [
      'interleaved, with indexes that do not begin at 0',
      [
        toolDelta({ index: 4, id: 'x', function: { name: 'f', arguments: '{' } }),
        toolDelta({ index: 5, id: 'y', function: { name: 'g', arguments: '[' } }),
        toolDelta({ index: 4, function: { arguments: '}' } }, { index: 5, function: { arguments: ']' } }),
      ],
      [
        { callId: 'x', name: 'f', arguments: '{}' },
        { callId: 'y', name: 'g', arguments: '[]' },
      ],
    ],
    [
      'without indexes',
      [
        toolDelta({ id: 'x', function: { name: 'f', arguments: '{' } }),
        toolDelta({ function: { arguments: '}' } }),
        toolDelta({ id: 'y', function: { name: 'g', arguments: '{}' } }),
      ],
      [
        { callId: 'x', name: 'f', arguments: '{}' },
        { callId: 'y', name: 'g', arguments: '{}' },
      ],
    ],
    [
      'all with index 0 but ids of their own',
      [
        toolDelta({ index: 0, id: 'x', function: { name: 'f', arguments: '{}' } }),
        toolDelta({ index: 0, id: 'y', function: { name: 'g', arguments: '{}' } }),
      ],
      [
        { callId: 'x', name: 'f', arguments: '{}' },
        { callId: 'y', name: 'g', arguments: '{}' },
      ],
    ],
    [
      'with arguments as an object',
      [toolDelta({ index: 0, id: 'call_1', function: { name: 'look', arguments: { a: 1 } } })],
      one,
    ],
    [
      'without arguments',
      [toolDelta({ index: 0, id: 'call_1', function: { name: 'look' } })],
      [{ callId: 'call_1', name: 'look', arguments: '{}' }],
    ],
    ['with junk between', [toolDelta(whole), delta({ tool_calls: [null, 7] })], one],
  ];
  it.each(table)('puts calls together %s', (_, events, expected) => {
    expect(callsOf(read([...events, chatChunk({}, 'tool_calls'), '[DONE]']))).toEqual(expected);
  });

  it.each([
    ['missing', { index: 0, function: { name: 'look' } }],
    ['empty', { index: 0, id: '', function: { name: 'look' } }],
    ['too long', { index: 0, id: 'x'.repeat(65), function: { name: 'look' } }],
    ['taken by the context', { index: 0, id: 'call_old', function: { name: 'look' } }],
  ])('makes a new id when it is %s', (_, entry) => {
    const [made] = callsOf(read([toolDelta(entry), stop], ['call_old']));
    expect(made?.callId).toMatch(/^call_[0-9a-f]{32}$/);
  });

  it('gives the second of two calls with one id an id of its own', () => {
    const calls = callsOf(read([toolDelta(whole, { ...whole, index: 1 }), stop]));
    expect(calls.map((made) => made.arguments)).toEqual(['{"a":1}', '{"a":1}']);
    expect(calls[0]?.callId).toBe('call_1');
    expect(calls[1]?.callId).not.toBe('call_1');
  });

  it('understands the legacy function call', () => {
    const parts = read([
      delta({ function_call: { name: 'look', arguments: '{"a"' } }),
      delta({ function_call: { arguments: ':1}' } }),
      chatChunk({}, 'function_call'),
    ]);
    expect(callsOf(parts)).toEqual([{ callId: expect.any(String), name: 'look', arguments: '{"a":1}' }]);
    expect(parts.at(-1)).toEqual(finish('tool_calls'));
  });
});

describe('createChatReader on a whole answer', () => {
  const answer = (message: object, members: object = {}) => ({
    model: 'test-model',
    choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason: 'stop' }],
    ...members,
  });

  it('reads reasoning, text, citation, calls, usage and the end in this order', () => {
    const parts = readWhole(
      answer(
        {
          content: 'a',
          reasoning_content: 'hm',
          annotations: [{ type: 'file_citation', file_citation: { file_id: 'f', filename: 'n', index: 1 } }],
          tool_calls: [{ id: 'call_1', function: { name: 'look', arguments: '{}' } }],
        },
        { usage: wireUsage },
      ),
    );
    expect(typesOf(parts)).toEqual([
      'reasoning',
      'text',
      'annotation',
      'tool-call',
      'tool-call-arguments',
      'usage',
      'finish',
    ]);
  });

  it('keeps two calls apart that share an id', () => {
    const twin = { id: 'call_1', function: { name: 'look', arguments: '{}' } };
    const calls = callsOf(readWhole(answer({ tool_calls: [twin, twin] })));
    expect(calls).toHaveLength(2);
    expect(new Set(calls.map((made) => made.callId)).size).toBe(2);
  });

  it.each([
    ['no choices', { model: 'm', choices: [] }],
    ['no members', {}],
    ['a list', []],
    ['an error object', { error: { message: 'x' } }],
  ])('ends with an error part: %s', (_, body) => {
    expect(readWhole(body)).toEqual([{ type: 'error', error: expect.objectContaining({ status: 502 }) }]);
  });
});
