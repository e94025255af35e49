import { errors } from '../../domain/errors.js';
import { readFault, type S3Client } from './s3-client.js';

/** S3 takes no smaller parts, but for the last, and no more than so many. */
const LEAST_PART = 5 * 1024 ** 2;
const MOST_PARTS = 10_000;

/** As small as it may be for a file of at most this size: a part is what an upload keeps in memory. */
export const partSizeFor = (maxBytes: number): number => Math.max(LEAST_PART, Math.ceil(maxBytes / MOST_PARTS));

/** Writes an object from pieces of `partSize`, the last one smaller: at once if it is one, else part by part. */
export async function putInParts(client: S3Client, key: string, parts: AsyncIterable<Buffer>): Promise<void> {
  const tags: string[] = [];
  let uploadId: string | null = null;
  let first: Buffer | null = null;
  const send = async (id: string, body: Buffer): Promise<void> => {
    const query = { partNumber: String(tags.length + 1), uploadId: id };
    const answer = await client.call({ method: 'PUT', key, query, body });
    const tag = answer?.headers.get('etag');
    if (!tag) throw errors.storageUnavailable('it lost an upload that was under way');
    await answer?.arrayBuffer();
    tags.push(tag);
  };
  try {
    for await (const part of parts) {
      if (uploadId === null && first === null) {
        first = part;
        continue;
      }
      if (uploadId === null) {
        uploadId = await begin(client, key);
        if (first !== null) await send(uploadId, first);
      }
      await send(uploadId, part);
    }
    if (uploadId !== null) await complete(client, key, uploadId, tags);
    else await (await client.call({ method: 'PUT', key, body: first ?? Buffer.alloc(0) }))?.arrayBuffer();
  } catch (error) {
    // What the service cannot do now, the daily sweep does later.
    if (uploadId !== null) await client.call({ method: 'DELETE', key, query: { uploadId } }).catch(() => undefined);
    throw error;
  }
}

async function begin(client: S3Client, key: string): Promise<string> {
  const answer = await client.call({ method: 'POST', key, query: { uploads: '' } });
  const id = /<UploadId>([^<]+)<\/UploadId>/.exec((await answer?.text()) ?? '')?.[1];
  if (id === undefined) throw errors.storageUnavailable('it began no upload in parts');
  return id;
}

async function complete(client: S3Client, key: string, uploadId: string, tags: readonly string[]): Promise<void> {
  const parts = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
  const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
  const answer = await client.call({ method: 'POST', key, query: { uploadId }, body });
  // The status is sent before the work is done; what went wrong is in the body then.
  const code = answer === null ? 'NoSuchUpload' : (await readFault(answer)).code;
  if (code !== null) throw errors.storageUnavailable(`it answered ${code}`);
}

/** Gives up uploads that nobody has finished since before this moment. */
export async function abortStaleUploads(client: S3Client, prefix: string, epochMs: number): Promise<void> {
  const answer = await client.call({ method: 'GET', query: { uploads: '', prefix } });
  const uploads = ((await answer?.text()) ?? '').matchAll(/<Upload>([\s\S]*?)<\/Upload>/g);
  for (const [, upload = ''] of uploads) {
    const field = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(upload)?.[1] ?? '';
    if (!(Date.parse(field('Initiated')) < epochMs)) continue;
    await client.call({ method: 'DELETE', key: field('Key'), query: { uploadId: field('UploadId') } });
  }
}
