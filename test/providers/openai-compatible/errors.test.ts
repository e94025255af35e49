import { describe, expect, it } from '@jest/globals';
import { fromErrorObject, fromStatus, mayPassLater } from '../../../src/providers/openai-compatible/errors.js';
import { retryAfterMs } from '../../../src/providers/openai-compatible/retry.js';

const call = { providerId: 'up', model: 'big', secrets: ['hunter2-hunter2'] };
const error = (members: Record<string, unknown>): string => JSON.stringify({ error: members });

describe('fromStatus', () => {
  const table: [string, number, string, Record<string, unknown>][] = [
    [
      'passes a refusal on in the words of the upstream',
      400,
      error({ message: 'Unknown voice', code: 'bad_voice', param: 'messages[0].content' }),
      { status: 400, code: 'bad_voice', param: 'input', message: 'Unknown voice', retryable: false },
    ],
    [
      'names parameters as the client knows them',
      400,
      error({ message: 'm', param: 'max_tokens' }),
      { status: 400, param: 'max_output_tokens' },
    ],
    [
      'takes FastAPI details',
      422,
      '{"detail":[{"loc":["x"],"msg":"field required"}]}',
      { status: 400, message: 'field required' },
    ],
    ['takes a bare error string', 400, '{"error":"no such thing"}', { status: 400, message: 'no such thing' }],
    [
      'takes a list',
      400,
      `[${error({ message: 'gemini', code: 400 })}]`,
      { status: 400, code: null, message: 'gemini' },
    ],
    ['does without a body', 400, '<html>', { status: 400, message: "The upstream 'up' answered 400." }],
    [
      'unknown model',
      404,
      error({ message: 'The model `big` does not exist.', code: 404 }),
      { status: 400, code: 'model_not_found', param: 'model' },
    ],
    [
      'unknown model by code',
      400,
      error({ message: 'x', code: 'model_not_found' }),
      { status: 400, code: 'model_not_found' },
    ],
    [
      'unknown model of Ollama',
      404,
      error({ message: "model 'big' not found", type: 'api_error' }),
      { code: 'model_not_found' },
    ],
    [
      'wrong address',
      404,
      '<html>Not here</html>',
      { status: 503, retryable: false, headers: { 'x-should-retry': 'false' } },
    ],
    ['redirect', 302, '', { status: 503, retryable: false }],
    ['too large', 413, '', { status: 413, code: 'request_too_large' }],
    [
      'rate',
      429,
      error({ message: 'slow down' }),
      { status: 429, type: 'requests', code: 'rate_limit_exceeded', retryable: true },
    ],
    [
      'upstream quota',
      429,
      error({ message: 'pay', code: 'insufficient_quota' }),
      { status: 503, code: 'server_error', retryable: false },
    ],
    ['upstream unpaid', 402, error({ message: 'pay' }), { status: 503, code: 'server_error', retryable: false }],
    ['upstream timeout', 408, '', { status: 503, code: 'server_error', retryable: true }],
    ['upstream conflict', 409, '', { status: 503, code: 'server_error', retryable: true }],
    [
      'upstream failure',
      500,
      error({ message: 'stack trace' }),
      { status: 503, message: "The upstream 'up' answered 500." },
    ],
  ];
  it.each(table)('%s', (_, status, body, expected) => {
    expect(fromStatus(call, status, body)).toMatchObject(expected);
  });

  it.each([401, 403])('never tells the client that its key is wrong: %d', (status) => {
    const shown = fromStatus(
      call,
      status,
      error({ message: 'Incorrect API key provided: hunter2-hunter2', code: 'invalid_api_key' }),
    );
    expect(shown).toMatchObject({ status: 503, type: 'server_error', code: 'server_error', retryable: false });
    expect(shown.message).toBe("The upstream 'up' refused the server's credentials.");
  });

  it.each([
    ['OpenAI', error({ message: 'x', code: 'context_length_exceeded' })],
    [
      'vLLM',
      error({ message: "This model's maximum context length is 4096 tokens. However, you requested 5000", code: 400 }),
    ],
    [
      'llama.cpp',
      error({
        message: 'the request exceeds the available context size',
        type: 'exceed_context_size_error',
        code: 400,
      }),
    ],
    ['LiteLLM', error({ message: 'litellm.ContextWindowExceededError: too long', code: '400' })],
    [
      'Mistral',
      '{"object":"error","message":"Prompt contains 40 tokens, too large for model with 32 maximum context length"}',
    ],
    ['Anthropic', error({ message: 'prompt is too long: 210 tokens > 200 maximum' })],
    [
      'Gemini',
      `[${error({ message: 'The input token count (11) exceeds the maximum number of tokens allowed (10).' })}]`,
    ],
    ['SGLang', error({ message: "Input length (50 tokens) exceeds model's maximum context length (40 tokens)." })],
    ['newer vLLM', error({ message: 'The decoder prompt (length 50) is longer than the maximum model length of 40.' })],
    ['Ollama', error({ message: 'prompt too long; exceeded max context length by 12 tokens' })],
    ['Ollama, embedding', '{"error":"the input length exceeds the context length"}'],
    [
      'LM Studio',
      error({
        message: 'Trying to keep the first 50 tokens when context the overflows. However, the model is loaded …',
      }),
    ],
    ['LM Studio, too', error({ message: 'Reached context length of 40 tokens with this model' })],
    ['xAI', '{"code":"x","error":"This model\'s maximum prompt length is 40 but the request contains 50 tokens."}'],
    ['TGI', '{"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 40. Given: 50"}'],
    ['responses', error({ message: 'Your input exceeds the context window of this model.', param: 'input' })],
  ])('recognises a context overflow in the words of %s', (_, body) => {
    const expected = { status: 400, code: 'context_length_exceeded', param: 'input' };
    for (const status of [400, 413, 422, 500]) {
      expect(fromStatus(call, status, body)).toMatchObject(expected);
      expect(mayPassLater(call, status, body)).toBe(false);
    }
    expect(fromErrorObject(call, JSON.parse(body))).toMatchObject(expected);
  });

  it.each([
    'You requested a model that does not exist.',
    'The context of this conversation was flagged.',
    "Invalid 'max_tokens': integer below minimum value.",
  ])('takes nothing else for one: %s', (message) => {
    expect(fromStatus(call, 400, error({ message }))).not.toMatchObject({ code: 'context_length_exceeded' });
  });

  it('keeps secrets out of messages, and messages short', () => {
    const message = `key hunter2-hunter2, sk-abcdefghijkl and Bearer abc.def ${'x'.repeat(5000)}`;
    const shown = fromStatus(call, 400, error({ message })).message;
    expect(shown).toMatch(/^key \*\*\*, \*\*\* and Bearer \*\*\*/);
    expect(shown.length).toBeLessThanOrEqual(2000);
  });
});

describe('retryAfterMs', () => {
  const now = Date.parse('2030-01-01T00:00:00Z');
  it.each([
    ['seconds', { 'retry-after': '2' }, 2000],
    ['fractions of a second', { 'retry-after': '0.25' }, 250],
    ['milliseconds, which win', { 'retry-after': '2', 'retry-after-ms': '40' }, 40],
    ['a date', { 'retry-after': 'Tue, 01 Jan 2030 00:00:03 GMT' }, 3000],
    ['a date gone by', { 'retry-after': 'Mon, 31 Dec 2029 00:00:00 GMT' }, 0],
    ['at most a day', { 'retry-after': '9999999' }, 86_400_000],
    ['nothing', {}, undefined],
    ['nonsense', { 'retry-after': 'soon' }, undefined],
    ['a negative number', { 'retry-after-ms': '-5' }, undefined],
  ])('reads %s', (_, headers, expected) => {
    expect(retryAfterMs(headers, now)).toBe(expected);
  });
});
