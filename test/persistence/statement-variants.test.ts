import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { newUuid } from '../../src/domain/ids.js';
import { beginRuns, type RunBeginning } from '../../src/persistence/statements/begin-runs.js';
import type { BeginPart } from '../../src/persistence/statements/begin-statement.js';
import { finishRuns, type RunEnding } from '../../src/persistence/statements/finish-runs.js';
import type { FinishPart } from '../../src/persistence/statements/finish-statement.js';
import { createWriterConnection, type WriterConnection } from '../../src/persistence/writer-connection.js';
import { insertBudgetedProject } from '../support/budgeted-project.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { runBeginning, runEnding } from '../support/runs.js';

const OWNER = newUuid();

const COST = 7n;

/** Every set of parts, with the money of the end held at the beginning. */
const variants = Array.from({ length: 64 }, (_, index) => {
  const bit = (place: number): boolean => ((index >> place) & 1) === 1;
  const begin: Record<BeginPart, boolean> = {
    money: bit(0),
    continue: bit(1),
    extras: bit(2),
    notify: bit(3),
    repeated: bit(4),
    details: bit(5),
  };
  const finish: Record<FinishPart, boolean> = {
    money: bit(0),
    append: bit(1),
    events: bit(2),
    notices: bit(3),
    notify: bit(4),
    details: bit(5),
  };
  return { begin, finish };
});
const named = (parts: Record<string, boolean>): string =>
  Object.keys(parts)
    .filter((part) => parts[part])
    .join(', ') || 'nothing more';

