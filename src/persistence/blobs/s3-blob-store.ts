import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type BlobKey, type BlobStore, BlobTooLarge } from './blob-store.js';
import { abortStaleUploads, partSizeFor, putInParts } from './multipart.js';
import { createS3Client, type S3Settings } from './s3-client.js';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** Blobs as objects of an S3-compatible service: `<prefix><project>/<id>`. Replicas need no folder in common. */
export function createS3BlobStore(settings: S3Settings): BlobStore {
  const client = createS3Client(settings);
  const { prefix } = settings;
  const keyOf = ({ projectId, id }: BlobKey): string => `${prefix}${projectId}/${id}`;
  const get = (key: BlobKey) => client.call({ method: 'GET', key: keyOf(key) });

  const open: BlobStore['open'] = async (key) => {
    const body = (await get(key))?.body;
    return body === null || body === undefined ? null : Readable.fromWeb(body);
  };

  return {
    async write(key, content, maxBytes) {
      const hash = createHash('sha256');
      let bytes = 0;
      const measured = async function* () {
        for await (const piece of content as AsyncIterable<Buffer>) {
          bytes += piece.length;
          if (bytes > maxBytes) throw new BlobTooLarge();
          hash.update(piece);
          yield piece;
        }
      };
      await putInParts(client, keyOf(key), inPieces(measured(), partSizeFor(maxBytes)));
      return { bytes, sha256: hash.digest('hex') };
    },

    open,

    async read(key) {
      const answer = await get(key);
      return answer === null ? null : Buffer.from(await answer.arrayBuffer());
    },

    async withLocalFile(key, use) {
      const file = path.join(tmpdir(), `antiphon-${randomUUID()}`);
      try {
        const content = await open(key);
        if (content === null) throw new Error('The file is not in the storage.');
        await pipeline(content, createWriteStream(file, { mode: 0o600, flags: 'wx' }));
        return await use(file);
      } finally {
        await rm(file, { force: true });
      }
    },

    async remove(key) {
      await client.call({ method: 'DELETE', key: keyOf(key) });
    },

    async *olderThan(epochMs) {
      // Not every service can list them; those have rules of their own for what is unfinished.
      await abortStaleUploads(client, prefix, epochMs).catch(() => undefined);
      const named = new RegExp(`^(${UUID})/(${UUID})$`);
      for (let token: string | null = ''; token !== null; ) {
        const query = { 'list-type': '2', prefix, ...(token === '' ? {} : { 'continuation-token': token }) };
        const answer = await client.call({ method: 'GET', query });
        const list: string = (await answer?.text()) ?? '';
        const byProject = new Map<string, string[]>();
        for (const [, content = ''] of list.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)) {
          const [, projectId, id] = named.exec(textOf(content, 'Key').slice(prefix.length)) ?? [];
          if (projectId === undefined || id === undefined) continue;
          if (Date.parse(textOf(content, 'LastModified')) < epochMs)
            byProject.set(projectId, [...(byProject.get(projectId) ?? []), id]);
        }
        for (const [projectId, ids] of byProject) yield { projectId, ids };
        token = textOf(list, 'NextContinuationToken') || null;
      }
    },

    async check() {
      const answer = await client.call({ method: 'GET', query: { 'list-type': '2', prefix } });
      await answer?.arrayBuffer();
    },
  };
}

const textOf = (xml: string, element: string): string =>
  new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]?.replaceAll('&amp;', '&') ?? '';

/** The same bytes in pieces of one size, the last one smaller; none when there are none. */
async function* inPieces(content: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const piece of content) {
    waiting.push(piece);
    length += piece.length;
    while (length >= size) {
      const whole = Buffer.concat(waiting, length);
      yield whole.subarray(0, size);
      const rest = whole.subarray(size);
      // Copied: a view would keep the whole piece in memory.
      waiting = rest.length === 0 ? [] : [Buffer.from(rest)];
      length = rest.length;
    }
  }
  if (length > 0) yield Buffer.concat(waiting, length);
}
