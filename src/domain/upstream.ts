/** Request parameters that an upstream may not know, by their names in the Responses API. */
export const LACKABLE_PARAMETERS = [
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'top_logprobs',
  'reasoning',
  'text.verbosity',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'service_tier',
  'safety_identifier',
  'user',
  'prompt_cache_key',
  'prompt_cache_retention',
] as const;

export type LackableParameter = (typeof LACKABLE_PARAMETERS)[number];

/** The most an upstream can promise about the shape of its text; what is missing is asked for in words. */
export const STRUCTURED_OUTPUTS = ['json_schema', 'json_object', 'none'] as const;

export type StructuredOutput = (typeof STRUCTURED_OUTPUTS)[number];
