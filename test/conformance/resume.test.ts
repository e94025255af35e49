import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'graphql-ws';
import OpenAI from 'openai';
import { collect, connectWs } from '../graphql/support/client.js';
import { FOLLOW } from '../graphql/support/events.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Behaviour, startUpstream, type Upstream } from '../support/upstream.js';

/** A run of 200 events, left and taken up again after every one of them: nobody misses or repeats anything, on any door. */
let upstream: Upstream;
let server: TestApp;
/** Another process on the same database: it runs nothing itself. */
let replica: TestApp;
let client: OpenAI;
/** Two to each process: one socket may follow 100 things at once. */
let sockets: Client[];
beforeAll(async () => {
  upstream = await startUpstream();
  const options = { upstream: { baseUrl: upstream.url, apiKey: null }, limits: { coalesceMs: 0 } };
  server = await startTestApp(options);
  replica = await startTestApp({ ...options, databaseUrl: server.databaseUrl });
  client = new OpenAI({ baseURL: `${server.url}/api/v1`, apiKey: server.key, maxRetries: 0 });
  sockets = [server, replica, server, replica].map(({ url, key }) =>
    connectWs(url, { authorization: `Bearer ${key}` }, false),
  );
});
afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.dispose()));
  await replica.stop();
  await server.stop();
  await upstream.close();
});

const tools = [{ type: 'function' as const, name: 'f', parameters: null, strict: false }];
/** Thoughts, many words, a citation and two calls. */
const script: Behaviour = {
  reasoning: Array.from({ length: 30 }, (_, n) => `thought${n}`).join(' '),
  text: Array.from({ length: 160 }, (_, n) => `word${n}`).join(' '),
  annotations: [{ type: 'url_citation', url: 'http://example.org/', title: 'E', start_index: 0, end_index: 5 }],
  toolCalls: [
    { id: 'call_a', name: 'f', arguments: '{"a":1}' },
    { id: 'call_b', name: 'f', arguments: '{"b":2}' },
  ],
};

/** The frames a client gets that had everything up to `after`, without `[DONE]`. */
async function framesAfter(after: number | null, id: string, { rest } = server): Promise<string[]> {
  const { status, body } = await rest(
    'GET',
    `/responses/${id}?stream=true${after === null ? '' : `&starting_after=${after}`}`,
  );
  expect(status).toBe(200);
  const frames = (body as string).split('\n\n');
  expect(frames.splice(-2)).toEqual(['data: [DONE]', '']);
  return frames;
}

/** The same over GraphQL. */
async function eventsAfter(after: number | null, id: string, client: Client) {
  const results = await collect(client.iterate({ query: FOLLOW, variables: { id, after } }));
  return results.map(({ data, errors }) => {
    expect(errors).toBeUndefined();
    return data.responseEvents;
  });
}

const numberOf = (frame: string): number => JSON.parse(frame.slice(frame.indexOf('data: ') + 6)).sequence_number;

/** Several at a time: what is judged is each answer, not how many a machine can give at once. */
async function inTurn<T>(values: readonly T[], work: (value: T) => Promise<void>): Promise<void> {
  const left = [...values];
  const worker = async (): Promise<void> => {
    for (let value = left.shift(); value !== undefined; value = left.shift()) await work(value);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

describe('after every event of a run', () => {
  it('that has ended: the identical rest, over REST and GraphQL, from the process that ran it and another', async () => {
    upstream.enqueue(script);
    const live: string[] = [];
    const stream = await client.responses.create({ model: 'test-model', input: 'Go', tools, stream: true });
    let id = '';
    for await (const event of stream) {
      if (event.type === 'response.created') id = event.response.id;
      live.push(`event: ${event.type}\ndata: ${JSON.stringify(event)}`);
    }
    expect(live.length).toBeGreaterThan(200);
    expect(live.map(numberOf)).toEqual(live.map((_, index) => index));

    const first = await eventsAfter(null, id, sockets[0] as Client);
    expect(first.map(({ type, sequenceNumber }) => `${type} ${sequenceNumber}`)).toEqual(
      live.map((frame) => `${JSON.parse(frame.slice(frame.indexOf('data: ') + 6)).type} ${numberOf(frame)}`),
    );
    await inTurn([...live.keys()], async (after) => {
      for (const target of [server, replica])
        expect(await framesAfter(after, id, target)).toEqual(live.slice(after + 1));
      const socket = sockets[after % sockets.length] as Client;
      expect(await eventsAfter(after, id, socket)).toEqual(first.slice(after + 1));
    });
    for (const target of [server, replica]) expect(await framesAfter(null, id, target)).toEqual(live);
  }, 120_000);

  it('that still goes on: what was missed, then what comes, without a gap', async () => {
    upstream.enqueue({ ...script, betweenMs: 5 });
    const answer = await fetch(`${server.url}/api/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'test-model', input: 'Go', tools, stream: true }),
    });
    const frames: string[] = [];
    const followers: Promise<{ after: number; frames: string[] }>[] = [];
    const subscribers: Promise<{ after: number; events: { type: string; sequenceNumber: number }[] }>[] = [];
    let id = '';
    let rest = '';
    const bytes = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream());
    for await (const chunk of bytes) {
      const whole = (rest + chunk).split('\n\n');
      rest = whole.pop() as string;
      for (const frame of whole) {
        if (frame === 'data: [DONE]') continue;
        const after = frames.push(frame) - 1;
        if (after === 0) id = JSON.parse(frame.slice(frame.indexOf('data: ') + 6)).response.id;
        const target = after % 2 === 0 ? server : replica;
        followers.push(framesAfter(after, id, target).then((seen) => ({ after, frames: seen })));
        const socket = sockets[after % sockets.length] as Client;
        subscribers.push(eventsAfter(after, id, socket).then((events) => ({ after, events })));
      }
    }
    expect(frames.length).toBeGreaterThan(200);
    for (const follower of await Promise.all(followers))
      expect(follower.frames).toEqual(frames.slice(follower.after + 1));
    for (const { after, events } of await Promise.all(subscribers))
      expect(events.map(({ sequenceNumber }) => sequenceNumber)).toEqual(frames.slice(after + 1).map(numberOf));
  }, 120_000);
});
