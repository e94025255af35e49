import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { newUuid, toPublicId } from '../../src/domain/ids.js';
import { withTypes } from '../../src/persistence/database.js';
import { uuidFloor } from '../../src/persistence/partitions.js';
import { createUsageRepository } from '../../src/persistence/repositories/usage.repository.js';
import { createUsageReports } from '../../src/services/usage/usage.service.js';
import { startTestApp, type TestApp } from '../support/app.js';

const HOUR = 3_600_000;

describe('usage', () => {
  let server: TestApp;
  let pool: pg.Pool;
  const keyId = newUuid();
  const otherKey = newUuid();
  const start = Math.floor(Date.now() / HOUR) * HOUR - 48 * HOUR;

  /** A bill at a moment; ids are made from it, as the server makes them. */
  const bill = async (atMs: number, over: Record<string, unknown> = {}): Promise<void> => {
    const row = {
      key_id: keyId,
      model: 'a',
      end_user: null,
      label: null,
      tool_calls: null,
      amount: 7,
      project: server.projectId,
      ...over,
    };
    const id = uuidFloor(atMs).slice(0, 14) + newUuid().slice(14);
    await server.sql(
      `insert into ledger (project_id, id, response_id, key_id, end_user, label, model, provider, input_tokens,
         cached_input_tokens, output_tokens, reasoning_tokens, tool_calls, estimated, amount, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, 'p', 10, 4, 20, 5, $8, false, $9, $10)`,
      [
        row.project,
        id,
        newUuid(),
        row.key_id,
        row.end_user,
        row.label,
        row.model,
        row.tool_calls,
        row.amount,
        new Date(atMs),
      ],
    );
  };
  const report = (query: object) =>
    server.rest('GET', `/usage?${new URLSearchParams({ start_time: String(start / 1000), ...query })}`);

  beforeAll(async () => {
    server = await startTestApp();
    pool = new pg.Pool({ connectionString: server.databaseUrl, max: 1 });
    await bill(start + 60_000);
    await bill(start + 14 * 60_000, { model: 'b', key_id: otherKey, label: 'x' });
    await bill(start + 15 * 60_000, { end_user: '=u', tool_calls: { web_search: 2, mcp: 1 } });
    await bill(start + 26 * HOUR, { model: 'b', end_user: '=u', tool_calls: { web_search: 3 } });
    await bill(Date.now() - 1000, { amount: 100 });
    await server.createForeignKey();
    const [foreign] = await server.sql<{ id: string }>(`select id from projects where name = 'foreign'`);
    await bill(start + 60_000, { project: foreign?.id, amount: 1_000_000 });
  });
  afterAll(async () => {
    await pool.end();
    await server.stop();
  });

  const reports = () =>
    createUsageReports({ usage: createUsageRepository(withTypes(pool)), clock: { now: () => Date.now() } });

  const shape = (rows: Record<string, unknown>[], ...names: string[]) =>
    rows.map((row) => names.map((name) => row[name]));

  const checkAll = async () => {
    const total = await report({});
    expect(total.body.data).toMatchObject([
      {
        num_requests: 5,
        input_tokens: 50,
        cached_input_tokens: 20,
        output_tokens: 100,
        reasoning_tokens: 25,
        amount: '0.000000128',
        num_tool_calls: null,
      },
    ]);
    const days = await report({ bucket: 'day', group_by: 'model,key', time_zone: 'Asia/Kathmandu' });
    const sum = days.body.data.reduce((all: number, row: { num_requests: number }) => all + row.num_requests, 0);
    expect(sum).toBe(5);
    for (const row of days.body.data) {
      expect(row.end_time - row.start_time).toBe(86_400);
      expect((row.start_time + 5.75 * 3600) % 86_400).toBe(0);
    }
    const byUser = await report({ group_by: 'end_user' });
    expect(shape(byUser.body.data, 'end_user', 'num_requests')).toEqual([
      [null, 3],
      ['=u', 2],
    ]);
    const tools = await report({ group_by: 'tool' });
    expect(shape(tools.body.data, 'tool', 'num_requests', 'num_tool_calls', 'amount')).toEqual([
      ['mcp', 1, 1, null],
      ['web_search', 2, 5, null],
    ]);
    const ofKey = await report({ key_id: toPublicId('key', otherKey) });
    expect(shape(ofKey.body.data, 'num_requests')).toEqual([[1]]);
  };

  it('is summed by time, key, model, end user and tool, from single bills', checkAll);

  it('is the same after it has been summed up, and not a second time', async () => {
    const [first, second] = [reports(), reports()];
    await Promise.all([first.sumUp(), second.sumUp()]);
    await first.sumUp();
    expect(
      await server.sql('select sum(requests)::int as n from usage_slots where project_id = $1', [server.projectId]),
    ).toEqual([{ n: 4 }]);
    await checkAll();
    await server.sql('delete from ledger where project_id = $1 and created_at < $2', [
      server.projectId,
      new Date(start + 30 * HOUR),
    ]);
    expect((await report({})).body.data).toMatchObject([{ num_requests: 5 }]);
  });

  it.each(['hour', 'day', 'week', 'month'])(
    'begins every %s as the calendar does, in UTC as elsewhere',
    async (bucket) => {
      const [utc, elsewhere] = await Promise.all([
        report({ bucket, group_by: 'model' }),
        report({ bucket, group_by: 'model', time_zone: 'Africa/Abidjan' }),
      ]);
      expect(utc.body.data.length).toBeGreaterThan(0);
      expect(utc.body.data).toEqual(elsewhere.body.data);
    },
  );

  it('is paged by cursor, over REST and GraphQL alike', async () => {
    const seen: unknown[] = [];
    let after: string | null = null;
    do {
      const { body } = await report({
        bucket: 'hour',
        group_by: 'model,end_user',
        limit: '1',
        ...(after === null ? {} : { after }),
      });
      seen.push(...shape(body.data, 'start_time', 'model', 'end_user', 'num_requests'));
      after = body.has_more ? body.last_id : null;
    } while (after !== null);
    expect(seen).toHaveLength(5);
    const query = `query ($start: DateTime!, $after: String) {
      usage(input: { startTime: $start, bucket: HOUR, groupBy: [MODEL, END_USER] }, first: 2, after: $after) {
        nodes { startTime model endUser requests amount } pageInfo { hasNextPage endCursor }
      }
    }`;
    const viaGraphQL: unknown[] = [];
    let cursor: string | null = null;
    for (;;) {
      const answer = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: { start: new Date(start).toISOString(), after: cursor } }),
      });
      const { data } = (await answer.json()) as {
        data: {
          usage: {
            nodes: { startTime: string; model: string; endUser: string | null; requests: string }[];
            pageInfo: { hasNextPage: boolean; endCursor: string };
          };
        };
      };
      viaGraphQL.push(
        ...data.usage.nodes.map((row) => [
          Date.parse(row.startTime) / 1000,
          row.model,
          row.endUser,
          Number(row.requests),
        ]),
      );
      if (!data.usage.pageInfo.hasNextPage) break;
      cursor = data.usage.pageInfo.endCursor;
    }
    expect(viaGraphQL).toEqual(seen);
  });

  it('is exported bill by bill as CSV that no spreadsheet executes', async () => {
    for (let n = 0; n < 3; n += 1) await bill(Date.now() - 500, { end_user: '=cmd()', label: 'a,"b"' });
    const { status, headers, body } = await server.rest('GET', `/usage/export?start_time=${start / 1000}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const lines = (body as string).trimEnd().split('\r\n');
    expect(lines).toHaveLength(1 + 4);
    expect(lines[0]).toMatch(/^created_at,response_id,key_id,end_user,label,model,/);
    expect(lines.at(-1)).toContain(`,'=cmd(),"a,""b""",a,p,10,4,20,5,,false,0.000000007`);
  });

  it.each([
    [{ bucket: 'minute' }, 'bucket'],
    [{ time_zone: 'Mars/Olympus' }, 'time_zone'],
    [{ group_by: 'model,colour' }, 'group_by[1]'],
    [{ end_time: '1' }, 'end_time'],
    [{ after: 'e30' }, 'after'],
    [{ key_id: 'resp_1' }, 'key_id'],
    [{ limit: '0' }, 'limit'],
  ])('is refused for %j', async (query, param) => {
    const { status, body } = await report(query as object);
    expect([status, body.error.param]).toEqual([400, param]);
  });
});
