import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { SEALING_SECRET } from '../support/leaks.js';
import { makeTemporaryFolder } from '../support/postgres.js';
import { startServerProcess } from '../support/process.js';

let server: TestApp;
let operator: string;
beforeAll(async () => {
  server = await startTestApp();
  operator = await server.createKey({ name: 'operator', scopes: ['operator', 'admin', 'read', 'write'] });
});
afterAll(() => server.stop());

const works = async (key: string, on = server): Promise<boolean> =>
  (await on.rest('GET', '/models', undefined, key)).status === 200;

const make = async (body: object, query = '', key = server.key) => server.rest('POST', `/api_keys${query}`, body, key);

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

const graphql = async (query: string, key = server.key) => {
  const answer = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-request-id': 'req_graphql_test' },
    body: JSON.stringify({ query }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
  return (await answer.json()) as any;
};

describe('keys', () => {
  it('are shown once, kept as a hash, and read back without their value', async () => {
    const { status, body } = await make({
      name: 'shop',
      scopes: ['responses:read', 'responses:read'],
      models: ['local*'],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ object: 'api_key', name: 'shop', scopes: ['responses:read'], models: ['local*'] });
    expect(body.value).toMatch(/^sk-antiphon-.{32}$/);
    const [row] = await server.sql<{ row: string }>('select api_keys::text as row from api_keys where name = $1', [
      'shop',
    ]);
    expect(row?.row).not.toContain(body.value.slice(-8));
    const { value, ...shown } = body;
    expect((await server.rest('GET', `/api_keys/${body.id}`)).body).toEqual(shown);
    expect((await server.rest('GET', '/api_keys?limit=1')).body.data).toEqual([shown]);
    const { data } = await graphql(
      `{ apiKey(id: "${body.id}") { id name hint scopes models expiresAt revokedAt budgets { id } } }`,
    );
    expect(data.apiKey).toEqual({
      id: body.id,
      name: 'shop',
      hint: value.slice(-4),
      scopes: ['responses:read'],
      models: ['local*'],
      expiresAt: null,
      revokedAt: null,
      budgets: [],
    });
  });

  it.each([
    [{}, 'missing_required_parameter', 'name'],
    [{ name: '' }, 'empty_string', 'name'],
    [{ name: 'x', scopes: [] }, 'empty_array', 'scopes'],
    [{ name: 'x', scopes: ['root'] }, 'invalid_value', 'scopes[0]'],
    [{ name: 'x', models: [''] }, 'empty_string', 'models[0]'],
    [{ name: 'x', expires_at: 12 }, 'invalid_value', 'expires_at'],
    [{ name: 'x', expires_at: 'soon' }, 'invalid_type', 'expires_at'],
    [{ name: 'x', budgets: [{ period: 'day', limit: '1' }] }, 'unknown_parameter', 'budgets'],
    [{ name: 'x', rate_limits: [{ requests: 5 }] }, 'unknown_parameter', 'rate_limits[0].requests'],
  ])('%j is refused with %s', async (sent, code, param) => {
    const { status, body } = await make(sent);
    expect([status, body.error.code, body.error.param]).toEqual([400, code, param]);
  });

  it('expire to the second, also when the key is known already', async () => {
    const { body } = await make({ name: 'brief', expires_at: inSeconds(3) });
    expect(await works(body.value)).toBe(true);
    const untilMs = body.expires_at * 1000 - Date.now();
    await new Promise((resolve) => setTimeout(resolve, untilMs + 20));
    expect(await works(body.value)).toBe(false);
  });

  it('rotate: the old value works until its time, and only the last one before', async () => {
    const { body: first } = await make({ name: 'rotating' });
    const { body: second } = await server.rest('POST', `/api_keys/${first.id}/rotate`, {
      old_key_expires_at: inSeconds(3600),
    });
    expect(second).toMatchObject({ id: first.id, name: 'rotating', hint: second.value.slice(-4) });
    expect([await works(first.value), await works(second.value)]).toEqual([true, true]);
    const third = await graphql(
      `mutation { rotateApiKey(input: { id: "${first.id}" }) { value apiKey { oldKeyExpiresAt } userErrors { code } } }`,
    );
    expect(third.data.rotateApiKey).toMatchObject({ apiKey: { oldKeyExpiresAt: null }, userErrors: [] });
    const newest = third.data.rotateApiKey.value;
    expect([await works(first.value), await works(second.value), await works(newest)]).toEqual([false, false, true]);
    const { body: fourth } = await server.rest('POST', `/api_keys/${first.id}/rotate`, {
      old_key_expires_at: inSeconds(3),
    });
    expect(await works(newest)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 3100));
    expect([await works(newest), await works(fourth.value)]).toEqual([false, true]);
    await server.rest('POST', `/api_keys/${first.id}/revoke`, {});
    expect(await works(fourth.value)).toBe(false);
    const again = await server.rest('POST', `/api_keys/${first.id}/rotate`, {});
    expect([again.status, again.body.error.code]).toEqual([400, 'api_key_revoked']);
  });

  it('change at once: a scope that is taken away, a model that is added', async () => {
    const { body } = await make({ name: 'changing', models: ['other'] });
    const ask = () => server.rest('POST', '/responses', { model: 'local-script', input: 'x' }, body.value);
    const refused = await ask();
    expect([refused.status, refused.body.error]).toMatchObject([
      403,
      { code: 'permission_denied', param: 'model', message: "This key may not use the model 'local-script'." },
    ]);
    expect((await server.rest('GET', '/models', undefined, body.value)).body.data).toEqual([]);
    await server.rest('POST', `/api_keys/${body.id}`, { models: ['other', 'local-*'] });
    expect((await ask()).status).toBe(200);
    for (const [path, sent] of [
      ['/chat/completions', { model: 'x', messages: [{ role: 'user', content: 'x' }] }],
      ['/embeddings', { model: 'x', input: 'x' }],
      ['/responses/compact', { model: 'x', input: 'x' }],
    ] as const)
      expect((await server.rest('POST', path, sent, body.value)).status).toBe(403);
    await server.rest('POST', `/api_keys/${body.id}`, { scopes: ['read'], models: null });
    expect((await ask()).status).toBe(403);
  });

  it('say when they were last used, without a statement of the request’s own', async () => {
    const { body } = await make({ name: 'used' });
    await works(body.value);
    const other = await startTestApp({ databaseUrl: server.databaseUrl });
    expect(await works(body.value, other)).toBe(true);
    await other.stop();
    const { last_used_at: lastUsed } = (await server.rest('GET', `/api_keys/${body.id}`)).body;
    expect(Math.abs(lastUsed - Date.now() / 1000)).toBeLessThan(60);
  });

  it('are revoked in every process, at once as far as the machine allows', async () => {
    const environment = { DATABASE_URL: server.databaseUrl, ANTIPHON_SECRET: SEALING_SECRET };
    const others = [await startServerProcess(environment), await startServerProcess(environment)];
    const { body } = await make({ name: 'leaked' });
    const worksAt = async (url: string): Promise<boolean> =>
      (await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${body.value}` } })).status === 200;
    for (const { url } of others) expect(await worksAt(url)).toBe(true);
    await server.rest('POST', `/api_keys/${body.id}/revoke`, {});
    const revokedMs = Date.now();
    for (const { url } of others) while (await worksAt(url)) expect(Date.now() - revokedMs).toBeLessThan(10_000);
    expect(await works(body.value)).toBe(false);
    for (const other of others) await other.end('SIGTERM');
  }, 60_000);
});

describe('who may administer what', () => {
  it('nobody but an operator makes, takes over or ends an operator’s key', async () => {
    expect((await make({ name: 'x', scopes: ['operator'] })).status).toBe(403);
    const { body } = await make({ name: 'boss', scopes: ['operator'] }, '', operator);
    for (const [verb, sent] of [
      ['', { name: 'mine' }],
      ['/rotate', {}],
      ['/revoke', {}],
    ] as const)
      expect((await server.rest('POST', `/api_keys/${body.id}${verb}`, sent)).status).toBe(403);
    const own = await make({ name: 'plain' });
    expect((await server.rest('POST', `/api_keys/${own.body.id}`, { scopes: ['operator'] })).status).toBe(403);
  });

  it('other projects are there for operators alone', async () => {
    const { body: project } = await server.rest('POST', '/projects', { name: 'tenant' }, operator);
    expect(project).toMatchObject({ object: 'project', name: 'tenant' });
    const at = `?project_id=${project.id}`;
    const { body: key } = await make({ name: 'first', scopes: ['admin', 'read'] }, at, operator);
    expect(key.project_id).toBe(project.id);
    const text = `'${project.id}' was not found.`;
    for (const [method, path] of [
      ['GET', `/projects/${project.id}`],
      ['GET', `/api_keys${at}`],
      ['GET', `/audit_log${at}`],
      ['POST', `/api_keys${at}`],
    ] as const) {
      const { status, body } = await server.rest(method, path, method === 'POST' ? { name: 'x' } : undefined);
      expect([path, status, body.error.message]).toEqual([path, 404, text]);
    }
    expect((await server.rest('GET', `/api_keys/${key.id}`)).status).toBe(404);
    expect((await server.rest('GET', `/projects/${project.id}`, undefined, key.value)).body.name).toBe('tenant');
    expect((await server.rest('GET', '/projects', undefined, key.value)).status).toBe(403);
    await server.rest('POST', `/projects/${project.id}`, { name: 'renamed' }, operator);
    const list = await graphql(`{ projects(first: 5) { nodes { id name } } }`, operator);
    expect(list.data.projects.nodes).toContainEqual({ id: project.id, name: 'renamed' });
    const log = await graphql(`{ auditLog(projectId: "${project.id}") { nodes { action } } }`, operator);
    expect(log.data.auditLog.nodes.map(({ action }: { action: string }) => action)).toEqual([
      'project.updated',
      'api_key.created',
      'project.created',
    ]);
  });
});

describe('the audit log', () => {
  it('says who did what to which key, before and after, in which request, and never a secret', async () => {
    const viewer = await graphql('{ viewer { key { id } } }');
    const made = await graphql('mutation { createApiKey(input: { name: "audited" }) { value apiKey { id } } }');
    const { value, apiKey } = made.data.createApiKey;
    await graphql(`mutation { updateApiKey(input: { id: "${apiKey.id}", name: "renamed" }) { userErrors { code } } }`);
    const rotated = await graphql(`mutation { rotateApiKey(input: { id: "${apiKey.id}" }) { value } }`);
    await graphql(`mutation { revokeApiKey(input: { id: "${apiKey.id}" }) { userErrors { code } } }`);
    const { data } = await graphql(
      '{ auditLog(first: 4) { nodes { id action actor keyId targetId before after requestId createdAt } } }',
    );
    const entries = data.auditLog.nodes.reverse();
    expect(entries.map(({ action }: { action: string }) => action)).toEqual([
      'api_key.created',
      'api_key.updated',
      'api_key.rotated',
      'api_key.revoked',
    ]);
    for (const entry of entries)
      expect(entry).toMatchObject({
        actor: 'KEY',
        keyId: viewer.data.viewer.key.id,
        targetId: apiKey.id,
        requestId: 'req_graphql_test',
      });
    expect(entries[0].before).toBeNull();
    expect(entries[1]).toMatchObject({ before: { name: 'audited' }, after: { name: 'renamed' } });
    expect(entries[3]).toMatchObject({ before: { revoked_at: null }, after: { revoked_at: expect.any(String) } });
    const text = JSON.stringify(entries);
    for (const secret of [value, rotated.data.rotateApiKey.value]) expect(text).not.toContain(secret.slice(12));
    const { body } = await server.rest('GET', '/audit_log?limit=1');
    expect(body.data[0]).toMatchObject({ object: 'audit_log.entry', action: 'api_key.revoked', target_id: apiKey.id });
  });

  it('is only ever added to, and goes with its change', async () => {
    for (const statement of ['update audit_log set action = $$x$$', 'delete from audit_log', 'truncate audit_log'])
      await expect(server.sql(statement)).rejects.toThrow('append-only');
    await server.sql('alter table audit_log add constraint full_log check (false) not valid');
    const before = await server.sql('select count(*) from api_keys');
    expect((await make({ name: 'unlogged' })).status).toBe(500);
    expect(await server.sql('select count(*) from api_keys')).toEqual(before);
    await server.sql('alter table audit_log drop constraint full_log');
  });
});

describe('the command line', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const antiphon = async (...args: string[]) => {
    try {
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', 'src/cli/antiphon.ts', ...args],
        {
          cwd: root,
          env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: server.databaseUrl, ANTIPHON_SECRET: SEALING_SECRET },
        },
      );
      return { code: 0, stdout, stderr };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  };

  it('makes projects and keys, lists, rotates and revokes them', async () => {
    const project = JSON.parse((await antiphon('projects', 'create', '--name', 'cli', '--json')).stdout);
    expect(project).toMatchObject({ name: 'cli', id: expect.stringMatching(/^proj_/) });
    expect((await antiphon('projects', 'list')).stdout).toMatch(
      /^ID +CREATED +NAME\nproj_\w+ +\S+ +default\n(.*\n)*.*cli\n$/,
    );
    const made = await antiphon(
      ...['keys', 'create', '--project', 'cli', '--name', 'deploy', '--scope', 'read', '--model', 'local*'],
      ...['--budget', 'day=2.50', '--json'],
    );
    const key = JSON.parse(made.stdout);
    expect(key).toMatchObject({ project_id: project.id, scopes: ['read'], models: ['local*'], state: 'live' });
    expect(key.budgets).toMatchObject([{ period: 'day', cap: '2.5', settled: '0', reserved: '0' }]);
    expect(await works(key.value)).toBe(true);
    const rotated = (
      await antiphon('keys', 'rotate', key.id, '--project', 'cli', '--keep-old-hours', '1')
    ).stdout.trim();
    expect([await works(rotated), await works(key.value)]).toEqual([true, true]);
    const list = (await antiphon('keys', 'list', '--project', project.id)).stdout;
    expect(list).toMatch(/^ID +KEY +STATE +CREATED +LAST USED +NAME +SCOPES +BUDGETS +RATE LIMITS\n/);
    expect(list).toMatch(/key_\w+ +….{4} +live +\S+ +.+ +deploy +read +day 0\/2.5\n$/);
    expect((await antiphon('keys', 'revoke', key.id, '--project', 'cli')).stdout).toBe(`${key.id} is revoked.\n`);
    expect([await works(rotated), await works(key.value)]).toEqual([false, false]);
    const [entry] = await server.sql('select actor, key_id, action from audit_log order by id desc limit 1');
    expect(entry).toEqual({ actor: 'command_line', key_id: null, action: 'api_key.revoked' });
  }, 120_000);

  it.each([
    [['keys', 'burn'], 2, "There is no command 'keys burn'."],
    [['keys', 'create'], 2, '--name is missing'],
    [['keys', 'create', '--name', 'x', '--scope', 'root'], 2, '--scope root: use one of admin'],
    [['keys', 'create', '--name', 'x', '--colour', 'red'], 2, '--colour'],
    [['keys', 'revoke'], 2, 'Usage: keys revoke KEY_ID'],
    [['keys', 'revoke', 'key_1'], 1, "'key_1' was not found."],
    [['keys', 'list', '--project', 'nowhere'], 1, "'nowhere' was not found."],
    [['config', 'check', 'nothing.yaml'], 1, 'there is no file'],
  ] as const)(
    '%j ends with %d',
    async (args, code, words) => {
      const ended = await antiphon(...args);
      expect([ended.code, ended.stdout]).toEqual([code, '']);
      expect(ended.stderr).toContain(words);
      expect(ended.stderr).not.toContain('    at ');
    },
    60_000,
  );

  it('helps with everything, a group, or one command', async () => {
    const helpOf = async (...args: string[]) => (await antiphon(...args, '--help')).stdout.match(/^ {2}\w+ \w+/gm);
    expect(await helpOf()).toEqual(expect.arrayContaining(['  keys create', '  budgets create', '  ledger verify']));
    expect(new Set(await helpOf('keys'))).toEqual(
      new Set(['  keys create', '  keys list', '  keys limit', '  keys rotate', '  keys revoke']),
    );
    expect(await helpOf('keys', 'create')).toEqual(['  keys create']);
  }, 60_000);

  it('checks the configuration and the database', async () => {
    expect((await antiphon('config', 'check')).stdout).toContain('The configuration is fine.');
    const folder = makeTemporaryFolder();
    const file = path.join(folder, 'bad.yaml');
    writeFileSync(file, 'currency: EUR\nmodles: []\n');
    const faults = [{ line: 2, column: 1, path: 'modles', message: 'Unrecognized key: "modles"' }];
    const told = await antiphon('config', 'check', file);
    expect([told.code, told.stdout, told.stderr]).toEqual([1, '', `${file}:2:1: modles: Unrecognized key: "modles"\n`]);
    const printed = await antiphon('config', 'check', file, '--json');
    expect([printed.code, JSON.parse(printed.stdout)]).toEqual([1, { valid: false, file, faults }]);
    rmSync(folder, { recursive: true });
    expect((await antiphon('migrate')).stdout).toBe('The database is up to date.\n');
  }, 60_000);
});
