import { errors } from '../../domain/errors.js';
import type { LackableParameter, StructuredOutput } from '../../domain/upstream.js';
import type { ModelRequest, TextFormat } from '../provider.js';

/** What an upstream cannot do, whatever it speaks. */
export interface UpstreamLacks {
  parameters: ReadonlySet<LackableParameter>;
  structuredOutput: StructuredOutput;
}

export const lacksNothing: UpstreamLacks = { parameters: new Set(), structuredOutput: 'json_schema' };

/** Parameters that change the answer: asking for one that the upstream lacks is an error. */
const REFUSED: readonly (readonly [LackableParameter, (request: ModelRequest) => boolean])[] = [
  ['temperature', ({ temperature }) => temperature !== null],
  ['top_p', ({ topP }) => topP !== null],
  ['presence_penalty', ({ presencePenalty }) => presencePenalty !== null],
  ['frequency_penalty', ({ frequencyPenalty }) => frequencyPenalty !== null],
  ['top_logprobs', ({ logprobs }) => logprobs !== null],
  ['reasoning', (request) => (request.reasoningEffort ?? request.reasoningSummary ?? request.reasoningMode) !== null],
  ['text.verbosity', ({ verbosity }) => verbosity !== null],
  ['tools', ({ functions, hostedTools }) => functions.length + hostedTools.length > 0],
  ['tool_choice', ({ toolChoice }) => toolChoice !== 'auto' && toolChoice !== 'none'],
];

/** Parameters that only advise the upstream, or that this server sees to itself: left out. */
const ADVICE: Partial<Record<LackableParameter, Partial<ModelRequest>>> = {
  parallel_tool_calls: { parallelToolCalls: null },
  service_tier: { serviceTier: null },
  safety_identifier: { safetyIdentifier: null },
  user: { user: null },
  prompt_cache_key: { promptCacheKey: null },
  prompt_cache_retention: { promptCacheRetention: null },
};

/**
 * A request as an upstream that lacks something can take it: advice is left out, `tool_choice: "none"` shows no tools, and a
 * shape of the answer is asked for in words. The request itself comes back for an upstream that lacks nothing.
 *
 * @throws 400 `unsupported_parameter` for what would change the answer
 */
export function adaptRequest(request: ModelRequest, lacks: UpstreamLacks): ModelRequest {
  let adapted = request;
  if (lacks.parameters.size > 0) {
    for (const [param, isAsked] of REFUSED)
      if (lacks.parameters.has(param) && isAsked(request))
        throw errors.unsupportedParameter(param, `The upstream of this model does not know '${param}'.`);
    for (const param of lacks.parameters) adapted = { ...adapted, ...ADVICE[param] };
    if (lacks.parameters.has('tool_choice') && request.toolChoice === 'none')
      adapted = { ...adapted, functions: [], hostedTools: [], toolChoice: 'auto' };
  }
  const format = possibleFormat(request.format, lacks.structuredOutput);
  if (format === request.format) return adapted;
  const wish = inWords(request.format);
  const { instructions } = adapted;
  return { ...adapted, format, instructions: instructions === null ? wish : `${instructions}\n\n${wish}` };
}

function possibleFormat(format: TextFormat, possible: StructuredOutput): TextFormat {
  if (format.type === 'text' || possible === 'json_schema') return format;
  if (possible === 'none') return { type: 'text' };
  return format.type === 'json_object' ? format : { type: 'json_object' };
}

function inWords(format: TextFormat): string {
  const rule = 'Answer with one JSON document and nothing else: no words around it and no code fence.';
  if (format.type !== 'json_schema') return rule;
  const meaning = format.description == null || format.description === '' ? '' : ` It is: ${format.description}`;
  return `${rule}${meaning} It must be valid against this JSON Schema:\n${JSON.stringify(format.schema)}`;
}
