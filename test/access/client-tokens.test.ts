import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { userScopes } from '../../src/domain/scope.js';
import { operations } from '../../src/services/access/operations.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { graphqlCalls, restCalls } from './support/every-operation.js';

const ORIGIN = 'https://app.example';
let server: TestApp;
let printed = '';
beforeAll(async () => {
  server = await startTestApp({
    corsOrigins: [ORIGIN],
    logger: pino(
      { level: 'trace' },
      {
        write(line: string) {
          printed += line;
        },
      },
    ),
  });
});
afterAll(() => server.stop());

const make = (body: object, key = server.key) => server.rest('POST', '/client_tokens', body, key);
const statusOf = async (token: string, path = '/conversations'): Promise<number> =>
  (await server.rest('GET', path, undefined, token)).status;

describe('client tokens', () => {
  it('are for one user, for a while, on both doors', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { status, body } = await make({ user: 'ann' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ object: 'client_token', user: 'ann', models: null });
    expect(body.scopes).toEqual(
      ['responses', 'conversations', 'files'].flatMap((name) => [`${name}:read`, `${name}:write`]),
    );
    expect(body.expires_at - before).toBeGreaterThanOrEqual(600);
    expect(body.expires_at - before).toBeLessThan(660);
    const ask = async (query: string, key: string) => {
      const answer = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      // biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
      return (await answer.json()) as any;
    };
    const { data } = await ask(
      'mutation { createClientToken(input: { user: "ben", scopes: ["responses:read"], expiresAfterSeconds: 60 }) { clientToken { value user scopes models expiresAt } userErrors { code } } }',
      server.key,
    );
    expect(data.createClientToken).toMatchObject({
      clientToken: { user: 'ben', scopes: ['responses:read'], models: null },
      userErrors: [],
    });
    const viewer = await ask(
      '{ viewer { key { name hint endUser scopes } budgets { id } } }',
      data.createClientToken.clientToken.value,
    );
    expect(viewer.data.viewer).toEqual({
      key: { name: '', hint: '', endUser: 'ben', scopes: ['responses:read'] },
      budgets: [],
    });
  });

  it('write rows that are their user’s, paid by their key', async () => {
    const { body } = await make({ user: 'row writer' });
    const { body: response } = await server.rest(
      'POST',
      '/responses',
      { model: 'local-script', input: 'x' },
      body.value,
    );
    expect(response.status).toBe('completed');
    const rows = await server.sql(
      `select r.end_user, k.name, l.end_user as paid_for from responses r
       join api_keys k on k.project_id = r.project_id and k.id = r.key_id
       join ledger l on l.project_id = r.project_id and l.response_id = r.id where r.end_user = 'row writer'`,
    );
    expect(rows).toEqual([{ end_user: 'row writer', name: 'test', paid_for: 'row writer' }]);
  });

  it('may do nothing that is the application’s, whatever scope they claim', async () => {
    const { body } = await make({ user: 'ann', scopes: userScopes });
    const wrong: string[] = [];
    for (const { title, operation, run } of [...restCalls(), ...graphqlCalls()]) {
      const needed: string | null = operations[operation as keyof typeof operations];
      const mayRun = needed === null || (userScopes as readonly string[]).includes(needed);
      const { status, code } = await run(server, body.value);
      if ((status === 403 && code === 'permission_denied') === mayRun) wrong.push(`${title}: ${status} ${code}`);
    }
    expect(wrong).toEqual([]);
    expect((await make({ user: 'bob' }, body.value)).status).toBe(403);
  });

  it('have no more than their key, at birth and later', async () => {
    const key = await server.createKey({ scopes: ['client_tokens:write', 'responses:read'], models: ['local*'] });
    expect((await make({ user: 'x', scopes: ['files:read'] }, key)).body.error).toMatchObject({
      code: 'permission_denied',
      message: "This key cannot give the scope 'files:read': it lacks it.",
    });
    expect((await make({ user: 'x', models: ['gpt-4'] }, key)).status).toBe(403);
    const { body } = await make({ user: 'x', models: ['local-script'] }, key);
    expect(body).toMatchObject({ scopes: ['responses:read'], models: ['local-script'] });
    const none = await server.createKey({ scopes: ['client_tokens:write'] });
    expect((await make({ user: 'x' }, none)).status).toBe(403);
    const path = `/responses/resp_${'0'.repeat(32)}`;
    expect(await statusOf(body.value, path)).toBe(404);
    const { body: keys } = await server.rest('GET', '/api_keys?limit=2');
    const { id } = keys.data.find(({ hint }: { hint: string }) => key.endsWith(hint));
    await server.rest('POST', `/api_keys/${id}`, { scopes: ['client_tokens:write'] });
    expect(await statusOf(body.value, path)).toBe(403);
    await server.rest('POST', `/api_keys/${id}/revoke`, {});
    expect(await statusOf(body.value, path)).toBe(401);
  });

  it('end at their time, and cannot be made longer, or up', async () => {
    const { body } = await make({ user: 'brief', expires_after: { seconds: 10 } });
    expect(await statusOf(body.value)).toBe(200);
    const changed = body.value.slice(0, -2) + (body.value.endsWith('AA') ? 'BB' : 'AA');
    for (const bad of [changed, 'ct-antiphon-', 'ct-antiphon-a.b.c.d', `ct-antiphon-${'x'.repeat(8000)}`])
      expect((await server.rest('GET', '/conversations', undefined, bad)).body.error).toMatchObject({
        code: 'invalid_api_key',
      });
    const later = await startTestApp({
      databaseUrl: server.databaseUrl,
      clock: { now: () => Date.now() + 11_000 },
    });
    expect((await later.rest('GET', '/conversations', undefined, body.value)).status).toBe(401);
    await later.stop();
  });

  it.each([
    [{}, 'missing_required_parameter', 'user'],
    [{ user: '' }, 'empty_string', 'user'],
    [{ user: 'x'.repeat(129) }, 'string_above_max_length', 'user'],
    [{ user: 'x', scopes: ['prompts:read'] }, 'invalid_value', 'scopes[0]'],
    [{ user: 'x', expires_after: { seconds: 5 } }, 'integer_below_min_value', 'expires_after.seconds'],
    [{ user: 'x', expires_after: { seconds: 86_401 } }, 'integer_above_max_value', 'expires_after.seconds'],
  ])('%j is refused with %s', async (sent, code, param) => {
    const { status, body } = await make(sent);
    expect([status, body.error.code, body.error.param]).toEqual([400, code, param]);
  });
});

