import { request } from 'node:http';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';

let server: TestApp;
beforeAll(async () => {
  server = await startTestApp();
});
afterAll(() => server.stop());

const model = 'local';

interface Answer {
  status: number;
  requestId: string | null;
  error: { message: string; type: string; param: string | null; code: string | null };
}

/** Sends bytes as they are and reads the envelope, which every refusal must have. */
async function refusal(
  method: string,
  path: string,
  body?: string | Buffer | URLSearchParams,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Answer> {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${server.key}`, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const { error, ...rest } = (await answer.json()) as { error: Answer['error'] };
  expect(rest).toEqual({});
  expect(error).toMatchObject({ message: expect.any(String), type: expect.any(String) });
  expect(error.message).not.toBe('');
  for (const member of ['param', 'code'] as const) expect([null, 'string']).toContain(error[member] && 'string');
  return { status: answer.status, requestId: answer.headers.get('x-request-id'), error };
}

const post = (path: string, body: unknown): Promise<Answer> => refusal('POST', path, JSON.stringify(body));

describe('a body that cannot be read', () => {
  const json = { 'content-type': 'application/json' };
  it.each<[string, string | Buffer | URLSearchParams | undefined, Record<string, string>, number, string]>([
    ['is malformed', '{"model": ', json, 400, 'invalid_json'],
    ['is empty', '', json, 400, 'invalid_type'],
    ['is missing', undefined, {}, 400, 'invalid_type'],
    ['is only white space', '  ', json, 400, 'invalid_json'],
    ['is not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), json, 400, 'invalid_json'],
    ['is an array', '[]', json, 400, 'invalid_type'],
    ['is null', 'null', json, 400, 'invalid_type'],
    ['is a string', '"hello"', json, 400, 'invalid_type'],
    ['is nested a hundred thousand deep', `${'['.repeat(1e5)}${']'.repeat(1e5)}`, json, 400, 'invalid_json'],
    ['is text', 'model=local', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    [
      'is a form',
      new URLSearchParams({ model: 'local', input: 'hello' }),
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported_media_type',
    ],
    [
      'is JSON of another character set',
      '{}',
      { 'content-type': 'application/json; charset=utf-16' },
      415,
      'unsupported_media_type',
    ],
    ['has a content type that is none', '{}', { 'content-type': 'nonsense' }, 415, 'unsupported_media_type'],
  ])('%s', async (_what, body, headers, status, code) => {
    const answer = await refusal('POST', '/responses', body, headers);
    expect(answer).toMatchObject({ status, error: { code, param: null, type: 'invalid_request_error' } });
    expect(answer.requestId).toMatch(/^req_[0-9a-f]{32}$/);
  });

  it('is larger than the limit: 413, whether the length was announced or not', async () => {
    const announced = await refusal('POST', '/responses', `"${'x'.repeat(32 * 1024 * 1024)}"`);
    expect(announced).toMatchObject({ status: 413, error: { code: 'request_too_large' } });

    const status = await new Promise<number>((resolve, reject) => {
      const sending = request(`${server.url}/api/v1/responses`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      });
      sending.once('response', (answer) => {
        resolve(answer.statusCode ?? 0);
        sending.destroy();
      });
      sending.once('error', reject);
      const piece = Buffer.alloc(1 << 20, 'x');
      const write = (left: number): void => {
        if (left > 0 && !sending.destroyed) sending.write(piece, () => write(left - 1));
      };
      write(34);
    });
    expect(status).toBe(413);
  });

  it.each([
    ['/api/v1/responses', 'error.code'],
    ['/graphql', 'errors.0.extensions.code'],
  ])(
    'is far larger than the limit: a client of %s that writes it all before it reads gets the 413',
    async (path, code) => {
      const { hostname, port } = new URL(server.url);
      const socket = createConnection({ host: hostname, port: Number(port) });
      const written = 64 * 1024 * 1024;
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.key}\r\nContent-Type: application/json\r\n` +
          `Content-Length: ${written}\r\n\r\n`,
      );
      // The socket reads nothing until its body is out, as clients do that are busy writing.
      const piece = Buffer.alloc(1 << 20, 'x');
      for (let left = written; left > 0; left -= piece.length)
        await new Promise<void>((resolve, reject) => {
          socket.write(piece, (fault) => (fault ? reject(fault) : resolve()));
        });
      const answer = (await socket.setEncoding('utf8').toArray()).join('');
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toHaveProperty(code, 'request_too_large');
    },
  );
});

