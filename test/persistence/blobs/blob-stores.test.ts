import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BlobStore, BlobTooLarge } from '../../../src/persistence/blobs/blob-store.js';
import { createDiskBlobStore } from '../../../src/persistence/blobs/disk-blob-store.js';
import { createS3BlobStore } from '../../../src/persistence/blobs/s3-blob-store.js';
import { S3_CREDENTIALS, type S3Server, startS3 } from '../../support/s3.js';

const MIB = 1024 ** 2;
const MAX = 64 * MIB;
const newKey = () => ({ projectId: randomUUID(), id: randomUUID() });
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
/** Bytes that differ from place to place, in odd pieces. */
const bytesOf = (length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_byte, at) => (at * 31 + (at >> 8)) & 255));
const inPieces = (bytes: Buffer): Readable =>
  Readable.from(
    (function* () {
      for (let from = 0; from < bytes.length; from += 70_001) yield bytes.subarray(from, from + 70_001);
    })(),
  );

interface Kind {
  store: BlobStore;
  close(): Promise<void>;
}
const s3Store = (server: S3Server, more: object = {}) =>
  createS3BlobStore({
    endpoint: server.endpoint,
    region: 'us-east-1',
    bucket: server.bucket,
    prefix: 'some/where/',
    pathStyle: true,
    ...S3_CREDENTIALS,
    ...more,
  });
const kinds: Record<string, () => Promise<Kind>> = {
  disk: async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'antiphon-blobs-'));
    return { store: createDiskBlobStore(folder), close: async () => rmSync(folder, { recursive: true }) };
  },
  S3: async () => {
    const server = await startS3();
    return { store: s3Store(server), close: () => server.close() };
  },
};

describe.each(Object.entries(kinds))('blobs: %s', (_name, start) => {
  let kind: Kind;
  beforeAll(async () => {
    kind = await start();
  });
  afterAll(() => kind?.close());

  it.each([0, 1, 100_000, 5 * MIB, 5 * MIB + 1, 12 * MIB])('come back as they went, %d bytes', async (length) => {
    const bytes = bytesOf(length);
    const key = newKey();
    expect(await kind.store.write(key, inPieces(bytes), MAX)).toEqual({ bytes: length, sha256: sha256(bytes) });
    expect((await kind.store.read(key))?.equals(bytes)).toBe(true);
    const content = await kind.store.open(key);
    expect(content === null ? null : (await buffer(content)).equals(bytes)).toBe(true);
    let seen = '';
    const read = await kind.store.withLocalFile(key, async (file) => {
      seen = file;
      return readFile(file);
    });
    expect(read.equals(bytes)).toBe(true);
    expect(path.isAbsolute(seen)).toBe(true);
  });

  it('are gone when they were removed, any number of times, and were never there for others', async () => {
    const key = newKey();
    await kind.store.write(key, inPieces(bytesOf(10)), MAX);
    expect(await kind.store.read({ projectId: randomUUID(), id: key.id })).toBeNull();
    await kind.store.remove(key);
    await kind.store.remove(key);
    expect(await kind.store.read(key)).toBeNull();
    expect(await kind.store.open(key)).toBeNull();
  });

  it.each([10, 11 * MIB])('leave nothing when more comes than is allowed: %d bytes', async (allowed) => {
    const key = newKey();
    await expect(kind.store.write(key, inPieces(bytesOf(allowed + 1)), allowed)).rejects.toThrow(BlobTooLarge);
    expect(await kind.store.read(key)).toBeNull();
  });

  it('leave nothing when the upload breaks', async () => {
    const key = newKey();
    const broken = Readable.from(
      (async function* () {
        yield bytesOf(6 * MIB);
        throw new Error('the client left');
      })(),
    );
    await expect(kind.store.write(key, broken, MAX)).rejects.toThrow('the client left');
    expect(await kind.store.read(key)).toBeNull();
  });

  it('are listed by project once they are old', async () => {
    const key = newKey();
    await kind.store.write(key, inPieces(bytesOf(10)), MAX);
    const idsBefore = async (epochMs: number): Promise<string[]> => {
      const ids: string[] = [];
      for await (const batch of kind.store.olderThan(epochMs))
        if (batch.projectId === key.projectId) ids.push(...batch.ids);
      return ids;
    };
    expect(await idsBefore(Date.now() - 60_000)).toEqual([]);
    expect(await idsBefore(Date.now() + 60_000)).toEqual([key.id]);
  });
});

