import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AntiphonConfig } from '../../../src/config/schema/index.js';
import { createLogger } from '../../../src/observability/logger.js';
import { createAddressGuard } from '../../../src/providers/safe-http/address-guard.js';
import { createSafeHttp, type SafeHttp } from '../../../src/providers/safe-http/safe-http.js';
import { createWeb, type Web } from '../../../src/services/web-search/index.js';
import { createWebSearchTool } from '../../../src/tools/web-search/index.js';
import { type SearchServer, startSearchServer } from '../../support/search-server.js';

/** Addresses that a model may be talked into opening. None is called; the model hears why. */
describe('hostile addresses', () => {
  let target: SearchServer;
  /** As operators run it: nothing is opened. */
  let closed: { http: SafeHttp; web: Web };
  /** With loopback opened, to see where redirects may lead. */
  let opened: { http: SafeHttp; web: Web };
  const start = (allow: string[]) => {
    const http = createSafeHttp(createAddressGuard(allow));
    const { web_search: settings } = AntiphonConfig.parse({
      web_search: { engines: [{ type: 'searxng', url: target.url }], pages: { timeout_seconds: 0.5 } },
    });
    const web = createWeb({ http, logger: createLogger('silent'), now: Date.now });
    web.use(settings);
    if (web === null) throw new Error('There is an engine.');
    return { http, web };
  };
  beforeAll(async () => {
    target = await startSearchServer();
    closed = start([]);
    opened = start(['127.0.0.1']);
  });
  afterAll(async () => {
    for (const { http, web } of [closed, opened]) {
      await web.close();
      await http.close();
    }
    await target.close();
  });

  const open = async (web: Web, url: string) => {
    const outcome = await createWebSearchTool(web).run({
      owner: { projectId: 'p', endUser: null },
      tool: { type: 'web_search' },
      arguments: JSON.stringify({ url }),
      signal: new AbortController().signal,
    });
    return { status: outcome.item.status, code: JSON.parse(outcome.output).error?.code };
  };

  it.each([
    ['http://127.0.0.1/', 'address_not_public'],
    ['http://127.1/', 'address_not_public'],
    ['http://0x7f000001/', 'address_not_public'],
    ['http://2130706433/', 'address_not_public'],
    ['http://0177.0.0.1/', 'address_not_public'],
    ['http://0/', 'address_not_public'],
    ['http://１２７.０.０.１/', 'address_not_public'],
    ['http://%31%32%37.0.0.1/', 'address_not_public'],
    ['http://localhost/', 'address_not_public'],
    ['http://LOCALHOST/', 'address_not_public'],
    ['http://10.0.0.1/', 'address_not_public'],
    ['http://172.31.255.255/', 'address_not_public'],
    ['http://192.168.0.1/', 'address_not_public'],
    ['http://100.64.0.1/', 'address_not_public'],
    ['http://169.254.169.254/latest/meta-data/', 'address_not_public'],
    ['http://[::1]/', 'address_not_public'],
    ['http://[::]/', 'address_not_public'],
    ['http://[::ffff:10.0.0.1]/', 'address_not_public'],
    ['http://[64:ff9b::a9fe:a9fe]/', 'address_not_public'],
    ['http://[2002:7f00:1::]/', 'address_not_public'],
    ['http://[fd00:ec2::254]/', 'address_not_public'],
    ['http://[fe80::1]/', 'address_not_public'],
    ['http://224.0.0.1/', 'address_not_public'],
    ['http://255.255.255.255/', 'address_not_public'],
    ['http://example.com:22/', 'port_not_allowed'],
    ['https://example.com:6379/', 'port_not_allowed'],
    ['http://admin:admin@example.com/', 'credentials_in_url'],
    ['http://127.0.0.1@example.com/', 'credentials_in_url'],
    ['file:///etc/passwd', 'unsupported_scheme'],
    ['gopher://127.0.0.1:6379/_FLUSHALL', 'unsupported_scheme'],
    ['ftp://example.com/', 'unsupported_scheme'],
    ['data:text/html,<p>x</p>', 'unsupported_scheme'],
    ['javascript:alert(1)', 'unsupported_scheme'],
    ['blob:https://example.com/1', 'unsupported_scheme'],
    ['//example.com/', 'invalid_url'],
    ['http://exa mple.com/', 'invalid_url'],
    ['http://[::1', 'invalid_url'],
    [`https://example.com/${'a'.repeat(5000)}`, 'invalid_url'],
  ])('%s', async (url, code) => {
    expect(await open(closed.web, url)).toEqual({ status: 'failed', code });
    expect(target.requests).toEqual([]);
  });

  it.each<[string, string, string]>([
    ['to the metadata of a cloud', 'http://169.254.169.254/latest/', 'address_not_public'],
    ['to a private network', 'http://10.0.0.1/', 'address_not_public'],
    ['to another loopback address', 'http://127.0.0.2/', 'address_not_public'],
    ['to a file', 'file:///etc/passwd', 'unsupported_scheme'],
    ['to credentials', 'http://a:b@example.com/', 'credentials_in_url'],
    ['to another port', 'http://example.com:8080/', 'port_not_allowed'],
    ['to nowhere', 'http://[', 'unreachable'],
  ])('a redirect %s', async (_where, location, code) => {
    target.pages.set('/leads', (_request, response) => void response.writeHead(302, { location }).end());
    expect(await open(opened.web, `${target.url}/leads`)).toEqual({ status: 'failed', code });
  });

  it('a server that never ends its page', async () => {
    target.pages.set('/slow', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).write('a');
    });
    expect(await open(opened.web, `${target.url}/slow`)).toEqual({ status: 'failed', code: 'timeout' });
  });
});
