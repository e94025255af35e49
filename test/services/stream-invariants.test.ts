import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { startUpstream, type Upstream } from '../support/upstream.js';
import { chatChunk, SSE_DONE, sse } from '../support/upstream-answers.js';

const WORDS = 60;
const STREAMS = 48;
const words = Array.from({ length: WORDS }, (_, n) => `w${n} "\n" `);
const WHOLE = words.join('');

interface Event {
  type: string;
  sequence_number: number;
  delta?: string;
}

/** What its reader does with a stream. */
const fates = ['reads', 'cancels', 'leaves'] as const;
type Fate = (typeof fates)[number];

/** Deltas are joined here as they are for everybody: the beat is left at its default. */
describe('many streams at once, a third of them cancelled and a third left', () => {
  let upstream: Upstream;
  let server: TestApp;
  let key: string;
  beforeAll(async () => {
    const chunks = [...words.map((content) => sse(chatChunk({ content }))), sse(chatChunk({}, 'stop')), SSE_DONE];
    // Only what is read to its end has one: on a slow machine the others would end before they are cancelled.
    upstream = await startUpstream(({ body }) => {
      const isWhole = JSON.stringify(body).includes('reads');
      return { chunks, betweenMs: 2, ...(isWhole ? {} : { hang: WORDS / 2 }) };
    });
    server = await startTestApp({
      config: {
        providers: [{ id: 'fake', base_url: upstream.url }],
        models: [{ name: '*', provider: 'fake', max_output_tokens: 500, price: { input: '1', output: '1' } }],
        limits: { event_loop_delay_ms: null, database_delay_ms: null },
      },
      limits: { graceMs: 0 },
    });
    key = await server.createKey({ budgets: [{ period: 'total', cap: 10n ** 15n }] });
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });

  const eventsIn = (text: string): Event[] =>
    text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [JSON.parse(line.slice(6)) as Event] : []));
  const said = (events: readonly Event[]): string => events.map(({ delta }) => delta ?? '').join('');

  const stream = async (fate: Fate, store: boolean): Promise<{ id: string; events: Event[] }> => {
    const leaving = new AbortController();
    const answer = await fetch(`${server.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'any', input: fate, stream: true, store }),
      signal: leaving.signal,
    });
    expect(answer.status).toBe(200);
    let text = '';
    let id = '';
    const decoder = new TextDecoder();
    try {
      for await (const piece of answer.body as ReadableStream<Uint8Array>) {
        text += decoder.decode(piece, { stream: true });
        id ||= /resp_[0-9a-f]+/.exec(text)?.[0] ?? '';
        if (fate === 'reads' || !text.includes('w5 ')) continue;
        if (fate === 'leaves') leaving.abort();
        else if (!leaving.signal.aborted) {
          await server.rest('POST', `/responses/${id}/cancel`, undefined, key);
          leaving.abort();
        }
      }
    } catch (error) {
      if (!leaving.signal.aborted) throw error;
    }
    return { id, events: eventsIn(text) };
  };

  it('lose no token, number events without gaps, and keep no money held', async () => {
    const all = await Promise.all(
      Array.from({ length: STREAMS }, async (_, n) => {
        const fate = fates[n % fates.length] as Fate;
        const store = n % 2 === 0 || fate === 'cancels';
        return { fate, store, ...(await stream(fate, store)) };
      }),
    );
    const open = async () => (await server.sql('select 1 from runs')).length;
    for (let tries = 0; tries < 3000 && (await open()) > 0; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await open()).toBe(0);

    for (const { fate, store, id, events } of all) {
      expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, index) => index));
      if (fate === 'reads') expect(said(events)).toBe(WHOLE);
      else expect(WHOLE.startsWith(said(events))).toBe(true);
      if (!store) continue;
      const kept = eventsIn((await server.rest('GET', `/responses/${id}?stream=true`, undefined, key)).body as string);
      expect(kept.slice(0, events.length)).toEqual(events);
      const { body } = await server.rest('GET', `/responses/${id}`, undefined, key);
      expect(body.status).toBe(fate === 'reads' ? 'completed' : 'cancelled');
      expect(said(kept)).toBe(body.output[0].content[0].text);
    }
    const [books] = await server.sql<{ reserved: string; settled: string; billed: string }>(
      `select sum(reserved) as reserved, sum(settled) as settled, (select sum(amount) from ledger) as billed from budget_windows`,
    );
    expect(books).toMatchObject({ reserved: '0', settled: books?.billed });
    expect(await server.sql('select 1 from reservations')).toEqual([]);
    expect(await server.sql('select 1 from ledger')).toHaveLength(STREAMS);
  });
});
