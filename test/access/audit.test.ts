import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';

/** Of GraphQL's answers: tests look into them freely. */
// biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
type Json = any;

interface Entry {
  action: string;
  actor: string;
  target_id: string;
  before: object | null;
  after: object | null;
  request_id: string;
  api_key_id: string;
}

const ENDPOINT = {
  name: 'audited',
  url: 'https://hooks.example.com/in?token=tell-nobody',
  event_types: ['response.failed'],
};

/** A model has one price from one moment on. */
let moment = 4_000_000_000;

/** Everything administrative that can be done, on both doors, beside what is done to keys and projects. */
const changes: [
  action: string,
  rest: (id: string) => [method: string, path: string, body?: object],
  graphql: (id: string) => string,
][] = [
  [
    'budget.created',
    () => ['POST', '/budgets', { scope: 'project', period: 'day', limit: '2.5' }],
    () => 'createBudget(input: { scope: PROJECT, period: DAY, limit: "2.5" }) { budget { id } userErrors { message } }',
  ],
  [
    'budget.updated',
    (id) => ['POST', `/budgets/${id}`, { limit: '3' }],
    (id) => `updateBudget(input: { id: "${id}", limit: "3" }) { budget { id } userErrors { message } }`,
  ],
  [
    'budget.deleted',
    (id) => ['DELETE', `/budgets/${id}`],
    (id) => `deleteBudget(id: "${id}") { deletedId userErrors { message } }`,
  ],
  [
    'price.created',
    () => ['POST', '/prices', { model: 'rest', input: '1', output: '2', effective_at: moment++ }],
    () =>
      'createPrice(input: { model: "graphql", input: "1", output: "2", effectiveAt: "2096-10-02T07:06:40Z" }) { price { id } userErrors { message } }',
  ],
  [
    'price.deleted',
    (id) => ['DELETE', `/prices/${id}`],
    (id) => `deletePrice(id: "${id}") { deletedId userErrors { message } }`,
  ],
  [
    'storage_price.created',
    () => ['POST', '/storage_prices', { gb_day: '1', effective_at: moment++ }],
    () =>
      'createStoragePrice(input: { gbDay: "1", effectiveAt: "2095-10-02T07:06:40Z" }) { storagePrice { id } userErrors { message } }',
  ],
  [
    'storage_price.deleted',
    (id) => ['DELETE', `/storage_prices/${id}`],
    (id) => `deleteStoragePrice(id: "${id}") { deletedId userErrors { message } }`,
  ],
  [
    'webhook_endpoint.created',
    () => ['POST', '/webhook_endpoints', ENDPOINT],
    () =>
      `createWebhookEndpoint(input: { name: "audited", url: "${ENDPOINT.url}", eventTypes: [RESPONSE_FAILED] }) { webhookEndpoint { id } userErrors { message } }`,
  ],
  [
    'webhook_endpoint.updated',
    (id) => ['POST', `/webhook_endpoints/${id}`, { name: 'renamed' }],
    (id) =>
      `updateWebhookEndpoint(input: { id: "${id}", name: "renamed" }) { webhookEndpoint { id } userErrors { message } }`,
  ],
  [
    'webhook_endpoint.secret_rotated',
    (id) => ['POST', `/webhook_endpoints/${id}/rotate_secret`, {}],
    (id) => `rotateWebhookSecret(input: { id: "${id}" }) { webhookEndpoint { id } userErrors { message } }`,
  ],
  [
    'webhook_endpoint.deleted',
    (id) => ['DELETE', `/webhook_endpoints/${id}`],
    (id) => `deleteWebhookEndpoint(id: "${id}") { deletedId userErrors { message } }`,
  ],
];

describe('the audit log of what is administered', () => {
  let server: TestApp;
  beforeAll(async () => {
    server = await startTestApp();
  });
  afterAll(() => server.stop());

  const log = async (): Promise<Entry[]> => (await server.rest('GET', '/audit_log?limit=100')).body.data;
  const newest = async (): Promise<Entry> => (await log())[0] as Entry;

  /** Makes what the action is done to; for what creates, the id comes of the action itself. */
  const target = async (action: string): Promise<string> => {
    const [kind = '', what] = action.split('.');
    if (what === 'created') return '';
    const [, rest] = changes.find(([name]) => name === `${kind}.created`) as (typeof changes)[number];
    const [method, path, body] = rest('');
    return (await server.rest(method, path, body)).body.id;
  };

  const expectEntry = (entry: Entry, action: string, id: string, requestId: string): void => {
    expect(entry).toMatchObject({ action, actor: 'key', target_id: id, request_id: requestId });
    expect(entry.api_key_id).toMatch(/^key_/);
    expect(entry.before === null).toBe(action.endsWith('.created'));
    expect(entry.after === null).toBe(action.endsWith('.deleted'));
    expect(JSON.stringify(entry)).not.toMatch(/whsec_[^…]|tell-nobody/);
  };

  it.each(changes)('has %s, done over REST', async (action, rest) => {
    const before = await target(action);
    const [method, path, body] = rest(before);
    const answer = await server.rest(method, path, body);
    expect(answer.status).toBeLessThan(300);
    expectEntry(await newest(), action, before || answer.body.id, answer.headers.get('x-request-id') as string);
  });

  it.each(changes)('has %s, done over GraphQL', async (action, _rest, mutation) => {
    const before = await target(action);
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: `mutation { result: ${mutation(before)} }` }),
    });
    const { data, errors } = (await answer.json()) as Json;
    expect([errors, data.result.userErrors]).toEqual([undefined, []]);
    const object = data.result.budget ?? data.result.price ?? data.result.storagePrice ?? data.result.webhookEndpoint;
    expectEntry(await newest(), action, object?.id ?? before, answer.headers.get('x-request-id') as string);
  });

  it('says what was and what is', async () => {
    const { body } = await server.rest('POST', '/budgets', { scope: 'label', period: 'month', limit: '1' });
    await server.rest('POST', `/budgets/${body.id}`, { limit: '2', enforced: false });
    expect(await newest()).toMatchObject({
      before: { scope: 'label', period: 'month', limit: '1', enforced: true },
      after: { scope: 'label', period: 'month', limit: '2', enforced: false },
    });
  });

  it('has nothing of what was refused', async () => {
    const before = await log();
    await server.rest('POST', '/budgets', {
      scope: 'key',
      key_id: 'key_00000000000000000000000000',
      period: 'day',
      limit: '1',
    });
    await server.rest('POST', '/webhook_endpoints', { ...ENDPOINT, url: 'http://127.0.0.1/' });
    await server.rest('DELETE', '/budgets/bdgt_00000000000000000000000000');
    expect(await log()).toEqual(before);
  });
});
