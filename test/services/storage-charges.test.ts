import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { AntiphonConfig } from '../../src/config/schema/index.js';
import { withTypes } from '../../src/persistence/database.js';
import { createBudgetRepository } from '../../src/persistence/repositories/budget.repository.js';
import { createStorageRepository } from '../../src/persistence/repositories/storage.repository.js';
import { createStorageCharges } from '../../src/services/money/storage-charges.js';
import { createHttpClient } from '../graphql/support/client.js';
import { startTestApp, type TestApp } from '../support/app.js';

const DAY_MS = 86_400_000;

describe('what vector stores cost', () => {
  let server: TestApp;
  let pool: pg.Pool;
  let bytes: bigint;
  beforeAll(async () => {
    server = await startTestApp();
    pool = new pg.Pool({ connectionString: server.databaseUrl, max: 4 });
    bytes = await fillStore(server.key);
  });
  afterAll(async () => {
    await pool.end();
    await server.stop();
  });

  /** A store of this key's project with one file in it. Answers how large it is. */
  const fillStore = async (key: string): Promise<bigint> => {
    const { body: store } = await server.rest('POST', '/vector_stores', { name: 'mine' }, key);
    const form = new FormData();
    form.set('purpose', 'assistants');
    form.set('file', new Blob(['All that is stored. '.repeat(200)], { type: 'text/plain' }), 'a.txt');
    const upload = await fetch(`${server.url}/v1/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: form,
    });
    const { id } = (await upload.json()) as { id: string };
    await server.rest('POST', `/vector_stores/${store.id}/files`, { file_id: id }, key);
    for (;;) {
      const { body } = await server.rest('GET', `/vector_stores/${store.id}`, undefined, key);
      if (body.usage_bytes > 0) return BigInt(body.usage_bytes);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  const startMs = Date.now();
  /** Charges as a server does at this moment. */
  const chargeAt = (nowMs: number, perGbDay: bigint): Promise<void> => {
    const sql = withTypes(pool);
    const parts = { storage: createStorageRepository(sql), budgets: createBudgetRepository(sql) };
    return createStorageCharges({ ...parts, clock: { now: () => nowMs }, perGbDay: () => perGbDay }).charge();
  };
  /** The beginning of a UTC day, counted from today. */
  const midnight = (days: number): number => (Math.floor(startMs / DAY_MS) + days) * DAY_MS;
  /** What projects were charged for the day of that moment. */
  const chargedOn = async (nowMs: number) => {
    const rows = await server.sql<{ project_id: string; amount: string }>(
      'select project_id, amount from storage_days where day = $1::date',
      [new Date(nowMs).toISOString().slice(0, 10)],
    );
    return Object.fromEntries(rows.map(({ project_id, amount }) => [project_id, BigInt(amount)]));
  };
  const bills = () =>
    server.sql<{ amount: string; provider: string }>(
      `select amount, provider from ledger where model = 'vector_stores'`,
    );

  it('is nothing without a price', async () => {
    await chargeAt(startMs, 0n);
    expect(await bills()).toEqual([]);
    expect(AntiphonConfig.parse({}).money.vector_store_gb_day).toBeUndefined();
    expect(AntiphonConfig.parse({ money: { vector_store_gb_day: '0.10' } }).money.vector_store_gb_day).toBe(
      100_000_000n,
    );
  });

  it('is booked once a day, whoever tries, and settled in the budgets of the project', async () => {
    const create = async (body: object) =>
      (await server.rest('POST', '/budgets', { scope: 'project', limit: '0.000000001', ...body })).body.id as string;
    const ids = [
      await create({ period: 'total' }),
      await create({ period: 'day', time_zone: 'Asia/Tokyo' }),
      await create({ period: 'rolling', rolling_seconds: 3600 }),
    ];
    await create({ scope: 'label', period: 'total' });
    // 10^9 nano-units for 10^9 bytes: a nano-unit for a byte. And a rounded one: half of that.
    await Promise.all(Array.from({ length: 4 }, () => chargeAt(startMs, 1_000_000_000n)));
    expect(await bills()).toEqual([{ amount: String(bytes), provider: 'storage' }]);
    await chargeAt(startMs + DAY_MS, 500_000_000n);
    expect(await bills()).toHaveLength(2);
    const total = bytes + (bytes + 1n) / 2n;
    const { body } = await server.rest('GET', `/budgets/${ids[0]}`);
    expect(body.spent).toBe(`0.${String(total).padStart(9, '0')}`.replace(/0+$/, ''));
    expect(await server.app.services.budgets.verify()).toEqual([]);

    // What is spent on storage is not there for models.
    await server.rest('POST', '/prices', { model: 'local', input: '1', output: '1' });
    const { status, body: refusal } = await server.rest('POST', '/responses', { model: 'local', input: 'Hello' });
    expect([status, refusal.error.code]).toEqual([429, 'insufficient_quota']);
  });

  it('is in the usage report by its model', async () => {
    const start = Math.floor(startMs / 1000) - 3600;
    const { body } = await server.rest('GET', `/usage?start_time=${start}&group_by=model,provider`);
    expect(body.data.find(({ model }: { model: string }) => model === 'vector_stores')).toMatchObject({
      provider: 'storage',
      num_requests: expect.anything(),
      input_tokens: expect.anything(),
    });
  });

  describe('over the admin API', () => {
    const PER_BYTE = 1_000_000_000n;
    const set = async (gbDay: string, fromMs: number, key = server.key) => {
      const body = { gb_day: gbDay, effective_at: fromMs / 1000 };
      const answer = await server.rest('POST', '/storage_prices', body, key);
      expect(answer.status).toBe(201);
      return answer.body;
    };
    let foreign: string;
    let foreignId: string;
    beforeAll(async () => {
      foreign = await server.createForeignKey();
      expect(await fillStore(foreign)).toBe(bytes);
      const rows = await server.sql<{ id: string }>('select id from projects where id <> $1', [server.projectId]);
      foreignId = rows[0]?.id as string;
    });

    it('has a version that is paid from its time on, in its project; elsewhere the price of the config file is', async () => {
      const made = await set('2', midnight(3));
      expect(made).toEqual({
        id: expect.stringMatching(/^sprice_[0-9a-f]{32}$/),
        object: 'storage_price',
        gb_day: '2',
        effective_at: midnight(3) / 1000,
        created_at: expect.any(Number),
      });
      await chargeAt(midnight(3) - 1, PER_BYTE);
      expect(await chargedOn(midnight(2))).toEqual({ [server.projectId]: bytes, [foreignId]: bytes });
      await chargeAt(midnight(3), PER_BYTE);
      expect(await chargedOn(midnight(3))).toEqual({ [server.projectId]: bytes * 2n, [foreignId]: bytes });
      expect(await server.app.services.budgets.verify()).toEqual([]);
    });

    it('is paid where the config file has none, and costs nothing at 0 where it has one', async () => {
      await chargeAt(midnight(4), 0n);
      expect(await chargedOn(midnight(4))).toEqual({ [server.projectId]: bytes * 2n });
      await set('0', midnight(5));
      await chargeAt(midnight(5), 0n);
      expect(await chargedOn(midnight(5))).toEqual({});
      await chargeAt(midnight(5), PER_BYTE);
      expect(await chargedOn(midnight(5))).toEqual({ [foreignId]: bytes });
    });

    it('has projects one after the other, however few are read at once', async () => {
      await set('3', midnight(6));
      const storage = createStorageRepository(withTypes(pool));
      const query = { day: '2999-01-01', nowMs: midnight(6), defaultPerGbDay: PER_BYTE, limit: 1 };
      const found: [string, bigint][] = [];
      for (let after: string | null = null; ; ) {
        const [next, ...more] = await storage.findUncharged({ ...query, after });
        expect(more).toEqual([]);
        if (next === undefined) break;
        found.push([next.projectId, next.perGbDay]);
        after = next.projectId;
      }
      expect(found).toEqual(
        [[server.projectId, 3n * PER_BYTE] as const, [foreignId, PER_BYTE] as const].sort(([a], [b]) =>
          a < b ? -1 : 1,
        ),
      );
    });

    it('of a project that is beyond all measure keeps nobody else from being charged', async () => {
      await set('999999999', midnight(7));
      const resize = (size: bigint) =>
        server.sql('update vector_store_files set usage_bytes = $2 where project_id = $1', [
          server.projectId,
          String(size),
        ]);
      await resize(10_000_000_000n);
      await expect(chargeAt(midnight(7), PER_BYTE)).rejects.toThrow('1 projects were not charged');
      expect(await chargedOn(midnight(7))).toEqual({ [foreignId]: bytes });
      await resize(bytes);
    });

    it('is listed newest first, page by page, and can be taken back until it holds, on both doors', async () => {
      const { data } = createHttpClient(server);
      const { createStoragePrice } = await data(
        `mutation ($at: DateTime!) {
          createStoragePrice(input: { gbDay: "0.10", effectiveAt: $at }) {
            storagePrice { id gbDay effectiveAt } userErrors { message }
          }
        }`,
        { at: new Date(midnight(9)).toISOString() },
      );
      expect(createStoragePrice).toMatchObject({ storagePrice: { gbDay: '0.1' }, userErrors: [] });
      const { id } = createStoragePrice.storagePrice;
      const { body: list } = await server.rest('GET', '/storage_prices?limit=2');
      expect(list.data.map((row: { gb_day: string }) => row.gb_day)).toEqual(['0.1', '999999999']);
      const { body: rest } = await server.rest('GET', `/storage_prices?after=${list.last_id}`);
      expect(rest.data.map((row: { gb_day: string }) => row.gb_day)).toEqual(['3', '0', '2']);
      const query = '{ storagePrices(first: 1) { nodes { id gbDay } pageInfo { hasNextPage } } }';
      expect((await data(query)).storagePrices).toEqual({
        nodes: [{ id, gbDay: '0.1' }],
        pageInfo: { hasNextPage: true },
      });
      expect((await server.rest('GET', '/storage_prices', undefined, foreign)).body.data).toEqual([]);

      expect((await server.rest('DELETE', `/storage_prices/${id}`, undefined, foreign)).status).toBe(404);
      expect((await server.rest('DELETE', `/storage_prices/${id}`)).body).toEqual({
        id,
        object: 'storage_price.deleted',
        deleted: true,
      });
      expect((await server.rest('DELETE', `/storage_prices/${id}`)).status).toBe(404);
      const { body: held } = await server.rest('POST', '/storage_prices', { gb_day: '4' });
      expect((await server.rest('DELETE', `/storage_prices/${held.id}`)).body.error.code).toBe('price_holds');
      const { deleteStoragePrice } = await data(
        'mutation ($id: ID!) { deleteStoragePrice(id: $id) { deletedId userErrors { code } } }',
        { id: held.id },
      );
      expect(deleteStoragePrice).toMatchObject({ deletedId: null, userErrors: [{}] });
    });

    it.each([
      [{}, 'missing_required_parameter', 'gb_day'],
      [{ gb_day: '-1' }, 'invalid_value', 'gb_day'],
      [{ gb_day: '1', effective_at: 1 }, 'invalid_value', 'effective_at'],
      [{ gb_day: '1', model: 'm' }, 'unknown_parameter', 'model'],
    ])('is refused as %j', async (body, code, param) => {
      const answer = await server.rest('POST', '/storage_prices', body);
      expect([answer.status, answer.body.error.code, answer.body.error.param]).toEqual([400, code, param]);
    });

    it('has one version from one moment on', async () => {
      const body = { gb_day: '5', effective_at: midnight(3) / 1000 };
      const { status, body: refused } = await server.rest('POST', '/storage_prices', body);
      expect([status, refused.error.code]).toEqual([409, 'price_taken']);
    });
  });
});
