import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';
import { chatChunk, sse } from '../support/upstream-answers.js';

interface WireItem {
  id: string;
  type: string;
  role?: string;
  content?: { text: string }[];
}

const textOf = (item: WireItem): string => item.content?.[0]?.text ?? item.type;

describe('threads and conversations', () => {
  let upstream: Upstream;
  let server: TestApp;
  const queued: Behaviour[] = [];
  beforeAll(async () => {
    upstream = await startUpstream({ handler: () => queued.shift() ?? { text: 'noted' } });
    server = await startTestApp({ upstream: { baseUrl: upstream.url, apiKey: null } });
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });

  const ask = async (input: unknown, more: object = {}) => {
    const { status, body } = await server.rest('POST', '/responses', { model: 'any', input, ...more });
    expect([status, body.error]).toEqual([200, null]);
    return body as { id: string; output: WireItem[] };
  };
  /** What the model was sent in its newest request. */
  const lastContext = (): string[] => {
    const body = upstream.requests.at(-1)?.body as { messages: { content: unknown }[] } | undefined;
    return (body?.messages ?? []).map(({ content }) =>
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  };
  const listItems = async (id: string): Promise<WireItem[]> => {
    const items: WireItem[] = [];
    for (let after = ''; ; ) {
      const { body } = await server.rest('GET', `/conversations/${id}/items?order=asc&limit=100${after}`);
      items.push(...body.data);
      if (!body.has_more) return items;
      after = `&after=${body.last_id}`;
    }
  };
  const newConversation = async (): Promise<string> => (await server.rest('POST', '/conversations', {})).body.id;

  describe('a chain', () => {
    it('carries everything said before, in order, however long it is', async () => {
      let previous = await ask('turn 0');
      for (let turn = 1; turn < 30; turn += 1)
        previous = await ask(`turn ${turn}`, { previous_response_id: previous.id });
      expect(lastContext().filter((text) => text.startsWith('turn'))).toEqual(
        Array.from({ length: 30 }, (_, turn) => `turn ${turn}`),
      );
    });

    it('forks: two children of one parent do not see each other, also when they start at once', async () => {
      const parent = await ask('the parent');
      const children = await Promise.all(
        ['left', 'right'].map((side) => ask(side, { previous_response_id: parent.id })),
      );
      for (const [index, side] of ['left', 'right'].entries()) {
        await ask('and then', { previous_response_id: children[index]?.id });
        const context = lastContext().filter((text) => text !== 'noted');
        expect(context).toEqual(['the parent', side, 'and then']);
      }
    });

    it('keeps its order over forks of forks, each of several turns', async () => {
      const said: string[] = [];
      let parent: string | undefined;
      for (const fork of ['a', 'b', 'c', 'd']) {
        for (const turn of [1, 2, 3]) {
          const text = `${fork}${turn}`;
          const { id } = await ask(text, parent === undefined ? {} : { previous_response_id: parent });
          // The next fork begins after the second turn: a third one is there, which it must not see.
          if (turn < 3) {
            parent = id;
            said.push(text);
          }
        }
      }
      await ask('last', { previous_response_id: parent });
      expect(lastContext()).toEqual([...said.flatMap((text) => [text, 'noted']), 'last']);
    });

    it('stays readable and continuable when an earlier response is deleted; the deleted one does not', async () => {
      const first = await ask('first');
      const second = await ask('second', { previous_response_id: first.id });
      expect((await server.rest('DELETE', `/responses/${first.id}`)).status).toBe(200);
      expect((await server.rest('GET', `/responses/${first.id}`)).status).toBe(404);
      expect((await server.rest('DELETE', `/responses/${first.id}`)).status).toBe(404);
      const onDeleted = await server.rest('POST', '/responses', {
        model: 'any',
        input: 'x',
        previous_response_id: first.id,
      });
      expect(onDeleted.body.error.code).toBe('previous_response_not_found');
      expect((await server.rest('GET', `/responses/${second.id}`)).status).toBe(200);
      await ask('third', { previous_response_id: second.id });
      expect(lastContext()).toEqual(['first', 'noted', 'second', 'noted', 'third']);
    });

    it('leaves no row behind when its only response is deleted', async () => {
      const { id } = await ask('gone soon', { stream: false });
      const uuid = id.slice(5);
      await server.rest('DELETE', `/responses/${id}`);
      for (const table of ['responses', 'items', 'response_events'])
        expect(
          await server.sql(
            `select 1 from ${table} where replace(${table === 'responses' ? 'id' : 'response_id'}::text, '-', '') = $1`,
            [uuid],
          ),
        ).toEqual([]);
    });
  });

  describe('a conversation', () => {
    it('gives its items to the model, and gets input and output when the run ends', async () => {
      const id = await newConversation();
      await server.rest('POST', `/conversations/${id}/items`, { items: [{ role: 'user', content: 'before' }] });
      const response = await ask('during', { conversation: { id } });
      expect(lastContext()).toEqual(['before', 'during']);
      const items = await listItems(id);
      expect(items.map(textOf)).toEqual(['before', 'during', 'noted']);
      expect(items.at(-1)?.id).toBe(response.output[0]?.id);
    });

    it('lets one of two runs in and tells the other that it is locked; then it is free again', async () => {
      const id = await newConversation();
      queued.push({ text: 'slow', delayMs: 300 });
      const running = ask('one', { conversation: id });
      await upstream.waitForRequest(upstream.requests.length + 1);
      const refused = await server.rest('POST', '/responses', { model: 'any', input: 'two', conversation: id });
      expect(refused.status).toBe(400);
      expect(refused.body.error).toMatchObject({ code: 'conversation_locked', param: 'conversation' });
      await running;
      await ask('two', { conversation: id });
      expect((await listItems(id)).map(textOf)).toEqual(['one', 'slow', 'two', 'noted']);
    });

    it('loses and doubles nothing when fifty write beside a run; the run stays in one piece', async () => {
      const id = await newConversation();
      queued.push({ text: 'the answer', delayMs: 150 });
      const running = ask('the question', { conversation: id });
      const writers = Array.from({ length: 50 }, (_, writer) =>
        server.rest('POST', `/conversations/${id}/items`, {
          items: ['a', 'b'].map((half) => ({ role: 'user', content: `${writer}${half}` })),
        }),
      );
      for (const { status } of await Promise.all(writers)) expect(status).toBe(200);
      await running;
      const texts = (await listItems(id)).map(textOf);
      expect(texts).toHaveLength(102);
      expect(new Set(texts).size).toBe(102);
      expect(texts[texts.indexOf('the question') + 1]).toBe('the answer');
      for (let writer = 0; writer < 50; writer += 1) expect(texts[texts.indexOf(`${writer}a`) + 1]).toBe(`${writer}b`);
    });

    it('is left as it was by a run that failed', async () => {
      const id = await newConversation();
      queued.push({ chunks: [sse(chatChunk({ content: 'half' }))], reset: 1 });
      const events = await server.rest('POST', '/responses', {
        model: 'any',
        input: 'x',
        conversation: id,
        stream: true,
      });
      expect(events.body).toContain('response.failed');
      expect(await listItems(id)).toEqual([]);
      await ask('again', { conversation: id });
    });

    it('keeps what a run that is not stored said', async () => {
      const id = await newConversation();
      await ask('unstored', { conversation: id, store: false });
      expect((await listItems(id)).map(textOf)).toEqual(['unstored', 'noted']);
    });

    it('forgets an item that is taken out, while the response that said it keeps it', async () => {
      const id = await newConversation();
      const response = await ask('remember', { conversation: id });
      const itemId = response.output[0]?.id as string;
      expect((await server.rest('DELETE', `/conversations/${id}/items/${itemId}`)).body.id).toBe(id);
      expect((await server.rest('DELETE', `/conversations/${id}/items/${itemId}`)).status).toBe(404);
      expect((await listItems(id)).map(textOf)).toEqual(['remember']);
      expect((await server.rest('GET', `/responses/${response.id}`)).body.output[0].id).toBe(itemId);
      await ask('next', { conversation: id });
      expect(lastContext()).toEqual(['remember', 'next']);
    });

    it('learns nothing of what continues one of its responses elsewhere', async () => {
      const id = await newConversation();
      const response = await ask('inside', { conversation: id });
      const child = await ask('outside', { previous_response_id: response.id });
      await ask('further', { previous_response_id: child.id });
      expect(lastContext()).toEqual(['inside', 'noted', 'outside', 'noted', 'further']);
      await ask('inside again', { conversation: id });
      expect(lastContext()).toEqual(['inside', 'noted', 'inside again']);
      expect((await listItems(id)).map(textOf)).toEqual(['inside', 'noted', 'inside again', 'noted']);
    });

    it('can be deleted while its responses stay', async () => {
      const id = await newConversation();
      const response = await ask('stays', { conversation: id });
      expect((await server.rest('DELETE', `/conversations/${id}`)).body.deleted).toBe(true);
      expect((await server.rest('GET', `/conversations/${id}/items`)).status).toBe(404);
      expect((await server.rest('GET', `/responses/${response.id}`)).body.output).toEqual(response.output);
    });
  });

  it('numbers what happens to a conversation without gaps', async () => {
    const id = await newConversation();
    await ask([{ role: 'user', content: 'a' }], { conversation: id });
    await server.rest('POST', `/conversations/${id}/items`, { items: [{ role: 'user', content: 'b' }] });
    const [, , last] = await listItems(id);
    await server.rest('DELETE', `/conversations/${id}/items/${last?.id}`);
    const rows = await server.sql<{ sequence: string; removed_sequence: string | null }>(
      `select sequence, removed_sequence from items where replace(thread_id::text, '-', '') = $1 order by position`,
      [id.slice(5)],
    );
    expect(rows).toEqual([
      { sequence: '1', removed_sequence: null },
      { sequence: '2', removed_sequence: null },
      { sequence: '3', removed_sequence: '4' },
    ]);
  });
});
