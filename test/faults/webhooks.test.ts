import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { makeTemporaryFolder } from '../support/postgres.js';
import { PATIENT, type ServerProcess, startServerProcess } from '../support/process.js';
import { type Receiver, startReceiver } from '../support/receiver.js';

const KEY = 'webhook-test-key';

describe('a process that dies while it delivers', () => {
  let dataDir: string;
  let receiver: Receiver;
  let server: ServerProcess | null = null;
  beforeEach(async () => {
    dataDir = makeTemporaryFolder();
    writeFileSync(path.join(dataDir, 'config.yaml'), `outbound: { allow: [127.0.0.1] }\nlimits: { ${PATIENT} }\n`);
    receiver = await startReceiver();
  });
  afterEach(async () => {
    await server?.end('SIGTERM');
    await receiver.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const start = async (): Promise<OpenAI> => {
    server = await startServerProcess({
      DATA_DIR: dataDir,
      ANTIPHON_API_KEY: KEY,
      ANTIPHON_CONFIG: path.join(dataDir, 'config.yaml'),
    });
    return new OpenAI({ apiKey: KEY, baseURL: `${server.url}/api/v1` });
  };

  it('loses no news: the next one tells it, under the same id', async () => {
    let client = await start();
    // The receiver has the request and never answers: the attempt is under way when the process is killed.
    receiver.answer = () => undefined;
    const { id, signing_secret: secret } = await client.webhooks.create({
      name: 'mine',
      url: `${receiver.url}/hook`,
      event_types: ['response.completed'],
    });
    const response = await client.responses.create({ model: 'local', input: 'Hello', background: true });
    const first = await receiver.nth(0);
    await server?.end('SIGKILL');

    receiver.answer = (_request, answer) => answer.writeHead(200).end();
    client = await start();
    const second = await receiver.nth(1);
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    const event = await client.webhooks.unwrap(second.body, second.headers as Record<string, string>, secret);
    expect(event).toMatchObject({ type: 'response.completed', data: { id: response.id } });
    expect((await client.responses.retrieve(response.id)).status).toBe('completed');
    expect(await client.webhooks.retrieve(id)).toMatchObject({ enabled: true });
  }, 90_000);
});