describe('a run is written by statements that hold what its batch needs', () => {
  const projectId = newUuid();
  const budgetId = newUuid();
  const conversationId = newUuid();
  const windowMs = Date.UTC(2026, 0);
  const heard: string[] = [];
  let database: TestDatabase;
  let client: pg.Client;
  let writer: WriterConnection;
  let parent: Pick<RunBeginning, 'previousResponseId' | 'parent'>;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    client.on('notification', ({ payload }) => heard.push(payload ?? ''));
    await client.query('listen antiphon_events');
    await insertBudgetedProject(client, { projectId, budgetId, windowMs });
    await client.query('insert into threads (project_id, id, next_position, last_sequence) values ($1, $2, 0, 0)', [
      projectId,
      conversationId,
    ]);
    await client.query('insert into conversations (project_id, id) values ($1, $2)', [projectId, conversationId]);
    await client.query(
      `insert into webhook_endpoints (project_id, id, name, url, event_types, secret, secret_hint)
       values ($1, $2, 'w', 'https://example.com', '{response.completed}', 's', 'h')`,
      [projectId, newUuid()],
    );
    writer = createWriterConnection(database.url);
    const first = runBeginning(projectId);
    await beginRuns(writer, OWNER, [first], '');
    parent = { previousResponseId: first.responseId, parent: { threadId: first.responseId, end: 1 } };
  });
  afterAll(async () => {
    await writer.close();
    await client.end();
    await database.drop();
  });

  const countOf = async (table: string, responseId: string): Promise<number> => {
    const { rows } = await client.query(
      `select count(*)::int as count from ${table} where project_id = $1 and response_id = $2`,
      [projectId, responseId],
    );
    return rows[0].count;
  };
  const spent = async (): Promise<{ settled: bigint; reserved: bigint }> => {
    const { rows } = await client.query('select settled, reserved from budget_windows');
    return { settled: BigInt(rows[0].settled), reserved: BigInt(rows[0].reserved) };
  };

  it.each(variants.map((parts) => [named(parts.begin), named(parts.finish), parts] as const))(
    'begin with %s, end with %s',
    async (_begin, _finish, { begin, finish }) => {
      const before = await spent();
      heard.length = 0;
      const run = runBeginning(projectId, {
        conversationId: finish.append ? conversationId : null,
        ...(begin.continue ? parent : {}),
        windows: begin.money ? [{ budgetId, startMs: windowMs }] : [],
        amount: begin.money ? 100n : 0n,
        extra: begin.extras
          ? { command: null, inputTokens: 1, idempotency: { key: newUuid(), hash: 'ab' } }
          : undefined,
        metadata: begin.details ? '{"a":"b"}' : '{}',
      });
      const { responseId } = run;
      const [place] = await beginRuns(writer, OWNER, [run], begin.notify ? 'begun' : '', begin.repeated);
      if (place?.kind !== 'placed') throw new Error('The run has no place.');
      expect((await spent()).reserved).toBe(begin.money ? 100n : 0n);
      expect(await countOf('reservations', responseId)).toBe(begin.money ? 1 : 0);
      expect(await countOf('idempotency_keys', responseId)).toBe(begin.extras ? 1 : 0);

      const { mine, notices } = await finishRuns(
        writer,
        [
          runEnding(projectId, {
            responseId,
            threadId: place.threadId,
            inputStart: place.inputStart,
            inputs: 1,
            outputs: [{ id: newUuid(), payload: '{}' }],
            appendTo: finish.append ? conversationId : null,
            events: finish.events ? [{ sequenceNumber: 0, payload: '{}' }] : [],
            noticeId: finish.notices ? newUuid() : null,
            holdsMoney: finish.money,
            cost: COST,
            label: finish.details ? 'a label' : null,
          }),
        ],
        finish.notify ? 'ended' : '',
      );
      expect([mine, notices]).toEqual([[true], finish.notices ? 1 : 0]);
      expect(await spent()).toEqual({ settled: before.settled + (finish.money ? COST : 0n), reserved: 0n });
      expect(await countOf('reservations', responseId)).toBe(0);
      expect(await countOf('runs', responseId)).toBe(0);
      expect(await countOf('response_events', responseId)).toBe(finish.events ? 1 : 0);
      expect(await countOf('webhook_deliveries', responseId)).toBe(finish.notices ? 1 : 0);
      const { rows: ledger } = await client.query(
        'select amount::text, budget_ids, label from ledger where project_id = $1 and response_id = $2',
        [projectId, responseId],
      );
      expect(ledger).toEqual([
        {
          amount: String(COST),
          budget_ids: finish.money ? [budgetId] : null,
          label: finish.details ? 'a label' : null,
        },
      ]);
      const { rows: responses } = await client.query(
        'select status, metadata from responses where project_id = $1 and id = $2',
        [projectId, responseId],
      );
      expect(responses).toEqual([{ status: 'completed', metadata: begin.details ? { a: 'b' } : {} }]);
      const { rows: items } = await client.query(
        'select thread_id from items where project_id = $1 and response_id = $2',
        [projectId, responseId],
      );
      expect(items).toEqual(
        Array.from({ length: 2 }, () => ({ thread_id: finish.append ? conversationId : place.threadId })),
      );
      const told = [begin.notify && 'begun', finish.notify && 'ended'].filter((text) => text !== false);
      expect(heard).toEqual(told);
    },
  );

  const row = async (table: string, column: string, responseId: string): Promise<unknown> => {
    const by = table === 'responses' ? 'id' : 'response_id';
    const { rows } = await client.query(
      `select to_json(${column}) as value from ${table} where project_id = $1 and ${by} = $2`,
      [projectId, responseId],
    );
    return rows[0].value;
  };
  const SOME_ID = newUuid();
  const beginnings: [Partial<RunBeginning>, string, string, unknown][] = [
    [{ endUser: 'ann' }, 'responses', 'end_user', 'ann'],
    [{ previousResponseId: SOME_ID }, 'responses', 'previous_response_id', SOME_ID],
    [{ conversationId }, 'runs', 'conversation_id', conversationId],
    [{ promptId: SOME_ID }, 'responses', 'prompt_id', SOME_ID],
    [{ promptVersion: 3 }, 'responses', 'prompt_version', 3],
    [{ background: true }, 'responses', 'status', 'queued'],
    [{ metadata: '{"a":"b"}' }, 'responses', 'metadata', { a: 'b' }],
  ];
  const ends: [Partial<RunEnding>, string, string, unknown][] = [
    [{ endUser: 'ann', outputs: [{ id: newUuid(), payload: '{}' }] }, 'items', 'max(end_user)', 'ann'],
    [{ settings: '{"a":1}' }, 'responses', 'settings', { a: 1 }],
    [{ error: '{"code":"a"}' }, 'responses', 'error', { code: 'a' }],
    [{ incompleteReason: 'max_output_tokens' }, 'responses', 'incomplete_reason', 'max_output_tokens'],
    [{ lastSequence: 7 }, 'responses', 'last_sequence', 7],
    [{ estimated: true }, 'ledger', 'estimated', true],
    [{ billedUser: 'ann' }, 'ledger', 'end_user', 'ann'],
    [{ label: 'a label' }, 'ledger', 'label', 'a label'],
    [{ toolCalls: { web_search: 1 } }, 'ledger', 'tool_calls', { web_search: 1 }],
  ];
  const bare = (): RunBeginning => runBeginning(projectId);

  it.each(beginnings)(
    'what only one run of a batch says as it begins is kept: %j',
    async (over, table, column, value) => {
      const runs = [bare(), { ...bare(), ...over }, bare()];
      await beginRuns(writer, OWNER, runs, '');
      expect(await row(table, column, runs[1]?.responseId as string)).toEqual(value);
      expect(await row(table, column, runs[0]?.responseId as string)).not.toEqual(value);
      await client.query('delete from runs');
    },
  );

  it.each(ends)('what only one run of a batch says as it ends is kept: %j', async (over, table, column, value) => {
    const runs = [bare(), bare(), bare()];
    const places = await beginRuns(writer, OWNER, runs, '');
    expect(places.map(({ kind }) => kind)).toEqual(['placed', 'placed', 'placed']);
    const endings = runs.map(({ responseId }, index) =>
      runEnding(projectId, { responseId, threadId: responseId, inputs: 1, ...(index === 1 ? over : {}) }),
    );
    expect((await finishRuns(writer, endings, '')).mine).toEqual([true, true, true]);
    expect(await row(table, column, runs[1]?.responseId as string)).toEqual(value);
    expect(await row(table, column, runs[2]?.responseId as string)).not.toEqual(value);
  });

  it('a run whose conversation is there no more stays where it began', async () => {
    const run = bare();
    await beginRuns(writer, OWNER, [run], '');
    const { responseId } = run;
    const end = runEnding(projectId, {
      responseId,
      threadId: responseId,
      inputs: 1,
      outputs: [{ id: newUuid(), payload: '{}' }],
      appendTo: newUuid(),
    });
    expect((await finishRuns(writer, [end], '')).mine).toEqual([true]);
    expect(await row('responses', 'status', responseId)).toBe('completed');
    const { rows } = await client.query(
      'select thread_id, position, sequence from items where project_id = $1 and response_id = $2 order by position',
      [projectId, responseId],
    );
    expect(rows).toEqual([0, 1].map((position) => ({ thread_id: responseId, position, sequence: null })));
  });

  it('of two processes that continue the same responses at once, one stays on each thread and the other leaves it', async () => {
    const other = createWriterConnection(database.url);
    try {
      const parents = Array.from({ length: 20 }, bare);
      await beginRuns(writer, OWNER, parents, '');
      const children = (order: readonly RunBeginning[]) =>
        order.map(({ responseId }) =>
          runBeginning(projectId, { previousResponseId: responseId, parent: { threadId: responseId, end: 1 } }),
        );
      const [here, there] = [children(parents), children(parents.toReversed())];
      const outcomes = (
        await Promise.all([beginRuns(writer, OWNER, here, ''), beginRuns(other, OWNER, there, '')])
      ).flat();
      const staying = outcomes.flatMap((outcome, index) => {
        const { responseId } = [...here, ...there][index] as RunBeginning;
        return outcome.kind === 'placed' && outcome.threadId !== responseId ? [outcome.threadId] : [];
      });
      expect(staying.sort()).toEqual(parents.map(({ responseId }) => responseId).sort());
    } finally {
      await other.close();
    }
  });
});
