import { Agent, request } from 'undici';

export interface LocalTokenCounter {
  /** o200k tokens of each text, in order. */
  count(texts: readonly string[]): Promise<number[]>;
  close(): Promise<void>;
}

/** Counts in the built-in model's process, so that the gateway itself never loads the tokenizer. */
export function createLocalTokenCounter(socketPath: () => Promise<string>): LocalTokenCounter {
  let agent: { path: string; dispatcher: Agent } | null = null;

  const agentFor = (path: string): Agent => {
    if (agent?.path === path) return agent.dispatcher;
    void agent?.dispatcher.close();
    agent = { path, dispatcher: new Agent({ connect: { socketPath: path } }) };
    return agent.dispatcher;
  };

  return {
    async count(texts) {
      const dispatcher = agentFor(await socketPath());
      const answer = await request('http://local/v1/tokenize', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ texts }),
        dispatcher,
      });
      const body = (await answer.body.json()) as { counts?: number[] };
      if (body.counts?.length !== texts.length) throw new Error(`Counting tokens failed with ${answer.statusCode}.`);
      return body.counts;
    },
    close: async () => {
      await agent?.dispatcher.close();
    },
  };
}
