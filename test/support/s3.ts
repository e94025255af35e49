import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
// @ts-expect-error it brings no types
import S3rver from 's3rver';

/** The only account that s3rver knows. */
export const S3_CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

export interface S3Server {
  /** Where clients go: a proxy in front of s3rver. */
  endpoint: string;
  bucket: string;
  /** Every request, in order: `PUT /bucket/key?query`. */
  requests: string[];
  /** Answers in place of s3rver when it returns true. */
  interfere: (request: IncomingMessage, response: ServerResponse) => boolean;
  close(): Promise<void>;
}

/** s3rver, which speaks S3, with one bucket, behind a proxy that checks signatures, which it does not, and can fail in its place. */
export async function startS3(): Promise<S3Server> {
  const directory = mkdtempSync(path.join(tmpdir(), 'antiphon-s3-'));
  const bucket = 'files';
  const real = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: [{ name: bucket }],
  });
  const { port } = (await real.run()) as AddressInfo;
  const requests: string[] = [];
  const proxy: Server = createServer((incoming, response) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    if (server.interfere(incoming, response)) return;
    void buffer(incoming).then((body) => {
      const fault = faultOf(incoming, body);
      if (fault !== null) return response.writeHead(403).end(`<Error><Code>${fault}</Code></Error>`);
      const { method, url, headers } = incoming;
      const forwarded = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      forwarded.on('error', () => response.destroy());
      return forwarded.end(body);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const server: S3Server = {
    endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    bucket,
    requests,
    interfere: () => false,
    async close() {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
      await real.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return server;
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** What is wrong with a request's signature (AWS Signature Version 4) or its checksum, by S3's names. */
function faultOf({ method, url, headers }: IncomingMessage, body: Buffer): string | null {
  const [, credential = '', names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  const [keyId, day = '', region = '', service = ''] = credential.split('/');
  if (keyId !== S3_CREDENTIALS.accessKeyId) return 'InvalidAccessKeyId';
  const { pathname, searchParams } = new URL(url ?? '', 'http://any');
  const encode = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const query = [...searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const checksum = String(headers['x-amz-content-sha256']);
  const canonical = [
    method,
    pathname,
    query.join('&'),
    ...names.split(';').map((name) => `${name}:${headers[name]}`),
    '',
    names,
    checksum,
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${S3_CREDENTIALS.secretAccessKey}`, day));
  if (hmac(key, text).toString('hex') !== signature) return 'SignatureDoesNotMatch';
  return checksum === 'UNSIGNED-PAYLOAD' || checksum === sha256(body) ? null : 'XAmzContentSHA256Mismatch';
}
