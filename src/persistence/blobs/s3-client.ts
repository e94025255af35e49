import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { errors, type GatewayError } from '../../domain/errors.js';

export interface S3Settings {
  /** Where the service is: `https://s3.eu-central-1.amazonaws.com`, `http://minio:9000`. */
  endpoint: string;
  region: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Put in front of every key. */
  prefix: string;
  /** The bucket is part of the path, else of the host's name. */
  pathStyle: boolean;
}

export interface S3Request {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Without the bucket, and without a slash in front. Empty: the bucket itself. */
  key?: string;
  query?: Record<string, string>;
  /** Its checksum is part of the signature: bytes that change on their way are refused. */
  body?: Uint8Array;
}

export interface S3Client {
  /** The answer, whatever its body; null for 404. @throws GatewayError 503 for every other refusal, after some attempts */
  call(request: S3Request): Promise<Response | null>;
}

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 100;
/** Until the answer begins; the body of a large part takes its time to be sent. */
const TIMEOUT_MS = 60_000;

/** Signed calls to an S3-compatible service, repeated when it, or the way to it, fails for a moment. */
export function createS3Client(settings: S3Settings): S3Client {
  const { accessKeyId, secretAccessKey, region, bucket, pathStyle } = settings;
  const aws = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3' });
  const base = new URL(settings.endpoint);
  if (!pathStyle) base.hostname = `${bucket}.${base.hostname}`;
  const root = `${base.href.replace(/\/$/, '')}${pathStyle ? `/${bucket}` : ''}`;

  const attempt = async ({ method, key = '', query = {}, body }: S3Request): Promise<Response> => {
    const url = new URL(`${root}/${key}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(new Error('no answer in time')), TIMEOUT_MS);
    try {
      const headers =
        body === undefined ? {} : { 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') };
      const request = await aws.sign(url.href, { method, headers, ...(body === undefined ? {} : { body }) });
      return await fetch(request, { signal: timeout.signal, redirect: 'error' });
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async call(request) {
      let fault: GatewayError | null = null;
      for (let number = 1; number <= ATTEMPTS; number += 1) {
        if (number > 1) await sleep(FIRST_PAUSE_MS * 2 ** (number - 2) * (0.5 + Math.random()));
        let answer: Response;
        try {
          answer = await attempt(request);
        } catch (error) {
          fault = errors.storageUnavailable('it cannot be reached', error);
          continue;
        }
        if (answer.ok) return answer;
        const { code } = await readFault(answer);
        if (answer.status === 404 && code !== 'NoSuchBucket') return null;
        fault = errors.storageUnavailable(`it answered ${answer.status}${code === null ? '' : ` ${code}`}`);
        if (answer.status < 500 && answer.status !== 429) break;
      }
      throw fault ?? errors.storageUnavailable('it cannot be reached');
    },
  };
}

/** S3's own name of what is wrong, if the answer holds one. Reads the body to its end, so that the connection is free. */
export async function readFault(answer: Response): Promise<{ code: string | null }> {
  const text = await answer.text().catch(() => '');
  return { code: /<Code>(\w{1,100})<\/Code>/.exec(text.slice(0, 10_000))?.[1] ?? null };
}
