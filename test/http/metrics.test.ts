import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';

describe('/metrics', () => {
  let upstream: Upstream;
  let server: TestApp;
  beforeAll(async () => {
    upstream = await startUpstream();
    server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null } });
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });

  const read = (headers: Record<string, string> = {}) => fetch(`${server.url}/metrics`, { headers });
  /** The value of a series, 0 if it is not there. */
  const figureOf = async (series: string): Promise<number> => {
    const lines = (await (await read()).text()).split('\n');
    return Number(lines.find((line) => line.startsWith(`${series} `))?.split(' ')[1] ?? 0);
  };
  const eventually = async (series: string, value: number): Promise<void> => {
    for (let tries = 0; tries < 2000 && (await figureOf(series)) !== value; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await figureOf(series)).toBe(value);
  };

  it('counts answers by route, model calls by how they ended, and tokens', async () => {
    const ask = (body: object) => server.rest('POST', '/responses', { model: 'any', input: 'hello', ...body });
    const { body } = await ask({});
    await ask({ store: false });
    await ask({ stream: true });
    await server.rest('GET', '/responses/resp_nothing');
    const created = 'antiphon_http_requests_total{route="/api/v1/responses",method="POST",status="200"}';
    await eventually(created, 3);
    await eventually('antiphon_http_requests_total{route="/api/v1/responses/:id",method="GET",status="404"}', 1);
    await eventually('antiphon_http_request_duration_seconds_count{route="/api/v1/responses",method="POST"}', 3);
    await eventually('antiphon_model_calls_total{provider="upstream",status="completed"}', 3);
    await eventually('antiphon_tokens_total{provider="upstream",kind="output"}', 3 * body.usage.output_tokens);
    expect(await figureOf('antiphon_runs')).toBe(0);
    // The run that kept nothing has only its bill.
    await eventually('antiphon_writes_total{kind="begin"}', 2);
    await eventually('antiphon_writes_total{kind="end"}', 2);
    await eventually('antiphon_writes_total{kind="bill"}', 1);
    expect(await figureOf('antiphon_write_batches_total{kind="events"}')).toBeGreaterThan(0);
    expect(await figureOf('antiphon_nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0);
  });

  it('is for this machine and for administrators', async () => {
    expect((await read()).headers.get('content-type')).toContain('text/plain');
    expect((await read({ 'x-forwarded-for': '203.0.113.9' })).status).toBe(401);
    const reader = await server.createKey({ name: 'reader', scopes: ['read'] });
    const refused = await read({ authorization: `Bearer ${reader}` });
    expect(refused.status).toBe(403);
    expect(((await refused.json()) as { error: { code: string } }).error.code).toBe('permission_denied');
    const allowed = await read({ authorization: `Bearer ${server.key}`, 'x-forwarded-for': '203.0.113.9' });
    expect(allowed.status).toBe(200);
  });
});
