import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Client } from 'graphql-ws';
import { startTestApp, type TestApp } from '../support/app.js';
import { connectWs, until } from './support/client.js';

// Events are looked into freely.
// biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
type Event = any;

const FOLLOW = `subscription Follow($id: ID!, $after: String) {
  conversationEvents(id: $id, after: $after) {
    __typename type cursor
    ... on ConversationItemAddedEvent { addedBy item { id type ... on Message { role text } } }
    ... on ConversationItemDeletedEvent { itemId }
    ... on ConversationResponseStartedEvent { responseId response { id inputItems { nodes { ... on Message { text } } } } }
    ... on ConversationResponseEvent { responseId event { type sequenceNumber ... on OutputTextDeltaEvent { delta } } }
    ... on ConversationResponseEndedEvent { responseId response { status } }
  }
}`;

let app: TestApp;
/** A second process on the same database. */
let other: TestApp;
let ws: Client;
let elsewhere: Client;
const open: (() => void)[] = [];

beforeAll(async () => {
  app = await startTestApp();
  other = await startTestApp({ databaseUrl: app.databaseUrl });
  ws = connectWs(app.url, { authorization: `Bearer ${app.key}` }, false);
  elsewhere = connectWs(other.url, { authorization: `Bearer ${app.key}` }, false);
});
afterEach(async () => {
  for (const close of open.splice(0)) close();
  await until(() => app.app.container.followers() + other.app.container.followers() === 0, 'nobody follows any more');
});
afterAll(async () => {
  await ws.dispose();
  await elsewhere.dispose();
  await other.stop();
  await app.stop();
});

/** Follows until the test is over. `events` grows. */
function follow(id: string, { after, client = ws }: { after?: string; client?: Client } = {}) {
  const followed = { events: [] as Event[], isOver: false, close: (): void => undefined };
  followed.close = client.subscribe(
    { query: FOLLOW, variables: { id, after } },
    {
      next: ({ data, errors }) => followed.events.push(data?.conversationEvents ?? errors?.[0]),
      error: (thrown) => followed.events.push(thrown),
      complete: () => {
        followed.isOver = true;
      },
    },
  );
  open.push(followed.close);
  const seen = (type: string) => followed.events.filter((event) => event.type === type);
  return Object.assign(followed, {
    seen,
    until: (type: string, count = 1) => until(() => seen(type).length >= count, `${count} × ${type}`),
  });
}

const create = async (): Promise<string> => (await app.rest('POST', '/conversations', {})).body.id;
const say = async (id: string, text: string): Promise<string> =>
  (await app.rest('POST', `/conversations/${id}/items`, { items: [{ role: 'user', content: text }] })).body.data[0].id;
const run = async (id: string, input: string, more: object = {}) =>
  (await app.rest('POST', '/responses', { model: 'local-script', input, conversation: id, ...more })).body;
const short = ({ type, event, item, itemId }: Event): string =>
  [type.replace('conversation.', ''), event?.type ?? item?.text ?? itemId ?? ''].join(' ').trim();
const ENDED = 'conversation.response.ended';

