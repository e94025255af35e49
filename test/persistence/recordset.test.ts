import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { recordset } from '../../src/persistence/statements/recordset.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const rowset = recordset('row', 1, { id: 'int', name: 'text', payload: 'json' });

describe('rows that are handed to a statement as arrays', () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  const LONG = 'a "quoted" \\ long – text 語 '.repeat(1000);

  it('arrive as they were sent, long and short, whatever is in them', async () => {
    // PostgreSQL has no zero character in texts; half characters are refused at the door.
    const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''));
    const cell = fc.oneof(text, fc.constant(null), fc.constant(LONG));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 5 }), async (pairs) => {
        const rows = pairs.map(([name, said], id) => ({
          id,
          name,
          payload: said === null ? null : JSON.stringify({ said }),
        }));
        const answer = await client.query(
          `select id, name, payload::text from ${rowset.sql} order by n`,
          rowset.params(rows),
        );
        expect(answer.rows).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  it('are sent as bytes where they are long, and as a literal where they are not', () => {
    const formsOf = (name: string) => rowset.params([{ id: 1, name, payload: '{}' }]).map(Buffer.isBuffer);
    expect(formsOf('short')).toEqual([false, false, false]);
    expect(formsOf(LONG)).toEqual([false, true, false]);
  });
});