describe('a request that is none', () => {
  const send = async (text: string): Promise<string> => {
    const { hostname, port } = new URL(server.url);
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.write(text);
    return (await socket.setEncoding('utf8').toArray()).join('');
  };

  it.each([
    ['is no HTTP', 'HELLO\r\n\r\n', 400, 'bad_request'],
    ['has a length that is no number', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n', 400, 'bad_request'],
    [
      'has a head of a megabyte',
      `GET /v1/models HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(1 << 20)}\r\n\r\n`,
      431,
      'request_too_large',
    ],
    [
      'has a URL that cannot be decoded',
      'GET /v1/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      400,
      'invalid_url',
    ],
  ])('%s', async (_what, text, status, code) => {
    const answer = await send(text);
    const head = answer.slice(0, answer.indexOf('\r\n\r\n'));
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toMatch(/\r\nx-request-id: req_[0-9a-f]{32}/);
    expect(head).not.toContain('NaN');
    expect(JSON.parse(answer.slice(head.length))).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param: null, code },
    });
  });
});

describe('a field with a fault is named, with its code', () => {
  const keys = Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`key${n}`, 'value']));
  const hello = { model, input: 'hello' };
  const fn = { type: 'function', name: 'f', parameters: { type: 'object', properties: {} } };
  const call = { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' };
  const output = { type: 'function_call_output', call_id: 'call_1', output: 'ok' };
  const image = (fields: object) => ({
    model,
    input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'https://example.com/a.png', ...fields }] }],
  });
  const IMAGE_URL = 'input[0].content[0].image_url';

  it.each<[string, object, string | null, string]>([
    ['model missing', { input: 'hello' }, 'missing_required_parameter', 'model'],
    ['input missing', { model }, 'missing_required_parameter', 'input'],
    ['input an empty array', { model, input: [] }, 'empty_array', 'input'],
    ['model a number', { ...hello, model: 5 }, 'invalid_type', 'model'],
    ['model empty', { ...hello, model: '' }, 'empty_string', 'model'],
    ['model with a NUL', { ...hello, model: 'a\0b' }, 'invalid_value', 'model'],
    ['input a number', { model, input: 5 }, 'invalid_type', 'input'],
    ['an item that is no object', { model, input: ['hello'] }, 'invalid_type', 'input[0]'],
    [
      'an item with neither type nor role',
      { model, input: [{ content: 'x' }] },
      'missing_required_parameter',
      'input[0].type',
    ],
    ['an unknown role', { model, input: [{ role: 'king', content: 'x' }] }, 'invalid_value', 'input[0].role'],
    ['content missing', { model, input: [{ role: 'user' }] }, 'missing_required_parameter', 'input[0].content'],
    [
      'a content part without its text',
      { model, input: [{ role: 'user', content: [{ type: 'input_text' }] }] },
      'missing_required_parameter',
      'input[0].content[0].text',
    ],
    ['an image at an address of nobody', image({ image_url: 'picture.png' }), 'invalid_value', IMAGE_URL],
    ['an image of the file system', image({ image_url: 'file:///etc/passwd' }), 'invalid_value', IMAGE_URL],
    ['an image without its bytes', image({ image_url: 'data:image/png;base64,' }), 'invalid_value', IMAGE_URL],
    ['a detail that is none', image({ detail: 'ultra' }), 'invalid_value', 'input[0].content[0].detail'],
    [
      'an output without the id of its call',
      { model, input: [{ type: 'computer_call_output', output: { type: 'computer_screenshot' } }] },
      'missing_required_parameter',
      'input[0].call_id',
    ],
    ['stream a string', { ...hello, stream: 'yes' }, 'invalid_type', 'stream'],
    ['store a number', { ...hello, store: 1 }, 'invalid_type', 'store'],
    ['temperature too high', { ...hello, temperature: 2.1 }, 'decimal_above_max_value', 'temperature'],
    ['temperature negative', { ...hello, temperature: -0.1 }, 'decimal_below_min_value', 'temperature'],
    ['top_p too high', { ...hello, top_p: 1.5 }, 'decimal_above_max_value', 'top_p'],
    ['max_output_tokens too low', { ...hello, max_output_tokens: 15 }, 'integer_below_min_value', 'max_output_tokens'],
    ['max_output_tokens a decimal', { ...hello, max_output_tokens: 20.5 }, 'invalid_type', 'max_output_tokens'],
    ['top_logprobs too high', { ...hello, top_logprobs: 21 }, 'integer_above_max_value', 'top_logprobs'],
    ['truncation unknown', { ...hello, truncation: 'sometimes' }, 'invalid_value', 'truncation'],
    ['17 metadata pairs', { ...hello, metadata: keys }, 'object_above_max_properties', 'metadata'],
    [
      'a metadata key of 65 characters',
      { ...hello, metadata: { ['k'.repeat(65)]: 'v' } },
      'property_name_above_max_length',
      `metadata.${'k'.repeat(65)}`,
    ],
    [
      'a metadata value of 513 characters',
      { ...hello, metadata: { k: 'v'.repeat(513) } },
      'string_above_max_length',
      'metadata.k',
    ],
    ['a metadata value that is a number', { ...hello, metadata: { k: 5 } }, 'invalid_type', 'metadata.k'],
    ['a metadata value with a NUL', { ...hello, metadata: { k: 'a\0' } }, 'invalid_value', 'metadata.k'],
    ['metadata that is a list', { ...hello, metadata: ['k'] }, 'invalid_type', 'metadata'],
    ['an unknown tool', { ...hello, tools: [{ type: 'time_machine' }] }, 'invalid_value', 'tools[0].type'],
    ['a tool that nobody runs', { ...hello, tools: [{ type: 'computer' }] }, 'unsupported_value', 'tools[0].type'],
    ['a tool without a type', { ...hello, tools: [{}] }, 'missing_required_parameter', 'tools[0].type'],
    [
      'a function without a name',
      { ...hello, tools: [{ type: 'function' }] },
      'missing_required_parameter',
      'tools[0].name',
    ],
    ['a function with a bad name', { ...hello, tools: [{ ...fn, name: 'a b' }] }, 'invalid_value', 'tools[0].name'],
    [
      'a function with a name of 65 characters',
      { ...hello, tools: [{ ...fn, name: 'f'.repeat(65) }] },
      'string_above_max_length',
      'tools[0].name',
    ],
    [
      'a function whose properties are no object',
      { ...hello, tools: [{ ...fn, parameters: { type: 'object', properties: 5 } }] },
      'invalid_function_parameters',
      'tools[0].parameters',
    ],
    [
      'a function whose required members are no names',
      { ...hello, tools: [{ ...fn, parameters: { type: 'object', properties: {}, required: 'all' } }] },
      'invalid_function_parameters',
      'tools[0].parameters',
    ],
    ['two functions of one name', { ...hello, tools: [fn, fn] }, 'invalid_value', 'tools[1].name'],
    [
      'a function called like a built-in tool beside it',
      { ...hello, tools: [{ ...fn, name: 'file_search' }, { type: 'file_search' }] },
      'invalid_value',
      'tools[1].type',
    ],
    ['tool_choice unknown', { ...hello, tools: [fn], tool_choice: 'maybe' }, 'invalid_value', 'tool_choice'],
    ['tool_choice a number', { ...hello, tools: [fn], tool_choice: 5 }, 'invalid_value', 'tool_choice'],
    ['tool_choice required without tools', { ...hello, tool_choice: 'required' }, 'invalid_value', 'tool_choice'],
    [
      'tool_choice of a function that is not there',
      { ...hello, tools: [fn], tool_choice: { type: 'function', name: 'g' } },
      'invalid_value',
      'tool_choice',
    ],
    [
      'tool_choice of a hosted tool that is not there',
      { ...hello, tools: [fn], tool_choice: { type: 'file_search' } },
      'invalid_value',
      'tool_choice',
    ],
    [
      'tool_choice of an unknown kind',
      { ...hello, tools: [fn], tool_choice: { type: 'time_machine' } },
      'invalid_value',
      'tool_choice',
    ],
    [
      'allowed_tools that is no list',
      { ...hello, tools: [fn], tool_choice: { type: 'allowed_tools', mode: 'auto', tools: 'f' } },
      'invalid_type',
      'tool_choice.tools',
    ],
    [
      'a format without a schema',
      { ...hello, text: { format: { type: 'json_schema', name: 'x' } } },
      'missing_required_parameter',
      'text.format.schema',
    ],
    ['a format that is unknown', { ...hello, text: { format: { type: 'xml' } } }, 'invalid_value', 'text.format.type'],
    ['a call without its output', { model, input: [call] }, null, 'input'],
    ['an output without its call', { model, input: [output] }, null, 'input'],
    ['an output that comes twice', { model, input: [call, output, output] }, null, 'input'],
    ['a reference to an unknown item', { model, input: [{ type: 'item_reference', id: 'msg_1' }] }, null, 'input'],
    [
      'a parent and a conversation at once',
      { ...hello, previous_response_id: 'resp_1', conversation: 'conv_1' },
      'mutually_exclusive_parameters',
      'previous_response_id',
    ],
    [
      'an unknown parent',
      { ...hello, previous_response_id: `resp_${'0'.repeat(32)}` },
      'previous_response_not_found',
      'previous_response_id',
    ],
    ['an empty parent', { ...hello, previous_response_id: '' }, 'empty_string', 'previous_response_id'],
    [
      'a parent id that can be none',
      { ...hello, previous_response_id: 'x\0' },
      'previous_response_not_found',
      'previous_response_id',
    ],
    ['background without store', { ...hello, background: true, store: false }, 'unsupported_value', 'background'],
    [
      'a prompt version that is an object',
      { ...hello, prompt: { id: 'p', version: {} } },
      'invalid_type',
      'prompt.version',
    ],
  ])('%s', async (_what, body, code, param) => {
    const answer = await post('/responses', body);
    expect(answer).toMatchObject({ status: 400, error: { code, param, type: 'invalid_request_error' } });
    expect(answer.requestId).toMatch(/^req_/);
  });

  it.each([
    [{ ...hello, input: 5 }, "Invalid 'input': expected a string or an array, but got an integer instead."],
    [{ ...hello, model: '' }, "Invalid 'model': the least allowed is 1 character, but got 0."],
    [
      { ...hello, tools: [{ ...fn, name: 'f'.repeat(65) }] },
      "Invalid 'tools[0].name': the most allowed is 64 characters, but got 65.",
    ],
    [
      { ...hello, tools: [{ type: 'namespace', name: 'n', description: 'd', tools: [] }] },
      "Invalid 'tools[0].tools': the least allowed is 1 item, but got 0.",
    ],
    [{ ...hello, max_output_tokens: 15 }, "Invalid 'max_output_tokens': the least allowed is 16."],
    [
      { ...hello, text: { format: { type: 'json_schema', name: 'a b', schema: {} } } },
      "Invalid 'text.format.name': use letters, digits, underscores and dashes only.",
    ],
    [
      { ...hello, text: { format: { type: 'json_schema', name: 'x', schema: { minLength: -1 } } } },
      "Invalid schema for text format 'x': schema is invalid: data/minLength must be >= 0",
    ],
  ])('says what is allowed and what came (%#)', async (body, message) => {
    expect((await post('/responses', body)).error.message).toBe(message);
  });

  it.each([
    ['an unknown conversation', { conversation: `conv_${'0'.repeat(32)}` }, 'conversation'],
    ['a conversation id that can be none', { conversation: { id: 'x' } }, 'conversation'],
    ['an unknown prompt', { prompt: { id: 'nobody' } }, 'prompt.id'],
    ['a prompt name with a NUL', { prompt: { id: 'a\0b' } }, 'prompt.id'],
  ])('%s is 404', async (_what, fields, param) => {
    expect(await post('/responses', { ...hello, ...fields })).toMatchObject({
      status: 404,
      error: { code: null, param },
    });
  });

  it('a prompt: version, variables, name', async () => {
    const made = await server.rest('POST', '/prompts', {
      name: 'greeting',
      instructions: 'Greet {{who}}.',
      variables: { who: null },
    });
    expect(made.status).toBe(201);
    const use = (prompt: object) => post('/responses', { ...hello, prompt });
    expect(await use({ id: 'greeting' })).toMatchObject({
      status: 400,
      error: { code: 'missing_required_parameter', param: 'prompt.variables.who' },
    });
    expect(await use({ id: 'greeting', version: '2', variables: { who: 'me' } })).toMatchObject({
      status: 404,
      error: { param: 'prompt.version' },
    });
    expect(await post('/prompts', { name: 'greeting' })).toMatchObject({
      status: 409,
      error: { code: 'name_taken', param: 'name' },
    });
    expect(await post('/prompts', {})).toMatchObject({
      status: 400,
      error: { code: 'missing_required_parameter', param: 'name' },
    });
    expect(await post('/prompts', { name: made.body.id })).toMatchObject({ status: 400, error: { param: 'name' } });
    expect(await post('/prompts', { name: 'x', variables: { 'not a name': 'v' } })).toMatchObject({
      status: 400,
      error: { param: 'variables.not a name' },
    });
  });

  it('conversations: too many items, a reference, metadata, an empty append', async () => {
    const items = Array.from({ length: 21 }, () => ({ role: 'user', content: 'x' }));
    expect(await post('/conversations', { items })).toMatchObject({
      status: 400,
      error: { code: 'array_above_max_length', param: 'items' },
    });
    const { body } = await server.rest('POST', '/conversations', {});
    const append = (sent: unknown) => post(`/conversations/${body.id}/items`, sent);
    expect(await append({ items: [] })).toMatchObject({ status: 400, error: { code: 'empty_array', param: 'items' } });
    expect(await append({})).toMatchObject({
      status: 400,
      error: { code: 'missing_required_parameter', param: 'items' },
    });
    expect(await append({ items: [{ type: 'item_reference', id: 'msg_1' }] })).toMatchObject({
      status: 400,
      error: { param: 'items[0].type' },
    });
    expect(await post(`/conversations/${body.id}`, { metadata: keys })).toMatchObject({
      status: 400,
      error: { code: 'object_above_max_properties', param: 'metadata' },
    });
  });
});

