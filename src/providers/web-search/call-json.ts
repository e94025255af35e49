import { type Dispatcher, request } from 'undici';
import { untilAborted } from '../until-aborted.js';
import { SearchEngineError } from './engine.js';

/** Longest answer of a search engine. */
const MAX_BYTES = 4 << 20;

export interface JsonCall {
  url: URL;
  /** Sent as JSON by POST. Absent: GET. */
  body?: object;
  headers?: Record<string, string>;
  signal: AbortSignal;
  dispatcher: Dispatcher;
}

/** Calls a search engine, which is the operator's own or chosen one. @throws SearchEngineError, or the signal's reason */
export async function callJson({ url, body, headers, signal, dispatcher }: JsonCall): Promise<unknown> {
  const call = async () => {
    const answer = await request(url, {
      dispatcher,
      signal,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { answer, text: await readText(answer.body) };
  };
  const { answer, text } = await untilAborted(call(), signal).catch((thrown: Error & { code?: string }) => {
    if (signal.aborted || thrown instanceof SearchEngineError) throw thrown;
    throw new SearchEngineError(`cannot be reached (${thrown.code ?? thrown.name})`);
  });
  if (answer.statusCode < 200 || answer.statusCode > 299)
    throw new SearchEngineError(`answered ${answer.statusCode}`, retryAfterOf(answer.headers['retry-after']));
  try {
    return JSON.parse(text);
  } catch {
    throw new SearchEngineError('answered something that is no JSON');
  }
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new SearchEngineError(`answered with more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function retryAfterOf(value: string | string[] | undefined): number | null {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}
