import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { AntiphonConfig } from '../../src/config/schema/index.js';
import { withTypes } from '../../src/persistence/database.js';
import { createBudgetRepository } from '../../src/persistence/repositories/budget.repository.js';
import { createStorageRepository } from '../../src/persistence/repositories/storage.repository.js';
import { createStorageCharges } from '../../src/services/money/storage-charges.js';
import { startTestApp, type TestApp } from '../support/app.js';

const DAY_MS = 86_400_000;

describe('what vector stores cost', () => {
  let server: TestApp;
  let pool: pg.Pool;
  let bytes: bigint;
  beforeAll(async () => {
    server = await startTestApp();
    pool = new pg.Pool({ connectionString: server.databaseUrl, max: 4 });
    const { body: store } = await server.rest('POST', '/vector_stores', { name: 'mine' });
    const form = new FormData();
    form.set('purpose', 'assistants');
    form.set('file', new Blob(['All that is stored. '.repeat(200)], { type: 'text/plain' }), 'a.txt');
    const upload = await fetch(`${server.url}/v1/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}` },
      body: form,
    });
    const { id } = (await upload.json()) as { id: string };
    await server.rest('POST', `/vector_stores/${store.id}/files`, { file_id: id });
    for (bytes = 0n; bytes === 0n; await new Promise((resolve) => setTimeout(resolve, 50)))
      bytes = BigInt((await server.rest('GET', `/vector_stores/${store.id}`)).body.usage_bytes);
  });
  afterAll(async () => {
    await pool.end();
    await server.stop();
  });

  const startMs = Date.now();
  /** Charges as a server does at this moment. */
  const chargeAt = (nowMs: number, perGbDay: bigint): Promise<void> => {
    const sql = withTypes(pool);
    const parts = { storage: createStorageRepository(sql), budgets: createBudgetRepository(sql) };
    return createStorageCharges({ ...parts, clock: { now: () => nowMs }, perGbDay: () => perGbDay }).charge();
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
});
