import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import WebSocket from 'ws';
import { AntiphonConfig } from '../../src/config/schema/index.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

const MAX_RUNS = 4;
const DATABASE_QUEUE = 3;
/** A machine may be slow, unless that is what it is about. */
const patient = { event_loop_delay_ms: null, database_delay_ms: null };
const PRICE = { input: '1', output: '1' };

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('a server with more work than it can take', () => {
  let upstream: Upstream;
  let server: TestApp;
  let budgeted: string;
  let answerUpstream = (): void => undefined;
  let until: Promise<void> | undefined;
  const config = (limits: object) => ({
    providers: [{ id: 'fake', base_url: upstream.url }],
    models: [{ name: '*', provider: 'fake', price: PRICE }],
    limits,
  });

  beforeAll(async () => {
    upstream = await startUpstream(() => (until === undefined ? undefined : { until }));
    const limits = { max_runs: MAX_RUNS, database_queue: DATABASE_QUEUE, ...patient };
    server = await startTestApp({ config: config(limits) });
    budgeted = await server.createKey({ budgets: [{ period: 'total', cap: 10n ** 12n }] });
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });
  beforeEach(() => {
    until = undefined;
  });
  afterEach(async () => {
    answerUpstream();
    while ((await figureOf('antiphon_runs')) + (await figureOf('antiphon_model_calls')) > 0) await soon();
    const [held] = await server.sql<{ reserved: string }>('select sum(reserved) as reserved from budget_windows');
    expect(held?.reserved).toBe('0');
    expect(await server.sql('select 1 from reservations')).toEqual([]);
    expect(await server.sql('select 1 from runs')).toEqual([]);
  });

  const stallUpstream = (): void => {
    until = new Promise((resolve) => {
      answerUpstream = resolve;
    });
  };
  const ask = (body: object = {}) => server.rest('POST', '/responses', { model: 'any', input: 'x', ...body }, budgeted);
  const figureOf = async (series: string): Promise<number> => {
    const lines = (await (await fetch(`${server.url}/metrics`)).text()).split('\n');
    return Number(lines.find((line) => line.startsWith(`${series} `))?.split(' ')[1] ?? 0);
  };
  const postGraphQL = (query: string, accept: string) =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json', accept },
      body: JSON.stringify({ query }),
    });
  const graphql = async (query: string, accept = 'application/json') => {
    const text = await (await postGraphQL(query, accept)).text();
    return JSON.parse(accept === 'text/event-stream' ? (/data: (.*)/.exec(text)?.[1] ?? '') : text);
  };
  /** As many runs as may go on, their model silent; one after the other, or on a slow machine the database refuses the last. */
  const fill = async () => {
    stallUpstream();
    const accepted: ReturnType<typeof ask>[] = [];
    while (accepted.length < MAX_RUNS) {
      const next = upstream.requests.length + 1;
      accepted.push(ask());
      await upstream.waitForRequest(next);
    }
    return accepted;
  };
  const OVERLOADED = { type: 'server_error', code: 'server_error', param: null };

  it('refuses what would start a run on every REST path, before it looks at the key, and says when to come back', async () => {
    const accepted = await fill();
    const chat = { model: 'any', messages: [{ role: 'user', content: 'x' }] };
    const refusedBefore = await figureOf('antiphon_refused_total{reason="runs"}');
    const refused = await Promise.all([
      ask(),
      ask({ stream: true }),
      ask({ background: true }),
      ask({ store: false }),
      server.rest('POST', '/chat/completions', chat),
      server.rest('POST', '/embeddings', { model: 'any', input: 'x' }),
      server.rest('POST', '/responses/compact', { model: 'any', input: 'x' }),
      server.rest('POST', '/responses/input_tokens', { input: 'x' }),
      server.rest('POST', '/vector_stores/vs_none/search', { query: 'x' }),
      server.rest('POST', '/responses', { model: 'any', input: 'x' }, 'sk-unknown'),
      server.rest('POST', '/responses', 'not even an object'),
    ]);
    for (const { status, headers, body } of refused) {
      expect(status).toBe(503);
      expect(body.error).toMatchObject(OVERLOADED);
      expect(headers.get('x-request-id')).toMatch(/^req_/);
      expect(headers.get('x-should-retry')).toBeNull();
      const waitMs = Number(headers.get('retry-after-ms'));
      expect(waitMs).toBeGreaterThanOrEqual(500);
      expect(waitMs).toBeLessThanOrEqual(1500);
      expect(Number(headers.get('retry-after'))).toBe(Math.ceil(waitMs / 1000));
    }
    expect((await figureOf('antiphon_refused_total{reason="runs"}')) - refusedBefore).toBe(refused.length);
    expect(await figureOf('antiphon_runs')).toBe(MAX_RUNS);

    answerUpstream();
    for (const { status, body } of await Promise.all(accepted))
      expect([status, body.status]).toEqual([200, 'completed']);
    until = undefined;
    expect((await ask()).status).toBe(200);
  });

  it('refuses as many as come on one connection, in their order, however they are written', async () => {
    const accepted = await fill();
    const answered = 'antiphon_http_requests_total{route="/v1/responses",method="POST",status="503"}';
    const before = await figureOf(answered);
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    let seen = '';
    socket.on('data', (bytes: Buffer) => {
      seen += bytes.toString();
    });
    const post = (path: string, id: string, body: string) =>
      `POST /v1/${path} HTTP/1.1\r\nhost: x\r\nx-request-id: ${id}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    socket.write(
      `${post('responses', 'request-1', '')}${post('responses?x=1', 'request-2', 'x'.repeat(1_000_000))}${post('%72esponses', 'request-3', '{}')}`,
    );
    while ((seen.match(/"code":"server_error"/g) ?? []).length < 3) await once(socket, 'data');
    expect(seen.match(/HTTP\/1\.1 \d+|request-\d/g)).toEqual(
      [1, 2, 3].flatMap((n) => ['HTTP/1.1 503', `request-${n}`]),
    );
    socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
    while (!seen.includes('HTTP/1.1 200')) await once(socket, 'data');
    socket.destroy();
    expect((await figureOf(answered)) - before).toBe(3);
    answerUpstream();
    await Promise.all(accepted);
  });

  it('refuses a GraphQL document that does nothing but start work before it runs, and of others what starts some', async () => {
    const accepted = await fill();
    const create = 'createResponse(input: { model: "any", input: { text: "x" } }) { response { id } }';
    const mutation = (fields: string): string => `mutation { ${fields} }`;
    for (const [query, accept] of [
      [mutation(create), 'application/json'],
      [`mutation Ask { first: ${create} second: ${create} }`, 'application/graphql-response+json'],
      ['{ inputTokens(input: { input: { text: "x" } }) { inputTokens } }', 'application/json'],
    ] as const) {
      const answer = await postGraphQL(query, accept);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('content-type')).toContain(accept);
      const { errors } = (await answer.json()) as { errors: { extensions: Record<string, unknown> }[] };
      const retryAfterMs = Number(answer.headers.get('retry-after-ms'));
      expect(retryAfterMs).toBeGreaterThanOrEqual(500);
      const requestId = answer.headers.get('x-request-id');
      expect(errors.map(({ extensions }) => extensions)).toEqual([
        { code: 'server_error', requestId, retryable: true, status: 503, retryAfterMs },
      ]);
    }

    const made = async () => (await server.sql('select 1 from conversations')).length;
    const before = await made();
    const mixed = await graphql(mutation(`createConversation(input: {}) { conversation { id } } ${create}`));
    expect(await made()).toBe(before + 1);
    expect(mixed.errors.map((error: { path: unknown }) => error.path)).toEqual([['createResponse']]);
    const fragment = `fragment Ask on Mutation { ${create} }`;
    const hidden = await graphql(mutation('...Ask') + fragment);
    expect(hidden.errors[0].path).toEqual(['createResponse']);
    const other = await graphql(mutation('cancelResponse(id: "resp_none") { response { id } }'));
    expect(other.errors[0].extensions.status).toBe(404);
    answerUpstream();
    await Promise.all(accepted);
    expect((await graphql(mutation(create))).data.createResponse.response.id).toMatch(/^resp_/);
  });

  it('lets pages on allowed origins read that they were refused', async () => {
    const origin = 'https://app.example';
    const other = await startTestApp({ config: config({ max_runs: 1, ...patient }), corsOrigins: [origin] });
    try {
      stallUpstream();
      const asked = upstream.requests.length;
      const accepted = other.rest('POST', '/responses', { model: 'any', input: 'x' });
      await upstream.waitForRequest(asked + 1);
      for (const sender of [{ origin }, {}]) {
        const refused = await fetch(`${other.url}/v1/responses`, {
          method: 'POST',
          headers: { ...sender, authorization: `Bearer ${other.key}`, 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'any', input: 'x' }),
        });
        const { error } = (await refused.json()) as { error: { code: string } };
        expect([refused.status, error.code]).toEqual([503, 'server_error']);
        expect(refused.headers.get('retry-after-ms')).toMatch(/^\d+$/);
        expect(refused.headers.get('access-control-allow-origin')).toBe(sender.origin ?? null);
      }
      answerUpstream();
      expect((await accepted).status).toBe(200);
    } finally {
      await other.stop();
    }
  });

  it('refuses the same over GraphQL and WebSocket, and goes on serving what reads and ends', async () => {
    const followed = (await ask({ stream: true })).body.match(/resp_[0-9a-f]+/)?.[0];
    const conversation = (await server.rest('POST', '/conversations', {})).body.id;
    stallUpstream();
    const before = upstream.requests.length;
    const background = await ask({ background: true });
    const accepted = Array.from({ length: MAX_RUNS - 1 }, () => ask());
    await upstream.waitForRequest(before + MAX_RUNS);

    const create = 'mutation { createResponse(input: { model: "any", input: { text: "x" } }) { response { id } } }';
    const follow = `subscription { conversationEvents(id: "${conversation}") { __typename } }`;
    for (const { errors } of [await graphql(create), await graphql(follow, 'text/event-stream')]) {
      expect(errors).toHaveLength(1);
      expect(errors[0].extensions).toMatchObject({ code: 'server_error', status: 503, retryable: true });
      expect(errors[0].extensions.retryAfterMs).toBeGreaterThanOrEqual(500);
    }
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/responses`, {
      headers: { authorization: `Bearer ${server.key}` },
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'response.create', model: 'any', input: 'x' }));
    const [frame] = await once(socket, 'message');
    expect(JSON.parse(String(frame))).toMatchObject({ type: 'error', status: 503, error: OVERLOADED });
    expect(JSON.parse(String(frame)).error.retry_after_ms).toBeGreaterThanOrEqual(500);
    socket.close();

    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect((await server.rest('GET', '/conversations')).status).toBe(200);
    expect((await server.rest('GET', `/responses/${followed}`)).status).toBe(200);
    expect((await server.rest('GET', `/responses/${followed}?stream=true`)).body).toContain('response.completed');
    expect((await graphql('{ responses(first: 1) { nodes { id } } }')).data.responses.nodes).toHaveLength(1);
    const events = `subscription { responseEvents(id: "${followed}") { type } }`;
    expect((await graphql(events, 'text/event-stream')).data.responseEvents.type).toBe('response.created');
    expect((await server.rest('POST', `/responses/${background.body.id}/cancel`)).body.status).toBe('cancelled');

    answerUpstream();
    for (const { status } of await Promise.all(accepted)) expect(status).toBe(200);
  });

  // Before the test that makes the gate stricter: one late turn would do then.
  it('refuses while its event loop is late all the time, and no longer', async () => {
    await server.app.container.reload(AntiphonConfig.parse(config({ ...patient, event_loop_delay_ms: 10 })));
    const isLate = () => {
      try {
        server.app.services.gate.check();
        return false;
      } catch {
        return true;
      }
    };
    const hold = new Int32Array(new SharedArrayBuffer(4));
    // Each turn of the loop takes longer than a timer may be late.
    while (!isLate()) {
      Atomics.wait(hold, 0, 0, 90);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await figureOf('antiphon_refused_total{reason="delay"}')).toBe(1);
    expect(await figureOf('antiphon_event_loop_delay_seconds_count')).toBeGreaterThan(10);
    while (isLate()) await soon();
    await server.app.container.reload(AntiphonConfig.parse(config(patient)));
    expect((await ask()).status).toBe(200);
  });

  it('refuses while the database does not keep up, and writes down all it has let in when it does', async () => {
    await ask();
    const blocker = new pg.Client({ connectionString: server.databaseUrl });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('lock table runs in access exclusive mode');
    // Runs are no matter here.
    await server.app.container.reload(AntiphonConfig.parse(config({ database_queue: DATABASE_QUEUE, ...patient })));
    try {
      // The first is under way; the others wait for it.
      const accepted = [ask()];
      for (let waiting = 0; waiting <= DATABASE_QUEUE; waiting += 1) {
        if (waiting > 0) accepted.push(ask());
        while ((await figureOf('antiphon_runs')) < accepted.length) await soon();
        while ((await figureOf('antiphon_writes_waiting')) < waiting) await soon();
      }
      const refused = await ask();
      expect([refused.status, refused.body.error.code]).toEqual([503, 'server_error']);
      expect(await figureOf('antiphon_refused_total{reason="database"}')).toBe(1);
      // It is not how many wait that matters here, but how long.
      await server.app.container.reload(AntiphonConfig.parse(config({ ...patient, database_delay_ms: 10 })));
      expect((await ask()).status).toBe(503);
      await server.app.container.reload(AntiphonConfig.parse(config(patient)));
      accepted.push(ask());
      while ((await figureOf('antiphon_writes_waiting')) <= DATABASE_QUEUE) await soon();
      await blocker.query('rollback');
      const ids = (await Promise.all(accepted)).map(({ status, body }) => (status === 200 ? body.id : status));
      for (const id of ids) expect((await server.rest('GET', `/responses/${id}`)).body.status).toBe('completed');
      expect((await ask()).status).toBe(200);
    } finally {
      await blocker.end();
    }
  });
});
