import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { createTestDatabase, makeTemporaryFolder, type TestDatabase } from '../support/postgres.js';
import { PATIENT, type ServerProcess, startServerProcess } from '../support/process.js';
import { type RedisServer, redisIsMissing, startRedis } from '../support/redis.js';
import { startUpstream, type Upstream } from '../support/upstream.js';
import { describeWhereInstalled } from '../support/where-installed.js';

const KEY = 'rate-limit-test-key';
const describeRedis = describeWhereInstalled(redisIsMissing(), 'processes that count in Redis');

const CONFIG = `
limits: { lease_seconds: 6, ${PATIENT} }
rate_limits:
  - { scope: key, model: rated, requests_per_minute: 1, burst: 23 }
  - { scope: key, model: placed, concurrent_runs: 3 }
  - { scope: key, model: shared, concurrent_runs: 4 }
  - { scope: key, model: streamed, concurrent_streams: 2 }
`;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const countIn = (store: 'PostgreSQL' | 'Redis') => () => {
  let upstream: Upstream;
  let database: TestDatabase;
  let redis: RedisServer | null = null;
  let folder: string;
  let processes: ServerProcess[] = [];
  beforeAll(async () => {
    upstream = await startUpstream();
    folder = makeTemporaryFolder();
    writeFileSync(path.join(folder, 'config.yaml'), CONFIG);
    database = await createTestDatabase();
    redis = store === 'Redis' ? await startRedis() : null;
    const start = () =>
      startServerProcess({
        DATABASE_URL: database.url,
        DATA_DIR: folder,
        REDIS_URL: redis?.url ?? '',
        ANTIPHON_SECRET: 'for a test',
        ANTIPHON_API_KEY: KEY,
        ANTIPHON_CONFIG: path.join(folder, 'config.yaml'),
        UPSTREAM_BASE_URL: upstream.url,
      });
    processes = await Promise.all([start(), start()]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.end('SIGKILL')));
    await redis?.close();
    await database.drop();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (server: ServerProcess | undefined, model: string, body: object = {}, client?: AbortSignal) =>
    fetch(`${server?.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, input: 'Hello', ...body }),
      ...(client === undefined ? {} : { signal: client }),
    });
  const statusOf = async (answer: Promise<Response>): Promise<number> => {
    const { status, body } = await answer;
    await body?.cancel();
    return status;
  };

  it('let in exactly what the limit says when both are asked at once', async () => {
    const asked = Array.from({ length: 80 }, (_, index) => statusOf(ask(processes[index % 2], 'rated')));
    const statuses = await Promise.all(asked);
    expect(statuses.filter((status) => status === 200)).toHaveLength(23);
    expect(statuses.filter((status) => status === 429)).toHaveLength(57);
  }, 60_000);

  const itInRedis = store === 'Redis' ? it : null;
  itInRedis?.(
    'go on when Redis is killed under them, each with its share',
    async () => {
      upstream.enqueue({ hang: 2 });
      expect((await ask(processes[0], 'shared', { stream: true })).status).toBe(200);
      // Each knows of the other after a beat, a third of the lease.
      await pause(4000);
      let isOver = false;
      const statuses: number[] = [];
      const knocking = Promise.all(
        processes.map(async (server) => {
          while (!isOver) statuses.push(await statusOf(ask(server, 'shared')));
        }),
      );
      await pause(300);
      await redis?.kill();
      await pause(1000);
      isOver = true;
      await knocking;
      expect(new Set(statuses)).toEqual(new Set([200]));

      const hang = { hang: 'headers' } as const;
      upstream.enqueue(hang, hang, hang, hang);
      const client = new AbortController();
      const before = upstream.requests.length;
      const asked = processes.flatMap((server) =>
        Array.from({ length: 4 }, () => ask(server, 'shared', {}, client.signal)),
      );
      const refused: number[] = [];
      for (const answer of asked)
        answer.then(
          ({ status }) => refused.push(status),
          () => undefined,
        );
      await upstream.waitForRequest(before + 4);
      for (let attempt = 0; refused.length < 4 && attempt < 600; attempt += 1) await pause(50);
      expect(refused).toEqual([429, 429, 429, 429]);
      expect(upstream.requests.length).toBe(before + 4);
      client.abort();

      await redis?.restart();
      for (const server of processes) {
        const sdk = new OpenAI({ apiKey: KEY, baseURL: `${server.url}/v1`, maxRetries: 0 });
        for (let attempt = 0; ; attempt += 1) {
          const status = await sdk.responses.create({ model: 'shared', input: 'Hello' }).then(
            () => 200,
            (error: { status: number }) => error.status,
          );
          if (status === 200) break;
          expect(status).toBe(429);
          expect(attempt).toBeLessThan(200);
          await pause(200);
        }
        expect(server.output().match(/Redis is lost/g)).toHaveLength(1);
      }
    },
    90_000,
  );

  it('free the places of the one that is killed, and keep those of the other', async () => {
    const [dying, living] = processes;
    const hang = { hang: 2 };
    upstream.enqueue(hang, hang, hang);
    const before = upstream.requests.length;
    // Readers of streams stay; they have places of their own.
    const open = [ask(dying, 'placed', { stream: true }), ask(dying, 'placed', { stream: true })];
    const kept = await ask(living, 'placed', { stream: true });
    expect(kept.status).toBe(200);
    await Promise.all(open);
    await upstream.waitForRequest(before + 3);
    expect(await statusOf(ask(living, 'placed'))).toBe(429);
    await dying?.end('SIGKILL');
    expect(await statusOf(ask(living, 'placed'))).toBe(429);
    const deadMs = Date.now();
    let status = 429;
    while (status === 429) {
      expect(Date.now() - deadMs).toBeLessThan(40_000);
      await pause(500);
      status = await statusOf(ask(living, 'placed'));
    }
    expect(status).toBe(200);
    upstream.enqueue(hang, hang);
    // The place of the answer above is given back after it was sent.
    const placed = async (): Promise<number> => {
      for (let attempt = 0; ; attempt += 1) {
        const { status: came } = await ask(living, 'placed', { stream: true });
        if (came === 200 || attempt === 50) return came;
        await pause(100);
      }
    };
    expect(await Promise.all([placed(), placed()])).toEqual([200, 200]);
    expect(await statusOf(ask(living, 'placed'))).toBe(429);
  }, 90_000);
};

describe('two processes that count in PostgreSQL', countIn('PostgreSQL'));
describeRedis('two processes that count in Redis', countIn('Redis'));
