import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAddressGuard, UnsafeUrlError } from '../../../src/providers/safe-http/address-guard.js';
import { createSafeHttp, type SafeHttp } from '../../../src/providers/safe-http/safe-http.js';

describe('the address guard', () => {
  const guard = createAddressGuard();

  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://0.0.0.0/',
    'http://10.1.2.3/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://192.0.0.8/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://240.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001::1]/',
    'http://[2001:db8::1]/',
    'http://[fc00::1]/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    'http://[ff02::1]/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'http://user:secret@example.com/',
    'https://example.com:5432/',
    'https://',
    `https://example.com/${'a'.repeat(2048)}`,
  ])('refuses %s', (url) => {
    expect(() => guard.checkUrl(url)).toThrow(UnsafeUrlError);
  });

  it.each(['https://example.com/a?b=c', 'http://example.com:443/', 'https://1.1.1.1/', 'https://[2606:4700::1111]/'])(
    'lets %s through',
    (url) => {
      expect(guard.checkUrl(url)).toBeInstanceOf(URL);
    },
  );

  it('opens what the operator allows, on every port, and nothing beside it', () => {
    const opened = createAddressGuard(['10.0.0.0/8', '127.0.0.1', 'Hooks.internal', 'fd00::/8']);
    for (const url of [
      'http://10.1.2.3:8080/',
      'http://127.0.0.1:9/',
      'https://hooks.internal:8443/',
      'http://[fd00::1]:81/',
    ])
      expect(opened.checkUrl(url)).toBeInstanceOf(URL);
    for (const url of ['http://11.1.2.3:8080/', 'http://127.0.0.2/', 'https://other.internal:8443/'])
      expect(() => opened.checkUrl(url)).toThrow(UnsafeUrlError);
    expect(opened.mayConnect('hooks.internal', '192.168.0.1')).toBe(true);
    expect(opened.mayConnect('other.internal', '192.168.0.1')).toBe(false);
    expect(() => createAddressGuard(['10.0.0.0/99'])).toThrow(/10\.0\.0\.0\/99/);
    expect(() => createAddressGuard(['not a host'])).toThrow(/not a host/);
  });
});

describe('safe requests', () => {
  let server: Server;
  let port: number;
  const closing: SafeHttp[] = [];
  let seen: { url: string; authorization: string | undefined }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push({ url: request.url ?? '', authorization: request.headers.authorization });
      if (request.url === '/long') response.end('x'.repeat(1_000_000));
      else if (request.url === '/hang') response.write('a');
      else if (request.url === '/to-name') response.writeHead(302, { location: `http://localhost:${port}/end` }).end();
      else if (request.url === '/to-metadata')
        response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
      else if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end();
      else response.end('end');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    for (const http of closing) await http.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const open = (allow: string[]): SafeHttp => {
    const http = createSafeHttp(createAddressGuard(allow));
    closing.push(http);
    return http;
  };
  const limits = { timeoutMs: 5_000, maxBytes: 1000 };

  it('checks the address a name leads to before it connects', async () => {
    seen = [];
    // The port is opened for another name only: this one leads to loopback.
    const http = open(['10.0.0.0/8']);
    await expect(http.request('http://localhost/', limits)).rejects.toThrow(/does not lead to a public address/);
    expect(seen).toEqual([]);
    const answer = await open(['localhost']).request(`http://localhost:${port}/`, limits);
    expect([answer.status, answer.body.toString(), answer.isCut]).toEqual([200, 'end', false]);
  });

  it('follows redirects only as far as asked, checks every hop, and keeps credentials to their origin', async () => {
    const http = open(['127.0.0.1', 'localhost']);
    const headers = { authorization: 'secret' };
    const stay = await http.request(`http://127.0.0.1:${port}/to-name`, { ...limits, headers });
    expect(stay.status).toBe(302);
    seen = [];
    const follow = await http.request(`http://127.0.0.1:${port}/to-name`, { ...limits, headers, maxRedirects: 1 });
    expect([follow.status, follow.url]).toEqual([200, `http://localhost:${port}/end`]);
    expect(seen.map(({ authorization }) => authorization)).toEqual(['secret', undefined]);
    await expect(http.request(`http://127.0.0.1:${port}/to-metadata`, { ...limits, maxRedirects: 5 })).rejects.toThrow(
      UnsafeUrlError,
    );
    seen = [];
    const loop = await http.request(`http://127.0.0.1:${port}/loop`, { ...limits, maxRedirects: 5 });
    expect([loop.status, seen.length]).toEqual([302, 6]);
  });

  it('stops reading at the cap, at the deadline and when told to', async () => {
    const http = open(['127.0.0.1']);
    const long = await http.request(`http://127.0.0.1:${port}/long`, limits);
    expect([long.body.length, long.isCut]).toEqual([1000, true]);
    await expect(http.request(`http://127.0.0.1:${port}/hang`, { ...limits, timeoutMs: 100 })).rejects.toThrow(
      /timeout/,
    );
    const controller = new AbortController();
    const hanging = http.request(`http://127.0.0.1:${port}/hang`, { ...limits, signal: controller.signal });
    controller.abort(new Error('left'));
    await expect(hanging).rejects.toThrow('left');
  });

  it('stops at the deadline and when told to while the connection does not stand yet', async () => {
    // It takes connections and never says a word of TLS.
    const sockets = new Set<Socket>();
    const silent = createTcpServer((socket) => sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    const http = open(['127.0.0.1']);
    await expect(http.request(url, { ...limits, timeoutMs: 50 })).rejects.toMatchObject({ name: 'TimeoutError' });
    const controller = new AbortController();
    const hanging = http.request(url, { ...limits, signal: controller.signal });
    controller.abort(new Error('left'));
    await expect(hanging).rejects.toThrow('left');
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });
});
