import { once } from 'node:events';
import { request } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { startTestApp, type TestApp } from '../support/app.js';
import { S3_CREDENTIALS, type S3Server, startS3 } from '../support/s3.js';

const MIB = 1024 ** 2;

setFlagsFromString('--expose-gc');
/** What counts is what is held, not when it is collected. */
const collectGarbage: () => void = runInNewContext('gc');

describe('files in S3', () => {
  let s3: S3Server;
  let server: TestApp;
  let client: OpenAI;
  beforeAll(async () => {
    s3 = await startS3();
    server = await startTestApp({
      config: {
        knowledge: {
          storage: {
            type: 's3',
            endpoint: s3.endpoint,
            bucket: s3.bucket,
            access_key_id: S3_CREDENTIALS.accessKeyId,
            secret_access_key: S3_CREDENTIALS.secretAccessKey,
          },
        },
      },
    });
    client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
  });
  afterAll(async () => {
    await server?.stop();
    await s3?.close();
  });

  it('are uploaded, read, indexed, found and deleted as on disk', async () => {
    const file = await client.files.create({
      file: await toFile(Buffer.from('The lighthouse keeper is called Ines.'), 'keeper.txt'),
      purpose: 'assistants',
    });
    expect(await (await client.files.content(file.id)).text()).toBe('The lighthouse keeper is called Ines.');
    const store = await client.vectorStores.create({});
    const attached = await client.vectorStores.files.createAndPoll(
      store.id,
      { file_id: file.id },
      { pollIntervalMs: 50 },
    );
    expect(attached).toMatchObject({ status: 'completed', last_error: null });
    const found = await client.vectorStores.search(store.id, { query: 'Who keeps the lighthouse?' });
    expect(found.data[0]).toMatchObject({ filename: 'keeper.txt' });
    await client.files.delete(file.id);
    expect(s3.requests.some((line) => line.startsWith('DELETE'))).toBe(true);
    await expect(client.files.content(file.id)).rejects.toMatchObject({ status: 404 });
  });

  it('cannot be uploaded while the storage is down: 503, nothing kept', async () => {
    s3.interfere = (_request, response) => {
      response.writeHead(500).end('<Error><Code>InternalError</Code></Error>');
      return true;
    };
    const upload = client.files.create({ file: await toFile(Buffer.from('text'), 'a.txt'), purpose: 'assistants' });
    await expect(upload).rejects.toMatchObject({ status: 503, message: expect.stringContaining('500 InternalError') });
    s3.interfere = () => false;
    expect((await client.files.list()).data).toEqual([]);
  });

  it('are deleted later where the storage is down now', async () => {
    const file = await client.files.create({ file: await toFile(Buffer.from('text'), 'a.txt'), purpose: 'assistants' });
    s3.requests.length = 0;
    let isDown = true;
    s3.interfere = (_request, response) => {
      if (isDown) response.writeHead(503).end();
      return isDown;
    };
    expect(await client.files.delete(file.id)).toMatchObject({ deleted: true });
    const refused = s3.requests.length;
    isDown = false;
    for (let n = 0; n < 400 && s3.requests.length === refused; n += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(s3.requests.at(-1)).toMatch(/^DELETE /);
    s3.interfere = () => false;
  });

  it('pass through in little memory, whatever their size', async () => {
    const size = 200 * MIB;
    const piece = Buffer.alloc(MIB, 'x');
    const head =
      '--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nuser_data\r\n--b\r\ncontent-disposition: form-data; name="file"; filename="large.bin"\r\n\r\n';
    const tail = '\r\n--b--\r\n';
    // Parts go nowhere: s3rver keeps them on disk, which takes longer than the upload.
    let received = 0;
    s3.interfere = (incoming, response) => {
      const isPart = incoming.url?.includes('partNumber=') === true;
      if (isPart) {
        incoming.on('data', (bytes: Buffer) => {
          received += bytes.length;
        });
        incoming.on('end', () => response.writeHead(200, { etag: '"x"' }).end());
      } else if (incoming.method === 'POST' && incoming.url?.includes('uploads=') === true)
        response.end('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>');
      else response.end('<CompleteMultipartUploadResult/>');
      return true;
    };
    const sending = request(`${server.url}/api/v1/files`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.key}`,
        'content-type': 'multipart/form-data; boundary=b',
        'content-length': head.length + size + tail.length,
      },
    });
    const answered = once(sending, 'response');
    let most = 0;
    const before = process.memoryUsage();
    sending.write(head);
    for (let sent = 0; sent < size; sent += MIB) {
      if (!sending.write(piece)) await once(sending, 'drain');
      if (sent % (20 * MIB) !== 0) continue;
      collectGarbage();
      most = Math.max(most, process.memoryUsage().arrayBuffers - before.arrayBuffers);
    }
    sending.end(tail);
    const [response] = await answered;
    response.resume();
    expect(response.statusCode).toBe(200);
    expect(received).toBe(size);
    // The client that sends is in this process too.
    expect(most).toBeLessThan(size / 2);
    s3.interfere = () => false;
  }, 300_000);
});