describe('conversationEvents', () => {
  it.each([
    ['in this process', () => ws],
    ['in another', () => elsewhere],
  ])('tells a second tab everything as it happens, %s', async (_where, clientOf) => {
    const id = await create();
    const tab = follow(id, { client: clientOf() });
    await tab.until('conversation.followed');
    const first = await say(id, 'before');
    await tab.until('conversation.item.added');
    const { id: responseId } = await run(id, 'Hi.\n@say one two', { background: true });
    await tab.until(ENDED);
    await tab.until('conversation.item.added', 3);
    await app.rest('DELETE', `/conversations/${id}/items/${first}`);
    await tab.until('conversation.item.deleted');
    expect(tab.events.map(short)).toEqual([
      'followed',
      'item.added before',
      'response.started',
      'response.event response.created',
      'response.event response.queued',
      'response.event response.in_progress',
      'response.event response.output_item.added',
      'response.event response.content_part.added',
      ...tab.events.filter((event) => event.event?.delta).map(() => 'response.event response.output_text.delta'),
      'response.event response.output_text.done',
      'response.event response.content_part.done',
      'response.event response.output_item.done',
      'response.event response.completed',
      'response.ended',
      'item.added Hi.\n@say one two',
      'item.added one two',
      `item.deleted ${first}`,
    ]);
    const started = tab.seen('conversation.response.started')[0];
    expect(started).toMatchObject({
      responseId,
      response: { id: responseId, inputItems: { nodes: [{ text: 'Hi.\n@say one two' }] } },
    });
    expect(tab.seen(ENDED)[0].response.status).toBe('COMPLETED');
    expect(tab.seen('conversation.item.added').map((event) => event.addedBy)).toEqual([null, responseId, responseId]);
    await app.rest('DELETE', `/conversations/${id}`);
    await until(() => tab.isOver, 'the end');
    expect(tab.events.at(-1)).toMatchObject({ __typename: 'ConversationDeletedEvent' });
  });

  it.each([
    ['in this process', () => ws],
    ['in another', () => elsewhere],
  ])(
    'an answer that is not streamed is told of at once, its events when they are there: %s',
    async (_where, clientOf) => {
      const id = await create();
      const tab = follow(id, { client: clientOf() });
      await tab.until('conversation.followed');
      const answer = run(id, '@delay 300\n@say slowly');
      await tab.until('conversation.response.started');
      expect(tab.events).toHaveLength(2);
      await answer;
      await tab.until('conversation.item.added', 2);
      expect(tab.events.flatMap((event) => event.event?.delta ?? []).join('')).toBe('slowly');
      expect(tab.events.slice(-3).map(short)).toEqual([
        'response.ended',
        'item.added @delay 300\n@say slowly',
        'item.added slowly',
      ]);
    },
  );

  it('items that come while a response runs do not wait for its end', async () => {
    const id = await create();
    const tab = follow(id);
    await tab.until('conversation.followed');
    const { id: responseId } = await run(id, '@delay 30000\n@say never', { background: true });
    await tab.until('conversation.response.started');
    await say(id, 'meanwhile');
    await tab.until('conversation.item.added');
    expect(tab.seen(ENDED)).toEqual([]);
    await app.rest('POST', `/responses/${responseId}/cancel`);
    await tab.until(ENDED);
    expect(tab.seen(ENDED)[0].response.status).toBe('CANCELLED');
    await run(id, '@say next');
    await tab.until(ENDED, 2);
  });

  it('who comes late gets the running response from its beginning, and after "0" the whole story', async () => {
    const id = await create();
    await run(id, '@say first', { stream: true });
    await run(id, '@say second');
    const { id: responseId } = await run(id, '@say one two\n@delay 30000\n@say three', { background: true });
    const late = follow(id);
    await late.until('conversation.response.event', 3);
    expect(late.events.slice(0, 3).map(short)).toEqual([
      'followed',
      'response.started',
      'response.event response.created',
    ]);
    expect(late.seen('conversation.response.started')[0].responseId).toBe(responseId);
    const whole = follow(id, { after: '0' });
    await whole.until('conversation.response.started', 3);
    expect(whole.events.filter(({ event }) => event === undefined).map(short)).toEqual([
      'response.started',
      'response.ended',
      'item.added @say first',
      'item.added first',
      'response.started',
      'response.ended',
      'item.added @say second',
      'item.added second',
      'response.started',
    ]);
    await app.rest('POST', `/responses/${responseId}/cancel`);
    await late.until(ENDED);
  });

  it('goes on after any cursor without loss or repetition', async () => {
    const id = await create();
    const first = await say(id, 'hello');
    await run(id, '@say one two three', { background: true });
    const following = follow(id, { after: '0' });
    await following.until(ENDED);
    await run(id, '@say again');
    await app.rest('DELETE', `/conversations/${id}/items/${first}`);
    await run(id, '@drop');
    await say(id, 'bye');
    await following.until('conversation.item.deleted');
    await following.until('conversation.item.added', 6);
    await following.until(ENDED, 3);
    const { events } = following;
    for (const [index, { cursor }] of events.slice(0, -1).entries()) {
      if (index % 3 !== 0 && index < events.length - 3) continue;
      const resumed = follow(id, { after: cursor, client: index % 2 === 0 ? ws : elsewhere });
      const rest = events.slice(index + 1);
      // What was taken out again is not told of twice.
      const expected = rest.filter((event) => event.item?.id !== first).map(short);
      await until(() => resumed.events.length >= expected.length, `${expected.length} events after ${cursor}`);
      expect(resumed.events.map(short).sort()).toEqual(expected.sort());
      expect(resumed.events.map(({ cursor: at }) => at).at(-1)).toEqual(events.at(-1).cursor);
      resumed.close();
    }
  });

  it('holds for whatever happens, however often the reader is cut off', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('say' as const) }),
      fc.record({ kind: fc.constant('run' as const), words: fc.integer({ min: 1, max: 6 }), background: fc.boolean() }),
      fc.record({ kind: fc.constant('delete' as const) }),
      fc.record({ kind: fc.constant('cut' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const id = await create();
        const steady = follow(id, { after: '0' });
        let reader = follow(id, { after: '0', client: elsewhere });
        const told: Event[] = [];
        const items: string[] = [];
        let isElsewhere = true;
        let runs = 0;
        for (const one of steps) {
          if (one.kind === 'say') items.push(await say(id, 'x'));
          else if (one.kind === 'run') {
            const words = Array.from({ length: one.words }, (_word, index) => index).join(' ');
            await run(id, `@say ${words}`, { background: one.background });
            runs += 1;
            await steady.until(ENDED, runs);
          } else if (one.kind === 'delete' && items.length > 0)
            await app.rest('DELETE', `/conversations/${id}/items/${items.shift()}`);
          else if (one.kind === 'cut') {
            reader.close();
            told.push(...reader.events);
            isElsewhere = !isElsewhere;
            reader = follow(id, { after: told.at(-1)?.cursor ?? '0', client: isElsewhere ? elsewhere : ws });
          }
        }
        const last = await say(id, 'the end');
        const isAll = (events: readonly Event[]) =>
          events.some(({ item }) => item?.id === last) && events.filter(({ type }) => type === ENDED).length === runs;
        await until(() => isAll(steady.events) && isAll([...told, ...reader.events]), 'both readers at the end');
        told.push(...reader.events);
        const cursors = told.map(({ cursor }) => cursor);
        expect(new Set(cursors).size).toBe(cursors.length);
        const deltas = (events: readonly Event[]) => events.flatMap((event) => event.event?.delta ?? []).join('|');
        expect(deltas(told)).toBe(deltas(steady.events));
        const numbers = told
          .filter(({ event }) => event)
          .map(({ responseId, event }) => `${responseId} ${event.sequenceNumber}`);
        expect(numbers).toEqual(
          steady.events
            .filter(({ event }) => event)
            .map(({ responseId, event }) => `${responseId} ${event.sequenceNumber}`),
        );
        const kept = (events: readonly Event[]) => {
          const ids = new Set<string>();
          for (const { item, itemId } of events) {
            if (item) ids.add(item.id);
            if (itemId) ids.delete(itemId);
          }
          return [...ids];
        };
        const { body } = await app.rest('GET', `/conversations/${id}/items?order=asc&limit=100`);
        const there = body.data.map((item: { id: string }) => item.id);
        expect(kept(told)).toEqual(there);
        expect(kept(steady.events)).toEqual(there);
        steady.close();
        reader.close();
      }),
      { numRuns: 12 },
    );
  });

  it('pages through long histories', async () => {
    const id = await create();
    const texts: string[] = [];
    for (let batch = 0; batch < 12; batch += 1) {
      const items = Array.from({ length: 20 }, (_item, index) => ({ role: 'user', content: `${batch * 20 + index}` }));
      texts.push(...items.map(({ content }) => content));
      await app.rest('POST', `/conversations/${id}/items`, { items });
    }
    const whole = follow(id, { after: '0' });
    await whole.until('conversation.item.added', 240);
    expect(whole.events.map(({ item }) => item.text)).toEqual(texts);
  });

  it('refuses what is no cursor, and knows nobody else’s conversations', async () => {
    const id = await create();
    const answer = async (variables: object, key = app.key) => {
      const client = connectWs(app.url, { authorization: `Bearer ${key}` });
      try {
        for await (const result of client.iterate({ query: FOLLOW, variables: variables as never }))
          return (result as Event).errors?.[0]?.extensions;
      } catch (thrown) {
        return (thrown as Event)[0].extensions;
      } finally {
        await client.dispose();
      }
      return null;
    };
    for (const after of ['', 'x', '1.2', '-1', '99', '0.0123', `0.${'a'.repeat(32)}.x`])
      expect(await answer({ id, after })).toMatchObject({ code: 'invalid_value', param: 'after', status: 400 });
    expect(await answer({ id: 'conv_x' })).toMatchObject({ status: 404 });
    expect(await answer({ id }, await app.createForeignKey())).toMatchObject({ status: 404 });
  });

  it('a key that may not read responses follows the items alone', async () => {
    const id = await create();
    const client = connectWs(app.url, {
      authorization: `Bearer ${await app.createKey({ scopes: ['conversations:read'] })}`,
    });
    const tab = follow(id, { client });
    await tab.until('conversation.followed');
    await run(id, '@say hidden');
    await tab.until('conversation.item.added', 2);
    expect(tab.events.map(({ type }) => type)).toEqual([
      'conversation.followed',
      'conversation.item.added',
      'conversation.item.added',
    ]);
    await client.dispose();
  });
});