describe('what is not there', () => {
  const foreign: Record<string, string> = {};
  beforeAll(async () => {
    const key = await server.createForeignKey();
    const response = await server.rest('POST', '/responses', { model, input: 'secret' }, key);
    const conversation = await server.rest(
      'POST',
      '/conversations',
      { items: [{ role: 'user', content: 'secret' }] },
      key,
    );
    const prompt = await server.rest('POST', '/prompts', { name: 'theirs' }, key);
    foreign.response = response.body.id;
    foreign.conversation = conversation.body.id;
    foreign.item = conversation.body.items[0].id;
    foreign.prompt = prompt.body.id;
  });
  const unknown: Record<string, string> = {
    response: `resp_${'0'.repeat(32)}`,
    conversation: `conv_${'0'.repeat(32)}`,
    prompt: `pmpt_${'0'.repeat(32)}`,
    item: `msg_${'0'.repeat(32)}`,
  };
  const routes: [string, string, string, object | null][] = [
    ['GET', '/responses/:id', 'response', null],
    ['GET', '/responses/:id?stream=true', 'response', null],
    ['DELETE', '/responses/:id', 'response', null],
    ['POST', '/responses/:id/cancel', 'response', null],
    ['GET', '/responses/:id/input_items', 'response', null],
    ['GET', '/conversations/:id', 'conversation', null],
    ['POST', '/conversations/:id', 'conversation', { metadata: {} }],
    ['DELETE', '/conversations/:id', 'conversation', null],
    ['POST', '/conversations/:id/items', 'conversation', { items: [{ role: 'user', content: 'x' }] }],
    ['GET', '/conversations/:id/items', 'conversation', null],
    ['GET', '/prompts/:id', 'prompt', null],
    ['PUT', '/prompts/:id', 'prompt', { instructions: 'mine' }],
    ['DELETE', '/prompts/:id', 'prompt', null],
    ['GET', '/prompts/:id/versions', 'prompt', null],
  ];

  it.each(routes)('%s %s: unknown and foreign ids are told apart by nobody', async (method, path, kind, body) => {
    const ask = (id: string) =>
      refusal(method, path.replace(':id', id), body === null ? undefined : JSON.stringify(body));
    const [theirs, none] = [foreign[kind] as string, unknown[kind] as string];
    const [atTheirs, atNone] = [await ask(theirs), await ask(none)];
    expect(atNone).toMatchObject({ status: 404, error: { code: null, type: 'invalid_request_error' } });
    expect({ ...atTheirs.error, message: atTheirs.error.message.replace(theirs, none) }).toEqual(atNone.error);
    expect(atTheirs.status).toBe(404);
    for (const odd of ['x', '%00', 'a%2Fb', 'resp_', `${none}0`, 'é'.repeat(20), 'x'.repeat(600)])
      expect((await ask(odd)).status).toBe(404);
  });

  it('a conversation of one’s own with an item of another’s', async () => {
    const { body } = await server.rest('POST', '/conversations', {});
    for (const method of ['GET', 'DELETE'])
      for (const item of [foreign.item, unknown.item, 'x'])
        expect(await refusal(method, `/conversations/${body.id}/items/${item}`, undefined, {})).toMatchObject({
          status: 404,
        });
    expect(await post('/responses', { model, input: [{ type: 'item_reference', id: foreign.item }] })).toMatchObject({
      status: 400,
      error: { param: 'input' },
    });
  });

  it('a foreign parent is an unknown one', async () => {
    const [theirs, none] = await Promise.all(
      [foreign.response, unknown.response].map((id) =>
        post('/responses', { model, input: 'x', previous_response_id: id }),
      ),
    );
    expect(theirs?.error).toEqual({
      ...none?.error,
      message: none?.error.message.replace(unknown.response as string, foreign.response as string),
    });
    expect(theirs?.error.code).toBe('previous_response_not_found');
  });

  it('a foreign prompt’s name is free', async () => {
    expect((await server.rest('POST', '/prompts', { name: 'theirs' })).status).toBe(201);
  });

  it('a path is 404, another method on a known path 405 with those there are', async () => {
    for (const path of ['/nothing', '/responses/x/nothing', '/', '/conversations/x/items/y/z'])
      expect(await refusal('GET', path, undefined, {})).toMatchObject({ status: 404, error: { code: null } });
    for (const [method, path, allowed] of [
      ['PUT', '/responses', 'POST'],
      ['GET', '/responses', 'POST'],
      ['PATCH', '/conversations/x', 'GET, POST, DELETE'],
      ['DELETE', '/models', 'GET'],
      ['GET', '/responses/x/cancel', 'POST'],
      ['POST', '/prompts/x/versions', 'GET'],
    ] as const) {
      const { status, headers, body } = await server.rest(method, path);
      expect(body).toMatchObject({ error: { code: null, message: expect.stringContaining(method) } });
      expect([status, headers.get('allow')]).toEqual([405, allowed]);
    }
  });

  it('a model is 404 with its code', async () => {
    expect(await refusal('GET', '/models/nobody%2Fknows', undefined, {})).toMatchObject({
      status: 404,
      error: { code: 'model_not_found' },
    });
  });

  it('a path whose escapes are broken is refused in the envelope, too', async () => {
    const answer = await refusal('GET', '/responses/%E0%A4%A', undefined, {});
    expect(answer).toMatchObject({ status: 400, error: { code: 'invalid_url', param: null } });
    expect(answer.requestId).toMatch(/^req_/);
  });
});

