import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createClient as createSseClient } from 'graphql-sse';
import OpenAI from 'openai';
import { until } from '../graphql/support/client.js';
import { FOLLOW_BRIEFLY } from '../graphql/support/events.js';
import { startTestApp, type TestApp } from '../support/app.js';

/** Streams on which nothing happens for longer than proxies wait, as the public clients read them. */
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ keepAliveMs: 40 });
});
afterAll(() => app.stop());

/** A fetch that counts the comments of what comes, which clients pass over. */
function createWatchedFetch() {
  let comments = 0;
  const count = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of body) {
      text += decoder.decode(bytes, { stream: true });
      comments = text.match(/^:/gm)?.length ?? 0;
    }
  };
  return {
    comments: () => comments,
    async fetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
      const answer = await fetch(input, init);
      if (answer.body === null) return answer;
      const [watched, passed] = answer.body.tee();
      // It breaks off with the connection.
      count(watched).catch(() => undefined);
      return new Response(passed, { status: answer.status, headers: answer.headers });
    },
  };
}

type Watched = ReturnType<typeof createWatchedFetch>;

/** The numbers of a run's events, by a client that reads through this fetch. */
const doors: [door: string, follow: (id: string, watched: Watched) => AsyncIterable<number>][] = [
  [
    'REST, the OpenAI SDK',
    async function* (id, { fetch }) {
      const client = new OpenAI({ baseURL: `${app.url}/api/v1`, apiKey: app.key, fetch });
      const stream = await client.responses.retrieve(id, { stream: true });
      for await (const event of stream) yield event.sequence_number;
    },
  ],
  [
    'GraphQL, graphql-sse',
    async function* (id, { fetch }) {
      const headers = { authorization: `Bearer ${app.key}` };
      const client = createSseClient({ url: `${app.url}/graphql`, headers, retryAttempts: 0, fetchFn: fetch });
      for await (const { data } of client.iterate({ query: FOLLOW_BRIEFLY, variables: { id } }))
        yield (data as unknown as { responseEvents: { sequenceNumber: number } }).responseEvents.sequenceNumber;
      client.dispose();
    },
  ],
];

it.each(doors)(
  '%s: a silent stream is kept open by comments, and its events come as if there were none',
  async (_door, follow) => {
    const watched = createWatchedFetch();
    const run = { model: 'local-script', input: '@delay 3600000\n@say late', background: true };
    const { id } = (await app.rest('POST', '/responses', run)).body;
    const numbers: number[] = [];
    const reading = (async () => {
      for await (const number of follow(id, watched)) numbers.push(number);
    })();
    await until(() => numbers.length > 0 && watched.comments() > 3, 'comments come after the first events');
    await app.rest('POST', `/responses/${id}/cancel`);
    await reading;
    expect(numbers).toEqual(numbers.map((_number, index) => index));
  },
);
