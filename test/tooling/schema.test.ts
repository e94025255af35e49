import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';

const root = resolve(import.meta.dirname, '../..');
const FILE = 'schema/schema.graphql';

let folder: string;
let schema: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-schema-'));
  schema = await readFile(join(root, FILE), 'utf8');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Compares the schema with an earlier one. */
async function compare(earlier: string, ...flags: string[]): Promise<{ code: number; lines: string[] }> {
  const file = join(folder, 'earlier.graphql');
  await writeFile(file, earlier);
  return new Promise((done) => {
    execFile(
      process.execPath,
      ['scripts/schema-diff.mjs', file, ...flags],
      { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } },
      (error, stdout) => done({ code: error === null ? 0 : Number(error.code), lines: stdout.trim().split('\n') }),
    );
  });
}

describe('changes of the GraphQL schema', () => {
  it('are told in words, the breaking ones first and by that name', async () => {
    const earlier = `${schema}\ntype Gone { id: ID! }\n`.replace(/enum ResponseStatus \{/, '$&\n  GONE');
    const { code, lines } = await compare(earlier.replace('  deleteFile(', '  dropFile('));
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^\d+ changes of the schema since .*, 3 breaking:$/);
    expect(lines.slice(1, 4).map((line) => line.replace(/:.*/, ''))).toEqual(
      expect.arrayContaining(['BREAKING   Gone', 'BREAKING   ResponseStatus.GONE', 'BREAKING   Mutation.dropFile']),
    );
    expect(lines.slice(4)).toContainEqual(expect.stringMatching(/^safe {7}Mutation\.deleteFile: /));
  });

  it('are none where there are none', async () => {
    expect((await compare(schema)).lines).toEqual([expect.stringContaining('The schema is the one of')]);
  });

  it('fail a strict comparison when they break clients, and only then', async () => {
    expect((await compare(`${schema}\ntype Gone { id: ID! }\n`, '--strict')).code).toBe(1);
    expect((await compare(schema.replace('  createdAt: DateTime!', '  createdAt: DateTime'), '--strict')).code).toBe(0);
  });
});

describe('the linter of the schema', () => {
  const faults = async (text: string): Promise<(string | null)[]> => {
    const [result] = await new ESLint({ cwd: root }).lintText(text, { filePath: join(root, FILE) });
    return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
  };

  it('finds nothing in the schema', async () => {
    expect(await faults(schema)).toEqual([]);
  });

  it.each([
    ['a type without a word', 'type Silent { "Its name." name: String }', 'require-description'],
    ['a field without a word', '"A thing." type Thing { name: String }', 'require-description'],
    ['names in another style', '"A thing." type Thing { "Its name." first_name: String }', 'naming-convention'],
    [
      'a connection without pages',
      '"A page." type ThingConnection { "Entries." edges: [String] }',
      'relay-connection-types',
    ],
    [
      'a deprecation without a reason',
      '"A thing." type Thing { "Old." a: Int @deprecated }',
      'require-deprecation-reason',
    ],
  ])('names %s', async (_name, addition, rule) => {
    expect(await faults(`${schema}\n${addition}\n`)).toContain(`@graphql-eslint/${rule}`);
  });
});