describe('a key', () => {
  const ask = (headers: Record<string, string>) => refusal('GET', '/models', undefined, headers);

  it('that is missing, malformed or unknown is 401', async () => {
    const missing = await fetch(`${server.url}/api/v1/models`);
    expect(missing.status).toBe(401);
    expect(await missing.json()).toMatchObject({ error: { code: null, type: 'invalid_request_error' } });
    for (const authorization of [
      'Bearer nobody',
      'Bearer',
      'Basic dXNlcjpwYXNz',
      `Bearer ${'x'.repeat(600)}`,
      'Bearer a b',
    ])
      expect(await ask({ authorization })).toMatchObject({
        status: 401,
        error: { code: 'invalid_api_key', param: null },
      });
  });

  it('is checked before the body is read, the path and the method', async () => {
    const headers = { authorization: 'Bearer nobody', 'content-type': 'text/plain' };
    expect((await refusal('POST', '/responses', 'x', headers)).status).toBe(401);
    expect((await refusal('GET', '/responses/x', undefined, headers)).status).toBe(401);
  });

  it('that ran out is 401', async () => {
    const key = await server.createKey({ expiresAtMs: Date.now() - 1 });
    expect(await ask({ authorization: `Bearer ${key}` })).toMatchObject({
      status: 401,
      error: { code: 'invalid_api_key' },
    });
  });

  it('that is revoked is 401 from then on', async () => {
    const key = await server.createKey();
    expect((await server.rest('GET', '/models', undefined, key)).status).toBe(200);
    const { body } = await server.rest('GET', '/api_keys?limit=1');
    await server.revokeKey(body.data[0].id);
    expect(await ask({ authorization: `Bearer ${key}` })).toMatchObject({
      status: 401,
      error: { code: 'invalid_api_key' },
    });
  });
});

