import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { createHttpClient } from '../graphql/support/client.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Received, type Receiver, startReceiver } from '../support/receiver.js';

let app: TestApp;
let receiver: Receiver;
let client: OpenAI;
beforeAll(async () => {
  app = await startTestApp({
    config: { outbound: { allow: ['127.0.0.1'] } },
    limits: { webhookRetries: 2, webhookRetrySeconds: 1 },
  });
  client = new OpenAI({ apiKey: app.key, baseURL: `${app.url}/api/v1`, maxRetries: 0 });
});
afterAll(() => app.stop());
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  for await (const { id } of client.webhooks.list()) await client.webhooks.delete(id);
  await receiver.close();
});

type EventType = Parameters<OpenAI['webhooks']['test']>[1]['event_type'];
const ENDS: EventType[] = ['response.completed', 'response.failed', 'response.incomplete', 'response.cancelled'];

const createEndpoint = (path = '/hook', event_types = ENDS) =>
  client.webhooks.create({ name: 'mine', url: `${receiver.url}${path}`, event_types });
const unwrap = ({ body, headers }: Received, secret: string) =>
  client.webhooks.unwrap(body, headers as Record<string, string>, secret);
/** Starts a background response and gives back its id. */
const begin = async (input: string, more: object = {}): Promise<string> => {
  const response = await client.responses.create({ model: 'local-script', input, background: true, ...more });
  expect(response.status).toBe('queued');
  return response.id;
};
const deliveriesOf = async (id: string) => (await app.rest('GET', `/webhook_endpoints/${id}/deliveries`)).body.data;
const until = async <T>(look: () => Promise<T>, isThere: (value: T) => boolean): Promise<T> => {
  for (;;) {
    const value = await look();
    if (isThere(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

describe('webhook endpoints', () => {
  it('are kept, changed, listed and deleted by the SDK’s calls; the secret is shown once', async () => {
    const created = await createEndpoint('/a', ['response.completed', 'response.completed', 'response.failed']);
    expect(created).toMatchObject({
      object: 'webhook_endpoint',
      id: expect.stringMatching(/^whe_[0-9a-f]{32}$/),
      name: 'mine',
      url: `${receiver.url}/a`,
      event_types: ['response.completed', 'response.failed'],
      signing_secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/=]{44}$/),
      enabled: true,
    });
    expect(created.signing_secret_hint).toBe(`whsec_…${created.signing_secret.slice(-4)}`);
    const read = await client.webhooks.retrieve(created.id);
    expect(read).not.toHaveProperty('signing_secret');
    const renamed = await client.webhooks.update(created.id, { name: 'other', event_types: ['response.cancelled'] });
    expect(renamed).toMatchObject({ name: 'other', event_types: ['response.cancelled'], url: read.url });
    const second = await createEndpoint();
    const listed = [];
    for await (const endpoint of client.webhooks.list({ limit: 1 })) listed.push(endpoint.id);
    expect(listed).toEqual([second.id, created.id]);
    expect(await client.webhooks.delete(created.id)).toEqual({
      id: created.id,
      object: 'webhook_endpoint.deleted',
      deleted: true,
    });
    await expect(client.webhooks.retrieve(created.id)).rejects.toMatchObject({ status: 404 });
    expect((await client.webhooks.eventTypes.list()).data).toEqual([...ENDS, 'budget.threshold_reached']);
    const [row] = await app.sql<{ secret: string }>('select secret from webhook_endpoints');
    expect(row?.secret).not.toContain(second.signing_secret.slice(6));
  });

  it.each([
    ['plain http to a public place', { url: 'http://example.com/' }, 'url'],
    ['a private address', { url: 'https://10.0.0.1/' }, 'url'],
    ['the metadata service', { url: 'http://169.254.169.254/' }, 'url'],
    ['another port', { url: 'https://example.com:6379/' }, 'url'],
    ['something else than a URL', { url: 'nowhere' }, 'url'],
    ['no events', { event_types: [] }, 'event_types'],
    ['an unknown event', { event_types: ['response.exploded'] }, 'event_types[0]'],
    ['no name', { name: '' }, 'name'],
  ])('refuse %s', async (_what, fields, param) => {
    const body = { name: 'a', url: 'https://example.com/', event_types: ['response.failed'], ...fields };
    const { status, body: answer } = await app.rest('POST', '/webhook_endpoints', body);
    expect([status, answer.error.param]).toEqual([400, param]);
  });

  it('belong to one project', async () => {
    const { id } = await createEndpoint();
    const foreign = await app.createForeignKey();
    for (const [method, path, body] of [
      ['GET', `/webhook_endpoints/${id}`, undefined],
      ['POST', `/webhook_endpoints/${id}`, { name: 'x' }],
      ['DELETE', `/webhook_endpoints/${id}`, undefined],
      ['POST', `/webhook_endpoints/${id}/rotate_secret`, {}],
      ['POST', `/webhook_endpoints/${id}/test`, { event_type: 'response.failed' }],
      ['GET', `/webhook_endpoints/${id}/deliveries`, undefined],
    ] as const) {
      const { status } = await app.rest(method, path, body, foreign);
      expect([path, status]).toEqual([path, 404]);
    }
    expect((await app.rest('GET', '/webhook_endpoints', undefined, foreign)).body.data).toEqual([]);
  });
});

describe('webhook events', () => {
  it('tell of every end of a background response, signed so that the SDK accepts them', async () => {
    const { id, signing_secret: secret } = await createEndpoint();
    const completed = await begin('@say done');
    const incomplete = await begin('@say half\n@finish length');
    const failed = await begin('@status 400');
    const slow = await begin('@stall');
    await client.responses.cancel(slow);
    await receiver.nth(3);
    const events = await Promise.all(receiver.received.map((one) => unwrap(one, secret)));
    const byResponse = new Map(events.map((event) => [(event.data as { id: string }).id, event]));
    const statuses = await Promise.all(
      [completed, incomplete, failed, slow].map(async (one) => (await client.responses.retrieve(one)).status),
    );
    expect(statuses).toEqual(['completed', 'incomplete', 'failed', 'cancelled']);
    expect([completed, incomplete, failed, slow].map((one) => byResponse.get(one)?.type)).toEqual(
      statuses.map((status) => `response.${status}`),
    );
    expect(events[0]).toEqual({
      id: receiver.received[0]?.headers['webhook-id'],
      object: 'event',
      created_at: expect.any(Number),
      type: expect.any(String),
      data: { id: expect.stringMatching(/^resp_/) },
    });
    await expect(unwrap(receiver.received[0] as Received, 'whsec_b3RoZXI=')).rejects.toThrow(/signature/);
    const log = await until(
      () => deliveriesOf(id),
      (rows) => rows.length === 4 && rows.every(({ status }: { status: string }) => status === 'succeeded'),
    );
    expect(log[0]).toMatchObject({ object: 'webhook_endpoint.delivery', attempts: 1, last_status_code: 204 });
  });

  it('are sent only for background responses, of the types that were asked for, to endpoints that are on', async () => {
    const off = await createEndpoint('/off');
    await client.webhooks.update(off.id, { enabled: false } as object);
    const failures = await createEndpoint('/failures', ['response.failed']);
    const all = await createEndpoint('/all');
    await client.responses.create({ model: 'local-script', input: '@say foreground' });
    const id = await begin('@say background');
    await receiver.nth(0);
    await until(
      () => deliveriesOf(all.id),
      ([row]) => row?.status === 'succeeded',
    );
    expect(receiver.received.map(({ path, body }) => [path, JSON.parse(body).data.id])).toEqual([['/all', id]]);
    for (const other of [off, failures]) expect(await deliveriesOf(other.id)).toEqual([]);
  });

  it('are repeated under the same id until they are taken', async () => {
    const { id, signing_secret: secret } = await createEndpoint();
    receiver.answer = (_request, response) => response.writeHead(receiver.received.length < 3 ? 503 : 200).end();
    await begin('@say hello');
    await receiver.nth(2);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    for (const one of receiver.received) await unwrap(one, secret);
    const [row] = await until(
      () => deliveriesOf(id),
      ([first]) => first.status !== 'pending',
    );
    expect(row).toMatchObject({ status: 'succeeded', attempts: 3, last_status_code: 200, last_error: null });
  });

  it('stop when nothing is taken, and start again when the endpoint is enabled and the event sent anew', async () => {
    const { id } = await createEndpoint();
    receiver.answer = (_request, response) => response.writeHead(302, { location: receiver.url }).end();
    await begin('@say hello');
    const isOff = ({ body }: { body: { enabled: boolean } }) => !body.enabled;
    const { body: off } = await until(() => app.rest('GET', `/webhook_endpoints/${id}`), isOff);
    expect(off.disabled_reason).toMatch(/answered 302/);
    expect(receiver.received).toHaveLength(3);
    const [delivery] = await deliveriesOf(id);
    expect(delivery).toMatchObject({ status: 'failed', attempts: 3 });

    const again = `/webhook_endpoints/${id}/deliveries/${delivery.id}/redeliver`;
    expect((await app.rest('POST', again)).body.error.code).toBe('webhook_endpoint_disabled');
    await client.webhooks.update(id, { enabled: true } as object);
    receiver.answer = (_request, response) => response.writeHead(200).end();
    expect(await app.rest('POST', again)).toMatchObject({ status: 202, body: { status: 'pending' } });
    const last = await receiver.nth(3);
    expect(last.headers['webhook-id']).toBe(delivery.event_id);
    expect((await app.rest('POST', again.replace(/whd_\w+/, `whd_${'0'.repeat(32)}`))).status).toBe(404);
  });

  it('stop at once when the endpoint says it is gone', async () => {
    const { id } = await createEndpoint();
    receiver.answer = (_request, response) => response.writeHead(410).end();
    await begin('@say hello');
    const { body } = await until(
      () => app.rest('GET', `/webhook_endpoints/${id}`),
      (answer) => !answer.body.enabled,
    );
    expect([body.disabled_reason, receiver.received.length]).toEqual(['The endpoint answered 410 Gone.', 1]);
  });

  it('are signed with both secrets while one replaces the other, if asked for', async () => {
    const { id, signing_secret: first } = await createEndpoint();
    const { signing_secret: second } = await client.webhooks.rotateSecret(id, {
      keep_old_secret_active_for_24_hours: true,
    });
    expect(await client.webhooks.test(id, { event_type: 'response.failed' })).toEqual({
      object: 'webhook_endpoint.test',
      webhook_endpoint_id: id,
      event_type: 'response.failed',
      status_code: 204,
      success: true,
    });
    for (const secret of [first, second]) await unwrap(receiver.received[0] as Received, secret);
    const { signing_secret: third } = await client.webhooks.rotateSecret(id);
    await client.webhooks.test(id, { event_type: 'response.failed' });
    await unwrap(receiver.received[1] as Received, third);
    await expect(unwrap(receiver.received[1] as Received, second)).rejects.toThrow(/signature/);
    receiver.answer = (_request, response) => response.writeHead(500).end();
    await expect(client.webhooks.test(id, { event_type: 'response.failed' })).rejects.toMatchObject({
      status: 400,
      code: 'webhook_test_failed',
    });
  });

  it('that a crash left behind are sent by the next process', async () => {
    const { id } = await createEndpoint();
    // As the statement that ends a run leaves them: written, and not in the queue yet.
    await app.sql(
      `insert into webhook_deliveries (project_id, id, endpoint_id, event_id, event_type, response_id, job_id, created_at)
       select project_id, gen_random_uuid(), id, gen_random_uuid(), 'response.failed', gen_random_uuid(),
         gen_random_uuid(), now() from webhook_endpoints`,
    );
    const next = await startTestApp({
      databaseUrl: app.databaseUrl,
      config: { outbound: { allow: ['127.0.0.1'] } },
    });
    try {
      expect(JSON.parse((await receiver.nth(0)).body).type).toBe('response.failed');
      await until(
        () => deliveriesOf(id),
        ([row]) => row.status === 'succeeded',
      );
    } finally {
      await next.stop();
    }
  });

  it('are kept in a log of 30 days, and what nobody works on any more is closed', async () => {
    const { id } = await createEndpoint();
    await app.sql(
      `insert into webhook_deliveries (project_id, id, endpoint_id, event_id, event_type, response_id, job_id, queued_at,
         created_at)
       select project_id, gen_random_uuid(), id, gen_random_uuid(), 'response.failed', gen_random_uuid(),
         gen_random_uuid(), now() - age, now() - age
       from webhook_endpoints, unnest(array['31 days', '5 days', '1 day']::interval[]) as age`,
    );
    const next = await startTestApp({ databaseUrl: app.databaseUrl });
    try {
      const log = await until(
        () => deliveriesOf(id),
        (rows) => rows.length === 2 && rows.some(({ status }: { status: string }) => status === 'failed'),
      );
      const byAge = log.sort((a: { created_at: number }, b: { created_at: number }) => a.created_at - b.created_at);
      expect(byAge.map(({ status }: { status: string }) => status)).toEqual(['failed', 'pending']);
    } finally {
      await next.stop();
    }
  });

  it('do not leave for a place that has become a private one', async () => {
    const { id } = await createEndpoint();
    await app.sql(`update webhook_endpoints set url = 'http://127.0.0.2/hook'`);
    await expect(client.webhooks.test(id, { event_type: 'response.failed' })).rejects.toThrow(/URL is refused/);
    expect(receiver.received).toEqual([]);
  });
});

describe('webhooks over GraphQL', () => {
  it('do what REST does', async () => {
    const { data, run } = createHttpClient(app);
    const { createWebhookEndpoint: made } = await data(
      `mutation ($url: String!) {
        createWebhookEndpoint(input: { name: "a", url: $url, eventTypes: [RESPONSE_COMPLETED] }) {
          webhookEndpoint { id name url eventTypes enabled signingSecretHint } signingSecret userErrors { code field }
        }
      }`,
      { url: `${receiver.url}/graphql` },
    );
    const { id } = made.webhookEndpoint;
    expect(made).toMatchObject({
      webhookEndpoint: { eventTypes: ['RESPONSE_COMPLETED'], enabled: true },
      userErrors: [],
    });
    const responseId = await begin('@say hello');
    await unwrap(await receiver.nth(0), made.signingSecret);
    const read = () =>
      data(
        `query ($id: ID!) { node(id: $id) { ... on WebhookEndpoint {
          deliveries(first: 5) { nodes { id eventId eventType responseId status attempts lastStatusCode } } } } }`,
        { id },
      );
    const { node } = await until(read, (found) => found.node.deliveries.nodes[0]?.status === 'SUCCEEDED');
    const [delivery] = node.deliveries.nodes;
    expect(delivery).toMatchObject({ eventType: 'RESPONSE_COMPLETED', responseId, attempts: 1, lastStatusCode: 204 });

    const later = await data(
      `mutation ($id: ID!, $deliveryId: ID!) {
        redeliverWebhook(input: { endpointId: $id, deliveryId: $deliveryId }) { delivery { status } userErrors { code } }
        testWebhookEndpoint(input: { id: $id, eventType: RESPONSE_FAILED }) { statusCode userErrors { code } }
        rotateWebhookSecret(input: { id: $id }) { signingSecret userErrors { code } }
        updateWebhookEndpoint(input: { id: $id, enabled: false }) {
          webhookEndpoint { enabled disabledReason } userErrors { code }
        }
      }`,
      { id, deliveryId: delivery.id },
    );
    expect(later).toMatchObject({
      redeliverWebhook: { delivery: { status: 'PENDING' }, userErrors: [] },
      testWebhookEndpoint: { statusCode: 204, userErrors: [] },
      rotateWebhookSecret: { signingSecret: expect.stringMatching(/^whsec_/), userErrors: [] },
      updateWebhookEndpoint: {
        webhookEndpoint: { enabled: false, disabledReason: 'Switched off by its owner.' },
        userErrors: [],
      },
    });
    const refused = await data(
      `mutation { createWebhookEndpoint(input: { name: "a", url: "http://10.0.0.1/", eventTypes: [RESPONSE_FAILED] }) {
        signingSecret userErrors { code field } } }`,
    );
    expect(refused.createWebhookEndpoint).toEqual({
      signingSecret: null,
      userErrors: [{ code: 'invalid_value', field: 'url' }],
    });
    const { webhookEndpoints, deleteWebhookEndpoint } = {
      ...(await data('{ webhookEndpoints(first: 5) { nodes { id } } }')),
      ...(await data('mutation ($id: ID!) { deleteWebhookEndpoint(id: $id) { deletedId } }', { id })),
    };
    expect([webhookEndpoints.nodes, deleteWebhookEndpoint.deletedId]).toEqual([[{ id }], id]);
    const gone = await run('query ($id: ID!) { webhookEndpoint(id: $id) { id } }', { id });
    expect(gone.errors?.[0]?.extensions.code).toBe('not_found');
  });
});
