import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');
const clean = { 'src/domain/thing.ts': 'export interface Thing { id: string }\nexport const thing = 1;\n' };

let folder: string;

/** Runs the project's own rules over a small tree and returns what was reported. */
async function cruise(files: Record<string, string>): Promise<{ code: number; output: string }> {
  const tree = await mkdtemp(join(folder, 'tree-'));
  await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
  for (const [name, text] of Object.entries({
    ...clean,
    'package.json': '{"type":"module","devDependencies":{"jest":"*"}}',
    ...files,
  })) {
    await mkdir(dirname(join(tree, name)), { recursive: true });
    await writeFile(join(tree, name), text);
  }
  return new Promise((done) => {
    execFile(
      join(root, 'node_modules/.bin/depcruise'),
      ['--config', join(root, '.dependency-cruiser.js'), 'src'],
      { cwd: tree, env: { ...process.env, NODE_OPTIONS: '' } },
      (error, stdout, stderr) => done({ code: error ? 1 : 0, output: stdout + stderr }),
    );
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-cruise-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('dependency direction', () => {
  it('accepts imports that point the right way', async () => {
    const { code, output } = await cruise({
      'src/services/a.ts': "import { thing } from '../domain/thing.js';\nexport const a = thing;\n",
      'src/rest/a.ts': "import { a } from '../services/a.js';\nexport const b = a;\n",
    });
    expect(output).toContain('no dependency violations');
    expect(code).toBe(0);
  });

  it.each([
    [
      'a type that domain takes from a service',
      'domain-may-import',
      'src/domain/a.ts',
      "export type { S } from '../services/s.js';",
    ],
    [
      'a provider that reaches into persistence',
      'providers-may-import',
      'src/providers/a.ts',
      "import '../persistence/s.js';",
    ],
    [
      'persistence that calls a service',
      'persistence-may-import',
      'src/persistence/a.ts',
      "import { s } from '../services/s.js';\nexport const a = s;",
    ],
    [
      'an SDK that is loaded at the start',
      'loaded-when-used',
      'src/tools/a.ts',
      "import '@modelcontextprotocol/sdk/types.js';",
    ],
    ['a service that knows a door', 'services-may-import', 'src/services/a.ts', "import '../rest/s.js';"],
    [
      'REST that reaches into GraphQL by a dynamic import',
      'rest-may-import',
      'src/rest/a.ts',
      "export const a = import('../graphql/s.js');",
    ],
    [
      'GraphQL that reaches past the services',
      'graphql-may-import',
      'src/graphql/a.ts',
      "import { s } from '../persistence/s.js';\nexport const a = s;",
    ],
    [
      'a service that reads configured values',
      'services-take-limits-by-argument',
      'src/services/a.ts',
      "import { s } from '../config/s.js';\nexport const a = s;",
    ],
    [
      'a development package in the server',
      'no-development-packages',
      'src/services/a.ts',
      "import { run } from 'jest';\nexport const a = run;",
    ],
    ['an import that leads nowhere', 'resolvable', 'src/services/a.ts', "import './gone.js';"],
  ])('refuses %s', async (_title, rule, file, text) => {
    const target = 'export type S = string;\nexport const s = 1;\n';
    const { code, output } = await cruise({
      ...Object.fromEntries(
        ['services', 'persistence', 'rest', 'graphql', 'config'].map((name) => [`src/${name}/s.ts`, target]),
      ),
      [file]: `${text}\n`,
    });
    expect(output).toContain(`error ${rule}: ${file}`);
    expect(code).toBe(1);
  });

  it('refuses two files that import each other', async () => {
    const { code, output } = await cruise({
      'src/services/a.ts': "import { b } from './b.js';\nexport const a = () => b;\n",
      'src/services/b.ts': "import { a } from './a.js';\nexport const b = () => a;\n",
    });
    expect(output).toContain('no-cycles');
    expect(code).toBe(1);
  });
});
