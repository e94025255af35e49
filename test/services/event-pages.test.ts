import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { newUuid, parsePublicId } from '../../src/domain/ids.js';
import { storedEvent } from '../../src/domain/response-event.js';
import { createEventRepository } from '../../src/persistence/repositories/event.repository.js';
import { LiveLog } from '../../src/services/responses/live-log.js';
import { startTestApp, type TestApp } from '../support/app.js';

const MAX_BYTES = 10_000;
const LIMIT = 20;

interface Read {
  sequenceNumber: number;
  json: string;
}

/** An event of this length. */
const jsonOf = (length: number): string => JSON.stringify({ type: 't', d: 'x'.repeat(length) });
const lengths = fc.array(fc.oneof(fc.nat(900), fc.nat(6_000), fc.constantFrom(9_970, 30_000)), { maxLength: 60 });

/** Reads page by page to the end: nothing is left out, and no page is larger than it may be. */
async function readAll(page: (after: number) => Promise<readonly Read[]>): Promise<number[]> {
  const seen: number[] = [];
  for (let after = -1; ; after = seen.at(-1) ?? -1) {
    const events = await page(after);
    if (events.length === 0) return seen;
    expect(events.length).toBeLessThanOrEqual(LIMIT);
    const bytes = events.reduce((sum, { json }) => sum + json.length, 0);
    if (events.length > 1) expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
    seen.push(...events.map(({ sequenceNumber }) => sequenceNumber));
  }
}

describe('pages of events are bounded in events and bytes, and leave nothing out', () => {
  let app: TestApp;
  let pool: pg.Pool;
  beforeAll(async () => {
    app = await startTestApp();
    const types = { getTypeParser: () => (text: string) => text };
    pool = new pg.Pool({ connectionString: app.databaseUrl, max: 1, types: types as never });
  });
  afterAll(async () => {
    await pool.end();
    await app.stop();
  });

  it('of a log in memory', () =>
    fc.assert(
      fc.asyncProperty(lengths, async (all) => {
        const log = new LiveLog({ projectId: newUuid(), endUser: null }, newUuid(), -1, 1 << 30);
        log.show(all.map((length, n) => storedEvent(n, jsonOf(length))));
        const seen = await readAll(async (after) => log.after(after, LIMIT, MAX_BYTES) ?? []);
        expect(seen).toEqual(all.map((_length, n) => n));
      }),
    ));

  it('of a log in the database', async () => {
    const { body } = await app.rest('POST', '/responses', { model: 'local-script', input: '@say x' });
    const responseId = parsePublicId('response', body.id) as string;
    const events = createEventRepository(pool);
    const key = [app.projectId, responseId];
    await fc.assert(
      fc.asyncProperty(lengths, async (all) => {
        await pool.query('delete from response_events where project_id = $1 and response_id = $2', key);
        await pool.query(
          `insert into response_events (project_id, response_id, sequence_number, payload)
           select $1, $2, n - 1, payload::json from unnest($3::text[]) with ordinality as e(payload, n)`,
          [...key, all.map(jsonOf)],
        );
        const seen = await readAll(async (after) => {
          const page = await events.read(app.projectId, responseId, after, { limit: LIMIT, maxBytes: MAX_BYTES });
          return page.events;
        });
        expect(seen.map(Number)).toEqual(all.map((_length, n) => n));
      }),
      { numRuns: 30 },
    );
  });
});
