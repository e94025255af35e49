import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const MIB = 1024 * 1024;
const RESPONSES = 24;

describe('bills that wait for the database', () => {
  let upstream: Upstream;
  let server: TestApp;
  beforeAll(async () => {
    upstream = await startUpstream();
    server = await startTestApp({
      config: {
        providers: [{ id: 'fake', base_url: upstream.url }],
        models: [{ name: '*', provider: 'fake' }],
      },
    });
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });

  const ask = async (path: string, bodyOf: (prompt: string) => object, letter: string): Promise<void> => {
    const { status } = await server.rest('POST', path, { model: 'any', ...bodyOf(letter.repeat(MIB)) });
    expect(status).toBe(200);
    (upstream.requests as unknown[]).length = 0;
  };
  const heapMiB = async (): Promise<number> => {
    for (let turn = 0; turn < 5; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
    }
    return process.memoryUsage().heapUsed / MIB;
  };
  const booked = async (): Promise<number> => (await server.sql('select 1 from ledger')).length;

  it.each<[path: string, bodyOf: (prompt: string) => object]>([
    ['/responses', (input) => ({ input, store: false })],
    ['/chat/completions', (content) => ({ messages: [{ role: 'user', content }] })],
  ])('keep nothing of what was asked and answered: %s', async (path, bodyOf) => {
    const earlier = await booked();
    await ask(path, bodyOf, 'a');
    while ((await booked()) === earlier);
    const other = new pg.Client({ connectionString: server.databaseUrl });
    await other.connect();
    await other.query('begin');
    await other.query('lock table ledger in exclusive mode');
    try {
      const before = await heapMiB();
      for (let count = 0; count < RESPONSES; count += 1) await ask(path, bodyOf, String.fromCharCode(98 + count));
      expect((await heapMiB()) - before).toBeLessThan(RESPONSES / 3);
      expect(await booked()).toBe(earlier + 1);
    } finally {
      await other.query('rollback');
      await other.end();
    }
    while ((await booked()) < earlier + 1 + RESPONSES);
  });
});
