import type { FetcherReturnType } from '@graphiql/toolkit';
import type { ExecutionResult } from 'graphql';

/**
 * The response pane shows one result at a time, so an answer that streams would flicker by one event after another.
 * Each result of a subscription therefore gets `extensions.playground`: how many events came, and their text so far.
 */
export async function withProgress(fetched: FetcherReturnType): Promise<Awaited<FetcherReturnType>> {
  const result = await fetched;
  return Symbol.asyncIterator in Object(result) ? accumulate(result as AsyncIterable<ExecutionResult>) : result;
}

async function* accumulate(results: AsyncIterable<ExecutionResult>): AsyncGenerator<ExecutionResult> {
  let events = 0;
  let text = '';
  for await (const result of results) {
    events += 1;
    for (const event of Object.values(result.data ?? {})) text += textDelta(event);
    yield { ...result, extensions: { ...result.extensions, playground: { events, text } } };
  }
}

/** The text an event of a response brings, also where an event of a conversation carries it. */
function textDelta(carrier: unknown): string {
  const { event = carrier } = Object(carrier) as { event?: unknown };
  const { type, delta } = Object(event) as { type?: unknown; delta?: unknown };
  return type === 'response.output_text.delta' && typeof delta === 'string' ? delta : '';
}
