import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newUuid } from '../../../src/domain/ids.js';
import { migrate } from '../../../src/persistence/migrate.js';
import { createOrm, type Orm } from '../../../src/persistence/orm.js';
import { beginRuns } from '../../../src/persistence/statements/begin-runs.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { runBeginning } from '../../support/runs.js';

describe('the migration to threads of forks and conversations only', () => {
  const projectId = newUuid();
  const [chain, branch, conversation] = [newUuid(), newUuid(), newUuid()];
  const [first, second, fork, inside, beside] = [newUuid(), newUuid(), newUuid(), newUuid(), newUuid()];
  let database: TestDatabase;
  let orm: Orm;

  beforeAll(async () => {
    database = await createTestDatabase();
    orm = await createOrm({ url: database.url, poolSize: 2 });
    await orm.sql.query('drop schema public cascade');
    await orm.sql.query('create schema public');
    await orm.mikro.migrator.up({ to: 'Migration0015RoomForUpdates' });
    await orm.sql.query(`insert into projects (id, name) values ($1, 'p')`, [projectId]);
    const addThread = (id: string, parent: string | null, next: number, sequence: number) =>
      orm.sql.query(
        `insert into threads (project_id, id, parent_thread_id, parent_position, next_position, last_sequence)
         values ($1, $2, $3, $4, $5, $6)`,
        [projectId, id, parent, parent === null ? null : 2, next, sequence],
      );
    const addResponse = (id: string, thread: string, start: number, conversationId: string | null = null) =>
      orm.sql.query(
        `insert into responses (project_id, id, status, model, created_at, key_id, conversation_id, background, logged,
           thread_id, input_start, output_start, output_end, settings)
         values ($1, $2, 'completed', 'm', now(), $2, $3, false, false, $4, $5::int, $5::int + 1, $5::int + 2, '{}')`,
        [projectId, id, conversationId, thread, start],
      );
    // What the versions before left: a chain of two, a fork of its first, and a conversation with one response, which another one
    // continued on the conversation's own thread.
    await addThread(chain, null, 4, 0);
    await addThread(branch, chain, 4, 0);
    await addThread(conversation, null, 4, 2);
    await orm.sql.query('insert into conversations (project_id, id) values ($1, $2)', [projectId, conversation]);
    await addResponse(first, chain, 0);
    await addResponse(second, chain, 2);
    await addResponse(fork, branch, 2);
    await addResponse(inside, conversation, 0, conversation);
    await addResponse(beside, conversation, 2);
    await migrate(orm.mikro, database.url, Date.now());
  });
  afterAll(async () => {
    await orm.close();
    await database.drop();
  });

  it('keeps the threads that are pointed back from or belong to a conversation, and no other', async () => {
    const { rows } = await orm.sql.query('select id from threads order by id');
    expect(rows).toEqual([branch, conversation].sort().map((id) => ({ id })));
  });

  it.each([
    ['a response that was continued already', 'leaves', first, chain, 2],
    ['the end of a chain', 'stays on', second, chain, 4],
    ['a fork', 'stays on', fork, branch, 4],
    ['a response of a conversation', 'leaves', inside, conversation, 2],
    ['one that continued that outside of it', 'leaves', beside, conversation, 4],
  ])('what continues %s %s its thread', async (_what, does, previousResponseId, threadId, end) => {
    const run = runBeginning(projectId, { previousResponseId, parent: { threadId, end } });
    const outcome = await beginRuns(orm.sql, newUuid(), [run], '');
    expect(outcome).toEqual([
      { kind: 'placed', threadId: does === 'stays on' ? threadId : run.responseId, inputStart: end },
    ]);
  });
});
