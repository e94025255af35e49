import type { Script } from './counting-upstream.js';

/** How a request reaches the server. */
export const DOORS = [
  'whole',
  'stream',
  'unstored',
  'background',
  'graphql',
  'chat',
  'chat-stream',
  'embeddings',
] as const;
export type Door = (typeof DOORS)[number];

/** What every server of this kind has. */
export const COMMON_DOORS: readonly Door[] = ['whole', 'stream', 'chat', 'chat-stream'];

export interface Call {
  baseUrl: string;
  key: string;
  model: string;
  script: Script;
  maxTokens: number;
  endUser: string;
  /** Aborts when the client leaves. */
  signal: AbortSignal;
}

/** How a call ended, as its client saw it. */
export type Outcome = 'answered' | 'denied' | 'failed' | 'left';

const SILENT_MODEL_ERRORS = new Set([400, 502]);

async function post(call: Call, path: string, body: object): Promise<Response> {
  const root = path === '/graphql' ? new URL(call.baseUrl).origin : call.baseUrl;
  return fetch(`${root}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${call.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: call.signal,
  });
}

/** Sends the call through its door and reads the answer to its end. Throws for what no budget explains. */
export async function knock(door: Door, call: Call, onBackground: (id: string) => Promise<void>): Promise<Outcome> {
  const { model, maxTokens, endUser } = call;
  const input = JSON.stringify(call.script);
  const label = String(call.script.n);
  const response = { model, input, max_output_tokens: maxTokens, safety_identifier: endUser, metadata: { label } };
  const chat = {
    model,
    messages: [{ role: 'user', content: input }],
    max_tokens: maxTokens,
    user: endUser,
    metadata: { label },
  };
  const answer = await {
    whole: () => post(call, '/responses', response),
    stream: () => post(call, '/responses', { ...response, stream: true }),
    unstored: () => post(call, '/responses', { ...response, store: false, stream: true }),
    background: () => post(call, '/responses', { ...response, background: true }),
    graphql: () => post(call, '/graphql', toMutation(response)),
    chat: () => post(call, '/chat/completions', chat),
    'chat-stream': () => post(call, '/chat/completions', { ...chat, stream: true }),
    embeddings: () => post(call, '/embeddings', { model, input, user: endUser, metadata: { label } }),
  }[door]();
  const text = await answer.text();
  if (answer.status === 429 || text.includes('"insufficient_quota"')) {
    if (!text.includes('insufficient_quota')) throw new Error(`A denial without its reason: ${text}`);
    return 'denied';
  }
  if (!answer.ok && !SILENT_MODEL_ERRORS.has(answer.status)) throw new Error(`${door}: ${answer.status} ${text}`);
  if (door === 'background' && answer.ok) await onBackground((JSON.parse(text) as { id: string }).id);
  return answer.ok ? 'answered' : 'failed';
}

/** GraphQL's twin of a response. */
const toMutation = ({ model, input, max_output_tokens, safety_identifier, metadata }: Record<string, unknown>) => ({
  query: `mutation ($input: CreateResponseInput!) { createResponse(input: $input) { response { id } userErrors { code } } }`,
  variables: {
    input: {
      model,
      input: { text: input },
      maxOutputTokens: max_output_tokens,
      safetyIdentifier: safety_identifier,
      metadata,
    },
  },
});