describe('a list', () => {
  let responseId: string;
  let conversationId: string;
  beforeAll(async () => {
    responseId = (await server.rest('POST', '/responses', { model, input: 'hello' })).body.id;
    conversationId = (await server.rest('POST', '/conversations', { items: [{ role: 'user', content: 'x' }] })).body.id;
  });
  const lists = () => [
    `/responses/${responseId}/input_items`,
    `/conversations/${conversationId}/items`,
    '/conversations',
    '/prompts',
  ];

  it.each([
    ['limit=0', 'integer_below_min_value', 'limit'],
    ['limit=101', 'integer_above_max_value', 'limit'],
    ['limit=x', 'invalid_type', 'limit'],
    ['limit=1.5', 'invalid_type', 'limit'],
    ['limit=', 'invalid_type', 'limit'],
    ['order=sideways', 'invalid_value', 'order'],
    ['after=x', 'invalid_value', 'after'],
    ['after=%00', 'invalid_value', 'after'],
    ['before=x', 'invalid_value', 'before'],
    ['after=a&after=b', 'invalid_type', 'after'],
  ])('?%s', async (query, code, param) => {
    for (const list of lists())
      expect(await refusal('GET', `${list}?${query}`, undefined, {})).toMatchObject({
        status: 400,
        error: { code, param },
      });
  });

  it('an unknown cursor of items is refused, and a foreign one alike', async () => {
    const foreignKey = await server.createForeignKey();
    const foreign = await server.rest(
      'POST',
      '/conversations',
      { items: [{ role: 'user', content: 'x' }] },
      foreignKey,
    );
    for (const cursor of [`msg_${'0'.repeat(32)}`, foreign.body.items[0].id])
      for (const list of lists().slice(0, 2))
        expect(await refusal('GET', `${list}?after=${cursor}`, undefined, {})).toMatchObject({
          status: 400,
          error: { param: 'after' },
        });
  });

  it('of a list that is not of items has to be a member of it, whatever it looks like', async () => {
    const zeros = '0'.repeat(32);
    for (const cursor of [
      `/conversations?after=conv_${zeros}`,
      `/conversations?before=conv_${zeros}`,
      `/prompts?after=pmpt_${zeros}`,
      `/files?after=file_${zeros}`,
    ])
      expect(await refusal('GET', cursor, undefined, {})).toMatchObject({
        status: 400,
        error: { code: 'invalid_value', param: cursor.includes('after') ? 'after' : 'before' },
      });
  });

  it('of events wants a whole number that is not negative', async () => {
    for (const after of ['-1', 'x', '1.5', '99999999999', ''])
      expect(
        await refusal('GET', `/responses/${responseId}?stream=true&starting_after=${after}`, undefined, {}),
      ).toMatchObject({ status: 400, error: { param: 'starting_after' } });
  });
});

