import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { createHttpClient } from './support/client.js';

let server: TestApp;
beforeAll(async () => {
  server = await startTestApp();
});
afterAll(() => server.stop());

it('viewer names the key of the request by its name and last characters, never more of it', async () => {
  const key = await server.createKey({ name: 'the shop' });
  const http = createHttpClient({ url: server.url, key });
  const { body } = await http.post({ query: '{ viewer { key { id name hint scopes endUser } } }' });
  expect(body.data.viewer.key).toMatchObject({ name: 'the shop', endUser: null });
  const { hint } = body.data.viewer.key;
  expect(key.endsWith(hint)).toBe(true);
  expect(hint.length).toBeGreaterThan(0);
  expect(hint.length).toBeLessThan(9);
});
