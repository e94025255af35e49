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

/** The model name that asks the stand-in for a stream of this length. */
export const modelOf = (tokens: number): string => `tokens-${tokens}`;

export const tokensOf = (model: string): number => Number(/^tokens-(\d+)$/.exec(model)?.[1] ?? ANSWER_TOKENS);
