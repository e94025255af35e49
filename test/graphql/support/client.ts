import { type DocumentNode, print } from 'graphql';
import { type Client, createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';

/** A result as it is on the wire. */
export interface Result<Data> {
  data?: Data | null;
  errors?: WireError[];
}

export interface WireError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; requestId: string; retryable: boolean; limit?: string; status?: number; param?: string };
}

// Results of documents without generated types are looked into freely.
// biome-ignore lint/suspicious/noExplicitAny: the wire is what is being tested
type Loose = any;

/** A generated document: its type knows variables and data. */
interface TypedDocument<Data, Variables> extends DocumentNode {
  __apiType?: (variables: Variables) => Data;
}

export interface PostOptions {
  key?: string | null;
  accept?: string;
}

/** Sends an operation over HTTP and gives back status, headers and the parsed body. */
export function createHttpClient(target: { url: string; key: string }) {
  const post = async (
    body: unknown,
    { key = target.key, accept = 'application/graphql-response+json' }: PostOptions = {},
  ) => {
    const answer = await fetch(`${target.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept,
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Result<Loose> };
  };
  return {
    post,
    /** Runs a document; errors stay in the result. */
    async run(query: string, variables?: Record<string, unknown>, key?: string): Promise<Result<Loose>> {
      const { body } = await post({ query, variables }, key === undefined ? {} : { key });
      return body;
    },
    /** Runs a document that has to succeed and gives back its data. */
    async data(query: string, variables?: Record<string, unknown>, key?: string): Promise<Loose> {
      const { body } = await post({ query, variables }, key === undefined ? {} : { key });
      if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
      return body.data;
    },
    /** Runs a generated document that has to succeed. */
    async typed<Data, Variables>(document: TypedDocument<Data, Variables>, variables: Variables): Promise<Data> {
      const { body } = await post({ query: print(document), variables });
      if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
      return body.data as Data;
    },
  };
}

export function connectWs(url: string, connectionParams?: Record<string, unknown>, lazy = true): Client {
  return createWsClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy,
    onNonLazyError: () => undefined,
    ...(connectionParams === undefined ? {} : { connectionParams }),
  });
}

/** Everything a subscription yields until it completes. */
export async function collect(results: AsyncIterable<unknown>): Promise<Result<Loose>[]> {
  const all: Result<Loose>[] = [];
  for await (const result of results) all.push(result as Result<Loose>);
  return all;
}

/** Resolves once the condition holds; fails after a minute. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
