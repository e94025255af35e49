import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { startTestApp, type TestApp } from '../support/app.js';

/** The public audits of GraphQL over HTTP, through the whole server: every one, those that only recommend included. */
let server: TestApp;
beforeAll(async () => {
  server = await startTestApp();
});
afterAll(() => server.stop());

const audits = serverAudits({
  url: () => `${server.url}/graphql`,
  fetchFn: (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${server.key}`);
    return fetch(url, { ...init, headers });
  },
});

describe('GraphQL over HTTP', () => {
  it('has as many audits as were passed before', () => {
    expect(audits).toHaveLength(61);
  });

  it.each(audits.map((audit) => ({ name: `${audit.id} ${audit.name}`, audit })))('$name', async ({ audit }) => {
    const result = await audit.fn();
    expect({ status: result.status, reason: 'reason' in result ? result.reason : null }).toEqual({
      status: 'ok',
      reason: null,
    });
  });
});
