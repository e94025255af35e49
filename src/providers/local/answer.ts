/** What a streamed chunk adds to the message; the member names are chat completion's own. */
export interface Delta {
  role?: 'assistant';
  content?: string;
  reasoning_content?: string;
  refusal?: string;
  annotations?: ChatAnnotation[];
  tool_calls?: ToolCallDelta[];
}

export interface ToolCallDelta {
  index: number;
  /** With the first piece of a call only. */
  id?: string;
  type?: 'function';
  function: { name?: string; arguments?: string };
}

/** `file_citation` is an extension; its `index` is the end of the quote in the text. */
export type ChatAnnotation =
  | { type: 'url_citation'; url_citation: { url: string; title: string; start_index: number; end_index: number } }
  | { type: 'file_citation'; file_citation: { file_id: string; filename: string; index: number } };

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

export interface ChatUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

export type AnswerPart =
  | { type: 'delta'; delta: Delta }
  /** Ends the answer. Usage is null when none is to be reported. */
  | { type: 'finish'; reason: FinishReason; usage: ChatUsage | null }
  /** Bytes as they stand in a stream, for tests of readers; not shown in an answer in one piece. */
  | { type: 'raw'; text: string }
  /** The connection breaks here. */
  | { type: 'drop' };

/** An answer as it grows. A batch is written at once; a model that has all of its text ready yields large ones. */
export interface Answer {
  model: string;
  batches: AsyncIterable<readonly AnswerPart[]>;
}

export const usageOf = (promptTokens: number, completionTokens: number): ChatUsage => ({
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
});
