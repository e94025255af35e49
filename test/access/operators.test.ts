import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toPublicId } from '../../src/domain/ids.js';
import { createHttpClient } from '../graphql/support/client.js';
import { startTestApp, type TestApp } from '../support/app.js';

interface UsageData {
  usage: {
    nodes: { projectId: string; requests: string }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

let server: TestApp;
/** Keys of the default project. */
let operator: string;
let admin: string;
/** Another project, and a key of its own. */
let project: string;
let tenant: string;

beforeAll(async () => {
  const price = { input: '1000', output: '1000' };
  server = await startTestApp({ config: { models: [{ name: 'priced', provider: 'local', price }] } });
  const scopes = ['admin', 'read', 'write'];
  [operator, admin] = [await server.createKey({ scopes: ['operator', ...scopes] }), await server.createKey({ scopes })];
  project = (await server.rest('POST', '/projects', { name: 'tenant' }, operator)).body.id;
  tenant = (await server.rest('POST', `/api_keys?project_id=${project}`, { name: 'first' }, operator)).body.value;
  const asked = await server.rest(
    'POST',
    '/responses',
    { model: 'priced', input: 'x', safety_identifier: 't' },
    tenant,
  );
  expect(asked.status).toBe(200);
});
afterAll(() => server.stop());

const ids = (answer: { body: { data: { id: string }[] } }): string[] => answer.body.data.map(({ id }) => id);

describe('an operator has the money of other projects in hand', () => {
  it('over REST', async () => {
    const at = `project_id=${project}`;
    const call = (method: string, path: string, body?: object) => server.rest(method, path, body, operator);
    const lists = async (path: string) => [
      ids(await call('GET', path)),
      ids(await server.rest('GET', path, undefined, tenant)),
    ];

    const { body: budget } = await call('POST', `/budgets?${at}`, { scope: 'project', period: 'day', limit: '1' });
    expect(await lists('/budgets')).toEqual([[], [budget.id]]);
    expect(ids(await call('GET', `/budgets?${at}`))).toEqual([budget.id]);
    expect((await call('GET', `/budgets/${budget.id}`)).status).toBe(404);
    expect((await call('GET', `/budgets/${budget.id}?${at}`)).body).toMatchObject({ limit: '1' });
    expect((await call('POST', `/budgets/${budget.id}?${at}`, { limit: '2' })).body).toMatchObject({ limit: '2' });
    expect((await call('DELETE', `/budgets/${budget.id}?${at}`)).status).toBe(200);
    expect(await lists('/budgets')).toEqual([[], []]);

    const later = { model: 'priced', input: '1', output: '1', effective_at: Math.floor(Date.now() / 1000) + 3600 };
    const { body: price } = await call('POST', `/prices?${at}`, later);
    expect(await lists('/prices')).toEqual([[], [price.id]]);
    expect(ids(await call('GET', `/prices?model=priced&${at}`))).toEqual([price.id]);
    expect((await call('DELETE', `/prices/${price.id}?${at}`)).status).toBe(200);

    const rent = { gb_day: '1', effective_at: later.effective_at };
    const { body: storagePrice } = await call('POST', `/storage_prices?${at}`, rent);
    expect(await lists('/storage_prices')).toEqual([[], [storagePrice.id]]);
    expect(ids(await call('GET', `/storage_prices?${at}`))).toEqual([storagePrice.id]);
    expect((await call('DELETE', `/storage_prices/${storagePrice.id}?${at}`)).status).toBe(200);

    const usage = await call('GET', `/usage?start_time=0&group_by=end_user&${at}`);
    expect(usage.body.data).toMatchObject([{ end_user: 't', num_requests: 1 }]);
    expect((await call('GET', '/usage?start_time=0')).body.data).toEqual([]);
    expect((await call('GET', `/usage/export?start_time=0&${at}`)).body).toContain(',t,');

    const { body: log } = await call('GET', `/audit_log?${at}`);
    expect(log.data.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining([
        ...['budget.created', 'budget.updated', 'budget.deleted', 'price.created', 'price.deleted'],
        ...['storage_price.created', 'storage_price.deleted'],
      ]),
    );
  });

  it('over GraphQL', async () => {
    const { post } = createHttpClient(server);
    const ask = async (query: string, variables: object, key = operator) =>
      (await post({ query, variables: { project, ...variables } }, { key })).body.data;
    const made = await ask(
      `mutation ($project: ID) {
        createBudget(input: { projectId: $project, scope: LABEL, period: TOTAL, limit: "1" }) { budget { id } }
        createPrice(input: { projectId: $project, model: "priced", input: "1", output: "1", effectiveAt: "2100-01-01T00:00:00Z" }) { price { id } }
        createStoragePrice(input: { projectId: $project, gbDay: "1", effectiveAt: "2100-01-01T00:00:00Z" }) { storagePrice { id } }
      }`,
      {},
    );
    const seen = {
      budget: made.createBudget.budget.id,
      price: made.createPrice.price.id,
      storage: made.createStoragePrice.storagePrice.id,
    };
    const lists = `query ($project: ID) { budgets(projectId: $project) { nodes { id } } prices(projectId: $project) { nodes { id } } storagePrices(projectId: $project) { nodes { id } } }`;
    expect(await ask(lists, {})).toEqual({
      budgets: { nodes: [{ id: seen.budget }] },
      prices: { nodes: [{ id: seen.price }] },
      storagePrices: { nodes: [{ id: seen.storage }] },
    });
    expect(await ask(lists, { project: null })).toEqual({
      budgets: { nodes: [] },
      prices: { nodes: [] },
      storagePrices: { nodes: [] },
    });
    expect(
      await ask(
        `query ($project: ID, $budget: ID!) {
          budget(id: $budget, projectId: $project) { id }
          usage(input: { projectId: $project, startTime: "2020-01-01T00:00:00Z", groupBy: [END_USER] }) { nodes { endUser requests } }
        }`,
        seen,
      ),
    ).toEqual({ budget: { id: seen.budget }, usage: { nodes: [{ endUser: 't', requests: '1' }] } });
    expect(
      await ask(
        `mutation ($project: ID, $budget: ID!, $price: ID!, $storage: ID!) {
          updateBudget(input: { id: $budget, projectId: $project, enforced: false }) { budget { enforced } }
          deleteBudget(id: $budget, projectId: $project) { deletedId }
          deletePrice(id: $price, projectId: $project) { deletedId }
          deleteStoragePrice(id: $storage, projectId: $project) { deletedId }
        }`,
        seen,
      ),
    ).toEqual({
      updateBudget: { budget: { enforced: false } },
      deleteBudget: { deletedId: seen.budget },
      deletePrice: { deletedId: seen.price },
      deleteStoragePrice: { deletedId: seen.storage },
    });
  });

  it('sees what every project has used in one answer; other keys see their own', async () => {
    const { body: mine } = await server.rest('POST', '/responses', { model: 'priced', input: 'x' }, admin);
    expect(mine.status).toBe('completed');
    const own = toPublicId('project', server.projectId);
    const byId = (one: string, other: string) => (one < other ? -1 : 1);
    const both = [own, project].sort(byId);
    const bills = await server.sql('select 1 from ledger where project_id = $1', [server.projectId]);
    const requests = (id: string) => (id === own ? bills.length : 1);

    const seen = async (query: string, key: string) => {
      const { body } = await server.rest('GET', `/usage?start_time=0&group_by=project,model&${query}`, undefined, key);
      return body.data.map((row: { project_id: string; num_requests: number }) => [row.project_id, row.num_requests]);
    };
    const rows = (ids: string[]) => ids.map((id) => [id, requests(id)]);
    expect(await seen('', operator)).toEqual(rows(both));
    expect(await seen('bucket=month&time_zone=Asia/Kathmandu', operator)).toEqual(rows(both));
    expect(await seen(`project_id=${project}`, operator)).toEqual(rows([project]));
    expect(await seen('', admin)).toEqual(rows([own]));
    expect(await seen('', tenant)).toEqual(rows([project]));

    const { post } = createHttpClient(server);
    const query = `query ($project: ID, $after: String) {
      usage(input: { projectId: $project, startTime: "2020-01-01T00:00:00Z", groupBy: [PROJECT] }, first: 1, after: $after) {
        nodes { projectId requests } pageInfo { hasNextPage endCursor }
      }
    }`;
    const viaGraphQL = async (key: string, variables: object = {}) => {
      const found: unknown[] = [];
      for (let after: string | null = null; ; ) {
        const { body } = await post({ query, variables: { ...variables, after } }, { key });
        const { usage } = body.data as UsageData;
        found.push(...usage.nodes.map((row) => [row.projectId, +row.requests]));
        if (!usage.pageInfo.hasNextPage) return found;
        after = usage.pageInfo.endCursor;
      }
    };
    expect(await viaGraphQL(operator)).toEqual(rows(both));
    expect(await viaGraphQL(operator, { project })).toEqual(rows([project]));
    expect(await viaGraphQL(admin)).toEqual(rows([own]));
    expect(await viaGraphQL(tenant)).toEqual(rows([project]));
  });

  it('exports the bills of every project, one after the other; other keys export their own', async () => {
    await server.rest('POST', '/responses', { model: 'priced', input: 'y' }, admin);
    await server.rest('POST', '/responses', { model: 'priced', input: 'y' }, tenant);
    const own = toPublicId('project', server.projectId);
    const bills = await server.sql<{ project_id: string }>('select project_id from ledger order by project_id, id');
    const all = bills.map((bill) => toPublicId('project', bill.project_id));
    expect(new Set(all)).toEqual(new Set([own, project]));
    const exported = async (query: string, key: string) => {
      const { body } = await server.rest('GET', `/usage/export?start_time=0${query}`, undefined, key);
      const [header, ...lines] = (body as string).trimEnd().split('\r\n');
      expect(header).toMatch(query === '' ? /^created_at,/ : /^project_id,created_at,/);
      return lines.map((line) => line.split(',')[0]);
    };
    expect(await exported('&group_by=project', operator)).toEqual(all);
    expect(await exported('&group_by=project', tenant)).toEqual(all.filter((id) => id === project));
    expect(await exported(`&group_by=project&project_id=${project}`, operator)).toHaveLength(
      all.filter((id) => id === project).length,
    );
    expect(await exported('', operator)).toHaveLength(all.filter((id) => id === own).length);
    const refused = await server.rest('GET', '/usage/export?start_time=0&group_by=model', undefined, operator);
    expect([refused.status, refused.body.error.param]).toEqual([400, 'group_by[0]']);
  });

  it.each([
    ['GET', '/budgets', undefined],
    ['POST', '/budgets', { scope: 'project', period: 'day', limit: '0' }],
    ['GET', '/prices', undefined],
    ['POST', '/prices', { model: 'priced', input: '0', output: '0' }],
    ['GET', '/storage_prices', undefined],
    ['POST', '/storage_prices', { gb_day: '0' }],
    ['GET', '/usage?start_time=0', undefined],
    ['GET', '/usage/export?start_time=0', undefined],
  ])('for other keys there is no other project: %s %s', async (method, path, body) => {
    const at = (id: string) => `${path}${path.includes('?') ? '&' : '?'}project_id=${id}`;
    const unknown = `proj_${'0'.repeat(32)}`;
    for (const [id, key] of [
      [project, admin],
      [unknown, operator],
      ['x', operator],
    ] as const) {
      const { status, body: refused } = await server.rest(method, at(id), body, key);
      expect([status, refused.error?.message]).toEqual([404, `'${id}' was not found.`]);
    }
  });
});