describe('blobs in S3', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
  });
  afterAll(() => server.close());
  const forgotten = () => {
    server.interfere = () => false;
    server.requests.length = 0;
  };

  it('go in parts when they are large, and at once when they are not', async () => {
    forgotten();
    const [small, large] = [newKey(), newKey()];
    await s3Store(server).write(small, inPieces(bytesOf(100)), MAX);
    expect(server.requests).toEqual([`PUT /files/some/where/${small.projectId}/${small.id}`]);
    server.requests.length = 0;
    await s3Store(server).write(large, inPieces(bytesOf(11 * MIB)), MAX);
    expect(
      server.requests.map((line) => line.replace(/uploadId=\w+/, 'uploadId=x').replace(/^(\w+) [^?]*/, '$1 ')),
    ).toEqual([
      'POST ?uploads=',
      'PUT ?partNumber=1&uploadId=x',
      'PUT ?partNumber=2&uploadId=x',
      'PUT ?partNumber=3&uploadId=x',
      'POST ?uploadId=x',
    ]);
  });

  it('are tried again while the service fails for a moment', async () => {
    forgotten();
    let failures = 2;
    server.interfere = (_request, response) => {
      if (failures === 0) return false;
      failures -= 1;
      if (failures === 0) response.destroy();
      else response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
      return true;
    };
    const key = newKey();
    await s3Store(server).write(key, inPieces(bytesOf(100)), MAX);
    expect((await s3Store(server).read(key))?.length).toBe(100);
    expect(server.requests).toHaveLength(4);
  });

  it('are given up by name when a part cannot be written', async () => {
    forgotten();
    server.interfere = (request, response) => {
      if (!request.url?.includes('partNumber=2')) return false;
      response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
      return true;
    };
    await expect(s3Store(server).write(newKey(), inPieces(bytesOf(11 * MIB)), MAX)).rejects.toMatchObject({
      status: 503,
      message: 'The storage of files does not work at present: it answered 403 AccessDenied.',
    });
    expect(server.requests.at(-1)).toMatch(/^DELETE .*uploadId=/);
  });

  it('fail clearly with the wrong secret, the wrong bucket, and nobody there', async () => {
    forgotten();
    const check = (more: object) => s3Store(server, more).check();
    await expect(check({})).resolves.toBeUndefined();
    await expect(check({ secretAccessKey: 'wrong' })).rejects.toThrow('403 SignatureDoesNotMatch');
    await expect(check({ bucket: 'none' })).rejects.toThrow('404 NoSuchBucket');
    await expect(check({ endpoint: 'http://127.0.0.1:9' })).rejects.toThrow('it cannot be reached');
  });

  it('put the bucket into the host where that is asked for', async () => {
    const { fetch } = globalThis;
    const urls: string[] = [];
    // No name server knows such a host here.
    globalThis.fetch = async (request) => {
      urls.push((request as Request).url);
      return new Response(null, { status: 204 });
    };
    const key = newKey();
    try {
      await s3Store(server, { endpoint: 'https://s3.example.com', pathStyle: false }).remove(key);
    } finally {
      globalThis.fetch = fetch;
    }
    expect(urls).toEqual([`https://files.s3.example.com/some/where/${key.projectId}/${key.id}`]);
  });

  it('leave no copies on disk', async () => {
    forgotten();
    const key = newKey();
    await s3Store(server).write(key, inPieces(bytesOf(10)), MAX);
    const files: string[] = [];
    await expect(
      s3Store(server).withLocalFile(key, async (file) => {
        files.push(file);
        throw new Error('cannot be read');
      }),
    ).rejects.toThrow('cannot be read');
    expect(files.map((file) => existsSync(file))).toEqual([false]);
  });
});
