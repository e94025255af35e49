import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { print } from 'graphql';
import { UploadFileDocument } from '../generated/graphql.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { createHttpClient } from './support/client.js';

const MAX_FILE = 3 * 1024 * 1024;
const QUERY = print(UploadFileDocument);
const TWO = `mutation ($a: Upload, $b: Upload!) {
  a: createFile(input: { purpose: ASSISTANTS, file: $a }) { file { filename } userErrors { message } }
  b: createFile(input: { purpose: ASSISTANTS, file: $b, filename: "renamed.txt" }) { file { filename } userErrors { message } }
}`;

describe('uploads over GraphQL', () => {
  let server: TestApp;
  beforeAll(async () => {
    server = await startTestApp({ config: { knowledge: { max_file_bytes: MAX_FILE } } });
  });
  afterAll(() => server.stop());

  type Part = readonly [name: string, value: unknown, filename?: string];
  const form = (...parts: Part[]): FormData => {
    const data = new FormData();
    for (const [name, value, filename] of parts)
      if (filename !== undefined) data.append(name, value as Blob, filename);
      else data.append(name, typeof value === 'string' ? value : JSON.stringify(value));
    return data;
  };
  const send = async (body: FormData, headers: Record<string, string> = { 'apollo-require-preflight': 'true' }) => {
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, ...headers },
      body,
    });
    // biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
    return { status: answer.status, body: (await answer.json()) as any };
  };
  const text = (content: string): Blob => new Blob([content]);
  const operations = (variables: object, query = QUERY): Part => ['operations', { query, variables }];
  const one = (file: Blob, name = 'a.txt'): FormData =>
    form(operations({ file: null }), ['map', { 0: ['variables.file'] }], ['0', file, name]);
  const kept = (): string[] =>
    readdirSync(server.filesDir, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [entry.name] : [],
    );

  it('take a file beside the operation, with its name and type', async () => {
    const content = 'Grüße, world\n'.repeat(10_000);
    const { status, body } = await send(one(new Blob([content], { type: 'text/markdown' }), 'grüße.md'));
    expect(status).toBe(200);
    expect(body.data.createFile).toMatchObject({
      userErrors: [],
      file: {
        filename: 'grüße.md',
        bytes: String(Buffer.byteLength(content)),
        sha256: createHash('sha256').update(content).digest('hex'),
      },
    });
    const read = await fetch(`${server.url}${body.data.createFile.file.contentUrl}`, {
      headers: { authorization: `Bearer ${server.key}` },
    });
    expect(read.headers.get('content-type')).toBe('text/markdown');
    expect(await read.text()).toBe(content);
  });

  it('take several in the order in which they are used, and pass over those that are not', async () => {
    const map: Part = ['map', { x: ['variables.a'], y: ['variables.b'] }];
    const files: Part[] = [
      ['x', text('first'), 'first.txt'],
      ['y', text('second'), 'second.txt'],
    ];
    const both = await send(form(operations({ a: null, b: null }, TWO), map, ...files));
    expect(both.body.data).toMatchObject({
      a: { file: { filename: 'first.txt' } },
      b: { file: { filename: 'renamed.txt' } },
    });
    const swapped = await send(form(operations({ a: null, b: null }, TWO), map, ...files.toReversed()));
    expect(swapped.body.data.a.file).toEqual({ filename: 'first.txt' });
    expect(swapped.body.data.b).toMatchObject({
      file: null,
      userErrors: [{ message: expect.stringContaining('in the order in which they are used') }],
    });
  });

  const file: Part = ['0', text('x'), 'a.txt'];
  const map: Part = ['map', { 0: ['variables.file'] }];
  const hidden = "map' names '";
  it.each<[string, FormData, string]>([
    ['no map', form(operations({ file: null }), file), "'map' second"],
    ['the map first', form(map, operations({ file: null }), file), "'operations' first"],
    ['a file first', form(file, operations({ file: null }), map), "'operations' first"],
    ['nothing', form(), "'operations' first"],
    ['operations that are no JSON', form(['operations', '{'], map, file), "'operations' is not JSON"],
    ['a batch', form(['operations', []], map, file), "'operations' has to be a JSON object"],
    ['a map without files', form(operations({ file: null }), ['map', {}], file), 'names no file'],
    [
      'a map that is no lists',
      form(operations({ file: null }), ['map', { 0: 'variables.file' }], file),
      "'map.0' has to be",
    ],
    [
      'a path to nowhere',
      form(operations({ file: null }), ['map', { 0: ['variables.other'] }], file),
      `${hidden}variables.other'`,
    ],
    ['a path that inherits', form(operations({ file: null }), ['map', { 0: ['variables.__proto__.x'] }], file), hidden],
    [
      'a path beside the variables',
      form(operations({ file: null }), ['map', { 0: ['query'] }], file),
      `${hidden}query'`,
    ],
    ['a variable that is not null', form(operations({ file: 'x' }), map, file), `${hidden}variables.file'`],
    [
      'too many files in the map',
      form(
        operations({ file: Array(11).fill(null) }),
        ['map', Object.fromEntries(Array.from({ length: 11 }, (_, n) => [n, [`variables.file.${n}`]]))],
        file,
      ),
      'At most 10 files',
    ],
    ['fields without end', form(operations({ file: null, x: 'x'.repeat(1 << 20) }), map, file), 'a field is too long'],
    [
      'levels without end',
      form(['operations', `{"variables":${'['.repeat(5000)}${']'.repeat(5000)}}`], map, file),
      'nested',
    ],
  ])('refuse %s', async (_what, body, message) => {
    const answer = await send(body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].message).toContain(message);
  });

  it.each<[string, FormData, object]>([
    [
      'a file that was not sent',
      form(operations({ file: null }), map),
      { code: 'invalid_multipart', field: null, message: expect.stringContaining('was not sent') },
    ],
    [
      'a file and a text',
      form(operations({ file: null }, QUERY.replace('file: $file', 'file: $file, text: "x"')), map, file),
      { code: 'mutually_exclusive_parameters' },
    ],
    [
      'an expiry that is too short',
      form(operations({ file: null }, QUERY.replace('file: $file', 'file: $file, expiresAfterSeconds: 60')), map, file),
      { field: 'expiresAfterSeconds' },
    ],
  ])('say what is wrong with %s, and keep nothing', async (_what, body, userError) => {
    const before = kept();
    const answer = await send(body);
    expect(answer.body.data.createFile).toMatchObject({ file: null, userErrors: [userError] });
    expect(kept()).toEqual(before);
  });

  it('are not taken from browsers that did not ask', async () => {
    const answer = await send(one(text('x')), {});
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].message).toContain('apollo-require-preflight');
    expect((await send(one(text('x')), { 'x-apollo-operation-name': 'UploadFile' })).status).toBe(200);
  });

  it('are not taken without a key, nor as a value that is no file', async () => {
    expect((await send(one(text('x')), { authorization: 'Bearer sk-antiphon-none' })).status).toBe(401);
    const { errors } = await createHttpClient(server).run(QUERY, { file: 'text' });
    expect(errors?.[0]?.message).toContain('multipart/form-data');
  });

  it('end with 413 when a file is too large, and keep nothing of it', async () => {
    const before = kept();
    const answer = await send(one(text('x'.repeat(MAX_FILE + 1))));
    expect(answer.body.errors[0].extensions).toMatchObject({ code: 'file_too_large', status: 413 });
    expect(kept()).toEqual(before);
  });

  it('leave nothing behind when the client goes in the middle', async () => {
    const before = kept();
    const request = http.request(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.key}`,
        'content-type': 'multipart/form-data; boundary=b',
        'apollo-require-preflight': 'true',
      },
    });
    request.on('error', () => undefined);
    const field = (name: string, value: unknown) =>
      `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${JSON.stringify(value)}\r\n`;
    request.write(field('operations', { query: QUERY, variables: { file: null } }) + field('map', map[1]));
    request.write('--b\r\ncontent-disposition: form-data; name="0"; filename="a.txt"\r\n\r\nbegun');
    const until = async (isSo: () => boolean): Promise<void> => {
      const deadline = Date.now() + 60_000;
      while (!isSo() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await until(() => kept().length > before.length);
    request.destroy();
    await until(() => kept().length === before.length);
    expect(kept()).toEqual(before);
  });
});
