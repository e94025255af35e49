import { mkdirSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { findRunningDatabase } from '../../src/persistence/embedded/running-database.js';
import { startGateway } from '../processes.js';
import { type Finding, once } from '../report.js';
import { builtServer, type Setting, upstreamEnv } from '../setting.js';
import { startStatementCounter } from '../statement-counter.js';
import { createWork, headers } from './create.js';

const CREATES = 300;
const LISTS = 50;
const PAGE = 50;

const LIST = `query List { responses(first: ${PAGE}) { nodes { id status model createdAt conversation { id createdAt } } pageInfo { hasNextPage } } }`;

/**
 * SQL statements per request, counted on the wire by a second gateway with a database of its own. Not a matter of speed, so
 * nothing else is measured here.
 */
export async function countStatements(setting: Setting): Promise<Finding[]> {
  const name = 'antiphon_statements';
  const gatewayDatabase = await findRunningDatabase(setting.gateway.dataDir);
  if (gatewayDatabase === null) throw new Error('The gateway has no embedded database.');
  const admin = new pg.Client({ connectionString: gatewayDatabase });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();

  const sockets = path.join(setting.folder, 'sockets');
  mkdirSync(sockets);
  const counter = await startStatementCounter(gatewayDatabase.replace(/\/[^/]*$/, `/${name}`), sockets);
  const gateway = await startGateway({
    ...builtServer(setting.root, setting.folder),
    dataDir: setting.gateway.dataDir,
    env: { ...upstreamEnv(setting.upstream), DATABASE_URL: counter.url, ANTIPHON_SECRET: 'of the benchmark only' },
  });
  try {
    const perCreate = async (clients: number): Promise<number> => {
      await setting.load.run(createWork(gateway.port, {}, clients, clients));
      const before = counter.count();
      const seen = await setting.load.run(createWork(gateway.port, {}, clients, CREATES));
      if (seen.failures > 0) throw new Error(`A create failed: ${seen.firstFailure}`);
      return (counter.count() - before) / CREATES;
    };
    const alone = await perCreate(1);
    const together = await perCreate(64);

    const url = `http://127.0.0.1:${gateway.port}`;
    for (let index = 0; index < PAGE; index += 1)
      await post(`${url}/api/v1/responses`, {
        model: 'm',
        input: 'Hi',
        conversation: (await post(`${url}/api/v1/conversations`, {})).id,
      });
    const list = () => post(`${url}/graphql`, { query: LIST });
    const first = (await list()) as { data?: { responses: { nodes: { conversation: unknown }[] } } };
    const withConversation = first.data?.responses.nodes.filter((node) => node.conversation !== null).length;
    if (withConversation !== PAGE)
      throw new Error(`The list is not as expected: ${JSON.stringify(first).slice(0, 500)}`);
    const before = counter.count();
    for (let index = 0; index < LISTS; index += 1) await list();
    const perList = (counter.count() - before) / LISTS;

    const note = 'counted on the wire; the look-up of the key, once a second, included';
    return [
      {
        scenario: 'stored create, 1 client',
        figure: 'SQL statements each',
        goal: null,
        unit: '',
        measured: once(alone),
        note,
      },
      {
        scenario: 'stored create, 64 clients',
        figure: 'SQL statements each',
        goal: null,
        unit: '',
        measured: once(together),
        note,
      },
      {
        scenario: `GraphQL list of ${PAGE} with conversations`,
        figure: 'SQL statements each',
        goal: 3,
        unit: '',
        measured: once(perList),
        note,
      },
    ];
  } finally {
    await gateway.stop();
    counter.close();
  }
}

async function post(url: string, body: object): Promise<{ id?: string }> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const json = (await answer.json()) as { id?: string };
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${JSON.stringify(json).slice(0, 500)}`);
  return json;
}
