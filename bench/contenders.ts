import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createDatabase } from './database.js';
import type { Work } from './load.js';
import { startNginx } from './nginx.js';
import { GATEWAY_CORE, type Helper, startHelper } from './processes.js';
import { API_KEY, type Setting } from './setting.js';
import { lateModel, modelOf, TOKEN_MS } from './tokens.js';

/** What a client asks, whoever it asks. */
export interface Question {
  model: string;
  prompt: string;
}

/** A gateway, a proxy or the upstream itself, in front of the same upstream. */
export interface Contender {
  name: string;
  pid: number;
  port: number;
  /** The question in its words. */
  ask(question: Question): Pick<Work, 'path' | 'headers' | 'body'>;
  /** Its part of the others' requests: the slow ones get fewer, or nobody would wait for them. */
  share: number;
}

/** Milliseconds that a late upstream takes. */
export const LATE_MS = 20;

const headers = { authorization: `Bearer ${API_KEY}` };

/** The question as chat completions, for what passes it on unread. */
export const askChat = ({ model, prompt }: Question) => ({
  path: '/v1/chat/completions',
  headers,
  body: JSON.stringify({ model, messages: [{ role: 'user', content: prompt }] }),
});

/** The question to the gateway that this benchmark is about. */
export const askGateway =
  (more: object = {}, key = API_KEY) =>
  ({ model, prompt }: Question) => ({
    path: '/api/v1/responses',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, input: prompt, ...more }),
  });

/** The gateway itself, asked in one of its ways. */
export const ownContender = ({ gateway }: Setting, name: string, ask: Contender['ask']): Contender => ({
  name,
  pid: gateway.pid,
  port: gateway.port,
  ask,
  share: 1,
});

/** The upstream with nothing in between. */
export const directContender = ({ upstream }: Setting): Contender => ({
  name: 'direct',
  ...upstream,
  ask: askChat,
  share: 1,
});

const PEERS = fileURLToPath(new URL('./peers/', import.meta.url));

/** What to do about it if the peers are not installed. */
export const PEERS_MISSING = existsSync(`${PEERS}node_modules`)
  ? null
  : 'Peers are left out: they are not installed (npm ci --prefix bench/peers).';

export interface Contenders {
  /** Every one that runs: the proxies, then the peers. */
  all: Contender[];
  /** Those of these names that run. */
  named(...names: string[]): Contender[];
  stop(): Promise<void>;
}

/** Starts what the gateway is compared with, each on the gateway's core as its own documentation says. */
export async function startContenders(setting: Setting): Promise<Contenders> {
  const { upstream, bare } = setting;
  const url = `http://127.0.0.1:${upstream.port}/v1`;
  const started: Helper[] = [];
  const start = async (file: string, args: string[]): Promise<Helper> => {
    const helper = await startHelper(file, GATEWAY_CORE, args);
    started.push(helper);
    setting.own.push(helper.pid);
    return helper;
  };
  const all: Contender[] = [{ name: 'bare', ...bare, ask: askChat, share: 1 }];
  const contenders: Contenders = {
    all,
    named: (...names) => all.filter(({ name }) => names.includes(name)),
    async stop() {
      await Promise.all(started.map((helper) => helper.stop()));
    },
  };
  try {
    all.push({
      name: 'undici',
      ...(await start('./undici-proxy.ts', [String(upstream.port)])),
      ask: askChat,
      share: 1,
    });
    const nginx = await startNginx(upstream.port, setting.folder);
    if (nginx === null) console.error('nginx is left out: it is not installed.');
    else {
      started.push(nginx);
      setting.own.push(nginx.pid);
      all.push({ name: 'nginx', ...nginx, ask: askChat, share: 1 });
    }
    if (PEERS_MISSING !== null) {
      console.error(PEERS_MISSING);
      return contenders;
    }
    const portkeyHeaders = { ...headers, 'x-portkey-provider': 'openai', 'x-portkey-custom-host': url };
    all.push({
      name: 'Portkey',
      ...(await start('./peers/portkey.mjs', [])),
      ask: ({ model, prompt }) => ({
        path: '/v1/responses',
        headers: portkeyHeaders,
        body: JSON.stringify({ model, input: prompt }),
      }),
      share: 0.6,
    });
    const models = [modelOf(0, TOKEN_MS), lateModel(LATE_MS)];
    all.push({
      name: 'llms',
      ...(await start('./peers/llms.mjs', [url, ...models])),
      ask: ({ model, prompt }) => askChat({ model: `bench,${model}`, prompt }),
      share: 0.8,
    });
    const database = await createDatabase(setting.gateway.dataDir, 'mastra');
    all.push({
      name: 'Mastra, stored',
      ...(await start('./peers/mastra.mjs', [url, database])),
      ask: ({ prompt }) => ({
        path: '/api/v1/responses',
        headers,
        body: JSON.stringify({ agent_id: 'bench', input: prompt, store: true }),
      }),
      share: 0.08,
    });
    return contenders;
  } catch (error) {
    await contenders.stop();
    throw error;
  }
}
