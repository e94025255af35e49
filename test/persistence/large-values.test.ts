import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Queryable } from '../../src/persistence/database.js';
import { keepLargeValues } from '../../src/persistence/large-values.js';
import { startTestApp, type TestApp } from '../support/app.js';

/** How PostgreSQL calls the two ways. */
const PACKED = 'x';
const AS_THEY_ARE = 'e';

describe('large values', () => {
  let server: TestApp;
  beforeAll(async () => {
    server = await startTestApp();
  });
  afterAll(() => server.stop());

  const storages = async (): Promise<string[]> => {
    const rows = await server.sql<{ storage: string }>(
      `select distinct a.attstorage as storage from pg_attribute a join pg_class c on c.oid = a.attrelid
       where c.relkind in ('r', 'p') and (c.relname in ('items', 'responses') or c.relname like 'response\\_events%')
         and a.attname in ('payload', 'settings')`,
    );
    return rows.map(({ storage }) => storage);
  };
  const hasLz4 = async (): Promise<boolean> => {
    const rows = await server.sql<{ enumvals: string[] }>(
      `select enumvals from pg_settings where name = 'default_toast_compression'`,
    );
    return rows[0]?.enumvals.includes('lz4') === true;
  };
  /** Statements that were sent, on the server's own database. */
  const recorded = () => {
    const texts: string[] = [];
    const db: Queryable = {
      async query(text, values) {
        texts.push(String(text));
        return { rows: await server.sql(String(text), values) } as never;
      },
    };
    return { db, texts };
  };

  it('are packed where the server can do so cheaply, in every partition', async () => {
    expect(await storages()).toEqual([(await hasLz4()) ? PACKED : AS_THEY_ARE]);
  });

  it('follow a server that has learned or forgotten to, and are left alone otherwise', async () => {
    const before = await storages();
    const other = before[0] === PACKED ? 'external' : 'extended';
    await server.sql(`alter table items alter column payload set storage ${other}`);
    await server.sql(`alter table response_events alter column payload set storage ${other}`);
    const first = recorded();
    await keepLargeValues(first.db);
    expect(await storages()).toEqual(before);
    expect(first.texts).toHaveLength(3);
    const second = recorded();
    await keepLargeValues(second.db);
    expect(second.texts).toHaveLength(1);
  });

  it('come back as they were sent', async () => {
    const text = 'A sentence that is said again and again. '.repeat(5000);
    const { body } = await server.rest('POST', '/responses', { model: 'local-script', input: text });
    const { body: listed } = await server.rest('GET', `/responses/${body.id}/input_items`);
    expect(listed.data[0].content[0].text).toBe(text);
  });
});
