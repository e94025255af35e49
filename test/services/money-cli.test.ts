import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toPublicId } from '../../src/domain/ids.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { SEALING_SECRET } from '../support/leaks.js';

describe('the command line of money', () => {
  let server: TestApp;
  beforeAll(async () => {
    server = await startTestApp();
  });
  afterAll(() => server.stop());

  const antiphon = async (...args: string[]): Promise<{ code: number; out: string; error: string }> => {
    const { NODE_OPTIONS: _options, ...environment } = process.env;
    try {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', 'src/cli/antiphon.ts', ...args],
        { env: { ...environment, DATABASE_URL: server.databaseUrl, ANTIPHON_SECRET: SEALING_SECRET } },
      );
      return { code: 0, out: stdout, error: '' };
    } catch (thrown) {
      const { code, stdout, stderr } = thrown as { code: number; stdout: string; stderr: string };
      return { code, out: stdout, error: stderr };
    }
  };

  it('sets prices and budgets that the running server keeps, shows usage, and finds a forged ledger', async () => {
    const price = await antiphon(
      'prices',
      'set',
      'local',
      '--input',
      '1',
      '--output',
      '2',
      '--tool',
      'web_search=0.01',
    );
    expect(price).toMatchObject({ code: 0, out: expect.stringMatching(/^price_\w+\n$/) });
    expect((await antiphon('prices', 'list')).out).toMatch(
      /^ID +MODEL +FROM +INPUT +CACHED +OUTPUT +REASONING +TOOLS\nprice_\w+ +local +\S+ \S+ +1 +1 +2 +2 +web_search 0\.01\n$/,
    );

    const storagePrice = await antiphon('prices', 'storage', 'set', '0.10', '--from', '2100-01-01');
    expect(storagePrice).toMatchObject({ code: 0, out: expect.stringMatching(/^sprice_\w+\n$/) });
    expect((await antiphon('prices', 'storage', 'list')).out).toMatch(
      /^ID +FROM +GB DAY\nsprice_\w+ +2100-01-01 \S+ +0\.1\n$/,
    );
    expect((await antiphon('prices', 'storage', 'delete', storagePrice.out.trim())).code).toBe(0);
    expect(await antiphon('prices', 'storage', 'list', '--json')).toMatchObject({ code: 0, out: '[]\n' });

    const budget = await antiphon('budgets', 'create', '--limit', '5', '--period', 'day', '--json');
    const { id } = JSON.parse(budget.out);
    for (let spent = '0'; spent === '0'; ) {
      await server.rest('POST', '/responses', { model: 'local', input: 'What is 2+2?' });
      [{ spent }] = JSON.parse((await antiphon('budgets', 'list', '--json')).out);
    }
    expect((await antiphon('budgets', 'list')).out).toMatch(
      /^ID +OF +PERIOD +LIMIT +SPENT +HELD +RESETS +REFUSES\nbdgt_\w+ +project +day +5 +0\.\d+ +0 +\S+ \S+ +yes\n$/,
    );
    const usage = await antiphon('usage', '--by', 'model,provider', '--bucket', 'day');
    expect(usage.out).toMatch(
      /^START TIME +END TIME +MODEL +PROVIDER +NUM REQUESTS .*AMOUNT\n.+ local-extractive-1 +local +\d/,
    );

    const byProject = await antiphon('usage', '--by', 'project', '--json');
    expect(JSON.parse(byProject.out)).toMatchObject([{ project_id: toPublicId('project', server.projectId) }]);

    expect(await antiphon('ledger', 'verify')).toMatchObject({ code: 0, out: 'The ledger and all budgets agree.\n' });
    await server.sql('update budget_windows set settled = settled + 1');
    const forged = await antiphon('ledger', 'verify');
    expect(forged).toMatchObject({ code: 1, out: expect.stringContaining(id) });

    expect((await antiphon('budgets', 'delete', id)).code).toBe(0);
    expect((await antiphon('budgets', 'delete', id)).code).toBe(1);
    expect((await antiphon('budgets', 'create', '--limit', '5')).code).toBe(2);
    expect((await antiphon('budgets', 'create', '--limit', 'x', '--period', 'day')).error).toContain(
      "'x' is not an amount",
    );
  }, 120_000);

  it('makes keys with budgets over any time, and changes budgets', async () => {
    const windows = ['total=9', 'day@Europe/Berlin=2.5', 'week=3', 'month=4', '3600s=1'];
    const made = await antiphon(
      'keys',
      'create',
      '--name',
      'rich',
      ...windows.flatMap((w) => ['--budget', w]),
      '--json',
    );
    const { budgets, value } = JSON.parse(made.out);
    expect(budgets).toMatchObject([
      { period: 'total', cap: '9', time_zone: 'UTC', rolling_seconds: null },
      { period: 'day', cap: '2.5', time_zone: 'Europe/Berlin' },
      { period: 'week', cap: '3' },
      { period: 'month', cap: '4' },
      { period: 'rolling', cap: '1', rolling_seconds: 3600 },
    ]);
    expect((await server.rest('POST', '/responses', { model: 'local', input: 'What is 2+2?' }, value)).status).toBe(
      200,
    );
    expect(await server.sql('select 1 from budget_windows where reserved <> 0')).toEqual([]);

    const { data } = (await server.rest('GET', '/budgets')).body;
    const { id } = data.find(({ period }: { period: string }) => period === 'week');
    const changed = await antiphon('budgets', 'update', id, '--limit', '7', '--threshold', '80', '--count-only');
    expect(changed).toMatchObject({ code: 0, out: `${id} is changed.\n` });
    expect((await server.rest('GET', `/budgets/${id}`)).body).toMatchObject({
      limit: '7',
      enforced: false,
      thresholds: [80],
    });
    const { data: log } = (await server.rest('GET', '/audit_log?limit=1')).body;
    expect(log[0]).toMatchObject({ action: 'budget.updated', actor: 'command_line', target_id: id });
  });

  it.each([
    ['fortnight=1', 'use total, day, week, month, or seconds'],
    ['day@Mars/Olympus=1', 'no name of the IANA time zone database'],
    ['5s=1', 'use 60 to 31622400 seconds'],
    ['day', 'is not an amount'],
  ])('does not understand --budget %s, and says why, as JSON where that is asked for', async (budget, why) => {
    const { code, error } = await antiphon('keys', 'create', '--name', 'x', '--budget', budget, '--json');
    expect([code, JSON.parse(error).error.code]).toEqual([2, 'usage']);
    expect(JSON.parse(error).error.message).toContain(why);
  });

  it('sets and shows rate limits of keys, which running servers heed at once', async () => {
    const limits = ['--rate-limit', 'requests=0.5,burst=1', '--rate-limit', 'model=large,tokens=5000,runs=4,streams=8'];
    const made = await antiphon('keys', 'create', '--name', 'limited', ...limits, '--json');
    const { id, rate_limits, value } = JSON.parse(made.out);
    expect(rate_limits).toEqual([
      { requests_per_minute: 0.5, burst: 1 },
      { model: 'large', tokens_per_minute: 5000, concurrent_runs: 4, concurrent_streams: 8 },
    ]);
    expect((await antiphon('keys', 'list')).out).toContain(
      'requests=0.5,burst=1 model=large,tokens=5000,runs=4,streams=8',
    );
    const ask = async () => (await server.rest('POST', '/responses', { model: 'local', input: 'x' }, value)).status;
    expect([await ask(), await ask()]).toEqual([200, 429]);
    expect(await antiphon('keys', 'limit', id)).toMatchObject({ code: 0, out: `${id} is changed.\n` });
    // Processes are told, and believe what they knew for a second at most.
    for (let status = 429; status === 429; ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      status = await ask();
    }
    for (const [limit, why] of [
      ['speed=1', 'use model=, requests=, burst='],
      ['requests=fast', 'requests_per_minute'],
      ['burst=1', 'say what is limited'],
    ] as const)
      expect(await antiphon('keys', 'limit', id, '--rate-limit', limit)).toMatchObject({
        code: 2,
        error: expect.stringContaining(why),
      });
  }, 60_000);

  it('says what was refused with exit code 1', async () => {
    const { code, error } = await antiphon('prices', 'delete', 'price_none', '--json');
    expect([code, JSON.parse(error).error.code]).toEqual([1, 'refused']);
  });
});