describe('browsers', () => {
  it.each(['/api/v1/responses', '/graphql'])('of an allowed origin may call %s, others may not', async (path) => {
    const { body } = await make({ user: 'ann' });
    const ask = (origin: string, method: string) =>
      fetch(server.url + path, {
        method,
        headers: {
          origin,
          ...(method === 'OPTIONS'
            ? {
                'access-control-request-method': 'POST',
                'access-control-request-headers': 'authorization,content-type',
              }
            : { authorization: `Bearer ${body.value}`, 'content-type': 'application/json' }),
        },
        ...(method === 'POST'
          ? { body: JSON.stringify({ model: 'local-script', input: 'x', query: '{ __typename }' }) }
          : {}),
      });
    for (const method of ['OPTIONS', 'POST']) {
      const allowed = await ask(ORIGIN, method);
      expect([method, allowed.status < 300, allowed.headers.get('access-control-allow-origin')]).toEqual([
        method,
        true,
        ORIGIN,
      ]);
      expect(allowed.headers.get('vary')).toContain('Origin');
      expect((await ask('https://evil.example', method)).headers.get('access-control-allow-origin')).toBeNull();
    }
    expect((await ask(ORIGIN, 'OPTIONS')).headers.get('access-control-allow-headers')).toContain('authorization');
  });
});

describe('secrets', () => {
  it('are in no log line, no error, no list and no table', async () => {
    const { body: made } = await server.rest('POST', '/api_keys', { name: 'scanned' });
    const { body: rotated } = await server.rest('POST', `/api_keys/${made.id}/rotate`, {});
    const { body: token } = await make({ user: 'ann' });
    const secrets = [server.key, made.value, rotated.value, token.value];
    let said = '';
    for (const secret of secrets) {
      for (const call of [...restCalls(), ...graphqlCalls()]) {
        const outcome = await call.run(server, call.operation === 'createClientToken' ? made.value : secret);
        said += JSON.stringify(outcome);
      }
      // In a body, a query and a place where they do not belong, they come back in no error either.
      said += JSON.stringify((await server.rest('POST', '/responses', { model: 1 }, secret)).body);
    }
    said += JSON.stringify((await server.rest('GET', '/audit_log?limit=100')).body);
    said += JSON.stringify((await server.rest('GET', '/api_keys?limit=100')).body);
    const tables = await server.sql<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    let kept = '';
    for (const { name } of tables)
      kept +=
        (await server.sql<{ all: string | null }>(`select string_agg(t::text, ' ') as all from "${name}" t`))[0]?.all ??
        '';
    expect(kept).toContain('scanned');
    expect(printed.length + said.length).toBeGreaterThan(1000);
    for (const secret of secrets) {
      const core = secret.slice(secret.startsWith('ct') ? 22 : 12);
      for (const [place, text] of Object.entries({ printed, said, kept }))
        expect([place, text.includes(core)]).toEqual([place, false]);
    }
  });
});
