/** What the upstream stand-in says, so that the load generator can tell whether all of it arrived. */
export const tokenText = (index: number): string => ` t${index}`;

/** The whole text of an answer of this many tokens. */
export const wholeText = (tokens: number): string => {
  let text = '';
  for (let index = 0; index < tokens; index += 1) text += tokenText(index);
  return text;
};

/** Tokens of an answer that comes in one piece. */
export const ANSWER_TOKENS = 200;

/** Milliseconds per token of a stream, unless its model name says otherwise. */
export const TOKEN_MS = 10;

/** The model name that asks the stand-in for a stream of this length, at this pace: 10 or 20 ms per token. */
export const modelOf = (tokens: number, tokenMs = TOKEN_MS): string => `tokens-${tokens}-${tokenMs}`;

/** The model name that asks the stand-in for a whole answer after so long. */
export const lateModel = (ms: number): string => `late-${ms}`;

/** How long an answer to this request is held back, in milliseconds. */
export const latenessOf = (body: string): number => Number(/"late-(\d+)"/.exec(body)?.[1] ?? 0);

/** What a model name asks for. */
export function orderOf(model: string): { tokens: number; tokenMs: number } {
  const [, tokens = ANSWER_TOKENS, tokenMs = TOKEN_MS] = /^tokens-(\d+)-(\d+)$/.exec(model) ?? [];
  return { tokens: Number(tokens), tokenMs: Number(tokenMs) };
}