describe('odd text', () => {
  const odd = 'a\0b \ud800 c \udc00\ud83d';
  const mended = 'a\0b \ufffd c \ufffd\ufffd';

  it('is kept wherever it is free text, halves of surrogate pairs mended', async () => {
    const created = await server.rest('POST', '/responses', {
      model,
      input: [{ role: 'user', content: odd }],
      instructions: odd,
      tools: [{ type: 'function', name: 'f', description: odd, parameters: { type: 'object', description: odd } }],
      previous_response_id: null,
    });
    expect(created.status).toBe(200);
    const read = await server.rest('GET', `/responses/${created.body.id}`);
    expect(read.body).toEqual(created.body);
    expect(read.body.instructions).toBe(mended);
    const items = await server.rest('GET', `/responses/${created.body.id}/input_items`);
    expect(items.body.data[0].content[0].text).toBe(mended);
    const first = await server.rest('POST', '/responses', { model, input: odd });
    const next = await server.rest('POST', '/responses', { model, input: odd, previous_response_id: first.body.id });
    expect(next.status).toBe(200);

    const conversation = await server.rest('POST', '/conversations', { items: [{ role: 'user', content: odd }] });
    expect(conversation.status).toBe(201);
    const run = await server.rest('POST', '/responses', {
      model,
      input: odd,
      conversation: conversation.body.id,
      stream: true,
    });
    expect(run.status).toBe(200);
    expect(run.body).toContain('response.completed');
  });

  it('is refused or mended where it names something, never a fault of the server', async () => {
    const bodies: [string, object][] = [
      ['/responses', { model: odd, input: 'x' }],
      ['/responses', { model, input: 'x', user: odd }],
      ['/responses', { model, input: 'x', safety_identifier: odd }],
      ['/responses', { model, input: 'x', prompt_cache_key: odd }],
      ['/responses', { model, input: 'x', metadata: { k: odd } }],
      ['/responses', { model, input: 'x', metadata: { [odd]: 'v' } }],
      ['/responses', { model, input: [{ type: odd, text: odd }] }],
      [
        '/responses',
        {
          model,
          input: [
            { type: 'function_call', call_id: odd, name: odd, arguments: odd },
            { type: 'function_call_output', call_id: odd, output: odd },
          ],
        },
      ],
      ['/conversations', { metadata: { k: odd } }],
      ['/prompts', { name: odd }],
      ['/prompts', { name: 'odd', display_name: odd }],
      ['/prompts', { name: 'odd', instructions: odd }],
      ['/prompts', { name: 'odd', model: odd }],
      ['/prompts', { name: 'odd', variables: { who: odd } }],
      ['/prompts', { name: 'odd', metadata: { k: odd } }],
      ['/prompts', { name: 'odder', tools: [{ type: 'function', name: 'f', description: odd }] }],
    ];
    for (const [path, body] of bodies) {
      const { status, body: answer } = await server.rest('POST', path, body);
      expect([path, body, answer, status < 500]).toEqual([path, body, answer, true]);
    }
    const halves = await server.rest('POST', '/responses', { model, input: 'x', metadata: { k: 'a\ud800' } });
    expect(halves.body.metadata).toEqual({ k: 'a\ufffd' });
  });

  it('names of object internals are ordinary names', async () => {
    const body = `{"model":"local","input":"x","__proto__":{"store":false},"constructor":{"prototype":{"polluted":1}},
      "metadata":{"constructor":"a","toString":"b"},
      "tools":[{"type":"function","name":"constructor","parameters":{"__proto__":{"polluted":1}}}]}`;
    const answer = await fetch(`${server.url}/api/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(200);
    const response = (await answer.json()) as Record<string, unknown>;
    expect(response).toMatchObject({ store: true, metadata: { constructor: 'a', toString: 'b' } });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    for (const type of ['__proto__', 'constructor', 'toString'])
      expect(await post('/responses', { model, input: 'x', tools: [{ type }] })).toMatchObject({ status: 400 });
    for (const type of ['__proto__', 'constructor'])
      expect((await server.rest('POST', '/responses', { model, input: [{ type }] })).status).toBeLessThan(500);
  });

  it('deep nesting in a member that is only kept is refused before it can hurt', async () => {
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    for (const [path, body] of [
      ['/responses', `{"model":"local","input":[{"role":"user","content":"x","extra":${deep}}]}`],
      ['/responses', `{"model":"local","input":"x","tools":[{"type":"function","name":"f","parameters":${deep}}]}`],
      ['/conversations', `{"items":[{"role":"user","content":"x","extra":${deep}}]}`],
      ['/prompts', `{"name":"deep","tools":[{"type":"function","name":"f","parameters":${deep}}]}`],
    ] as const)
      expect(await refusal('POST', path, body)).toMatchObject({ status: 400, error: { code: 'invalid_json' } });
  });
});

it('a request that is no HTTP is answered, and the server lives on', async () => {
  const port = Number(new URL(server.url).port);
  for (const bytes of ['NONSENSE\r\n\r\n', `GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`]) {
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = createConnection(port, '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  }
  expect((await server.rest('GET', '/models')).status).toBe(200);
});
